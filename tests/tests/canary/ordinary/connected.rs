//! Repositories that are connected with a token: their webhooks get secrets that Sluice makes itself.

use sluice_fake_hosts::{FakeHost, Kind, Role};
use sluice_test_support::canary::Canary;

use super::HEAD;
use crate::{evidence::Sink, site::Site};

/// One at each kind of host.
pub(super) async fn at_every_kind_of_host(site: &Site, planted: &str) {
    for kind in Kind::ALL {
        connect(site, kind, planted).await;
    }
}

async fn connect(site: &Site, kind: Kind, planted: &str) {
    let (host, name, full_name) = (
        FakeHost::start(kind).await,
        kind.name(),
        format!("acme/{planted}"),
    );
    host.repository(&full_name)
        .branch("main", &"a".repeat(40))
        .private()
        .create();
    let token = site.within(&format!("token: of a {name}"), "glpat-", "");
    let allowed = host.token(&token).user("bot");
    let allowed = match kind {
        Kind::GitHub => allowed.scopes(["repo", "admin:repo_hook"]),
        Kind::GitLab => allowed.scopes(["api"]),
        Kind::Gitea | Kind::Forgejo => allowed.scopes(["write:repository", "read:user"]),
    };
    allowed.role(&full_name, Role::Admin);
    let file = site.hands_over(&format!("token-of-{name}"), &token);
    site.applies(&format!(
        "{HEAD}kind: Host\nmetadata: {{name: a-{name}}}\nspec: {{provider: {name}, url: \"{}\", apiUrl: \"{}\"}}\n",
        host.url(),
        host.api_url()
    ))
    .await;
    let (address, called) = (
        format!("{}/{full_name}", host.url()),
        format!("connected-{name}"),
    );
    let add = [
        "repositories",
        "add",
        &address,
        "--name",
        &called,
        "--token-file",
    ];
    let add = site
        .through_api("admin", &add)
        .with([file.to_str().unwrap()]);
    site.says("sluice repositories add", add.run().await).good();
    finds_made_secrets(site, &host, &full_name, "first");
    host.push(&full_name)
        .branch("main")
        .to(&"b".repeat(40))
        .by("alice")
        .deliver()
        .await;
    let renew = site.through_api("admin", &["repositories", "renew", &called]);
    site.says("sluice repositories renew", renew.run().await)
        .good();
    finds_made_secrets(site, &host, &full_name, "second");
    for hook in host.hooks(&full_name) {
        for delivery in host.deliveries(hook.id) {
            site.evidence
                .add(Sink::Answer, "a webhook", format!("{delivery:?}"));
        }
    }
}

/// Looks for the secrets that the host was given, which nobody else has ever seen.
fn finds_made_secrets(site: &Site, host: &FakeHost, full_name: &str, which: &str) {
    let hooks = host.hooks(full_name);
    let secrets = hooks
        .iter()
        .flat_map(|hook| [&hook.secret, &hook.signing_token]);
    let secrets: Vec<_> = secrets.flatten().collect();
    assert!(
        !secrets.is_empty(),
        "{full_name} has a webhook with a secret"
    );
    for secret in secrets {
        let name = format!(
            "made webhook secret: the {which} at a {}",
            host.kind().name()
        );
        site.looks_for(Canary::made(&name, secret.expose().as_bytes()));
    }
}
