//! Requests to the gateway that show a secret where none belongs, or the wrong one where it does.

use serde_json::{Value, json};
use sluice_providers::SecretKind;
use sluice_test_support::{Delivery, push};

use crate::site::Site;

/// Everything that a host or an attacker may put a secret into.
pub(super) async fn with_secrets_in_wrong_places(site: &Site) {
    let sent = site.secret("misplaced: in a delivery");
    let declared = declared(site, "webhook secret: hmac");
    let endpoint = "/hooks/hmac-0123456789abcdef";
    for delivery in [
        with_fields(&push(), &sent).signed_with(&declared),
        with_fields(&push(), &sent).signed_with(&sent),
        with_fields(&push(), &sent),
        push()
            .saying(format!("{{\"password\": \"{sent}\", "))
            .signed_with(&declared),
        push().saying(format!("payload={sent}")),
    ] {
        let delivery = HEADERS.iter().fold(delivery, |delivery, name| {
            delivery.header(name, &format!("Bearer {sent}"))
        });
        for path in [
            endpoint.to_owned(),
            format!("{endpoint}?token={sent}&secret={sent}"),
            format!("{endpoint}/{sent}"),
            format!("{endpoint}/%{:02x}{sent}", b'/'),
            format!("/hooks/{sent}"),
            format!("/{sent}"),
        ] {
            send(site, &path, &delivery).await;
        }
    }
    for (endpoint, kind) in [("basic", SecretKind::Basic), ("path", SecretKind::Path)] {
        let wrong = site.secret(&format!("misplaced: a wrong {endpoint}"));
        let shown = match kind {
            SecretKind::Basic => format!("{wrong}:{wrong}"),
            _ => wrong,
        };
        let delivery = Delivery::of("github", "push").with_secret(kind, &shown);
        let path = match delivery.path_secret() {
            Some(secret) => format!("/hooks/{endpoint}-0123456789abcdef/{secret}"),
            None => format!("/hooks/{endpoint}-0123456789abcdef"),
        };
        send(site, &path, &delivery).await;
    }
    let wrong = site.secret("misplaced: a wrong token");
    let delivery = Delivery::of("gitlab", "push").with_secret(SecretKind::Token, &wrong);
    send(site, "/hooks/token-0123456789abcdef", &delivery).await;
}

/// Where secrets are put, by some hosts and by mistake. Not `user-agent`: the ledger keeps what a host calls itself.
const HEADERS: [&str; 8] = [
    "authorization",
    "cookie",
    "referer",
    "x-forwarded-for",
    "x-gitlab-token",
    "x-gitee-token",
    "x-github-encoded-secret",
    "traceparent",
];

/// Bodies of Gitee say the password, or the signature's key; those of others have the hook's settings in them.
fn with_fields(delivery: &Delivery, secret: &str) -> Delivery {
    let mut body: Value = serde_json::from_slice(&delivery.sample().body).unwrap();
    for field in ["password", "sign", "secret", "token"] {
        body[field] = json!(secret);
    }
    body["hook"] = json!({"config": {"secret": secret, "url": format!("https://u:{secret}@hooks.test/?t={secret}")}});
    delivery.clone().saying(body.to_string())
}

async fn send(site: &Site, path: &str, delivery: &Delivery) {
    let sample = delivery.sample();
    site.asks(site.hooks, "POST", path, &sample.headers, &sample.body)
        .await;
}

fn declared(site: &Site, name: &str) -> String {
    let canaries = site.canaries();
    let found = canaries.iter().find(|canary| canary.name() == name);
    found.unwrap().value().to_owned()
}
