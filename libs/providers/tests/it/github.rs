//! GitHub's own: signatures, kinds, pushes and pull requests.

mod changes;
mod pushes;
mod repositories;
mod signatures;

use sluice_providers::Happening;

use crate::deliveries::Delivery;

fn sample(event: &str) -> Delivery {
    Delivery::unsigned("github", event)
}

#[test]
fn kind_and_body_must_agree() {
    // S17: the header is not signed, so a captured body could come again under another one.
    for event in [
        "push",
        "tag",
        "ping",
        "pull_request",
        "pull_request_synchronize",
        "repository_deleted",
        "repository_default_branch",
    ] {
        for kind in [
            "repository",
            "push",
            "pull_request",
            "ping",
            "issues",
            "create",
            "unheard_of",
        ] {
            let delivery = Delivery::signed("github", event);
            let own = delivery
                .sample
                .headers
                .iter()
                .any(|(name, value)| name == "x-github-event" && value == kind);
            let understood = delivery
                .with_header("x-github-event", kind)
                .observe()
                .is_ok();
            assert_eq!(understood, own, "{event} under {kind}");
        }
    }
    let issues = Delivery::signed("github", "issues");
    for kind in ["push", "pull_request", "ping"] {
        assert!(
            Delivery::signed("github", "issues")
                .with_header("x-github-event", kind)
                .observe()
                .is_err()
        );
    }
    assert!(issues.observe().is_ok());
}

#[test]
fn what_only_resembles_a_push_is_none() {
    // Enterprise Server tells its caches of a moved ref like this.
    let delivery = || {
        sample("issues").edited(|body| {
            *body = serde_json::json!({
                "ref": "refs/heads/main", "before": "1a".repeat(20), "after": "2b".repeat(20),
                "repository": body["repository"].clone(),
            });
        })
    };
    let synced = delivery().with_header("x-github-event", "cache_sync");
    assert!(matches!(synced.happening(), Happening::Other(_)));
    let pushed = delivery().with_header("x-github-event", "push");
    assert_eq!(pushed.problem(), "missing field `commits`");
}

#[test]
fn a_delivery_without_a_kind_is_not_understood() {
    let delivery = Delivery::signed("github", "push").without_header("x-github-event");
    assert_eq!(delivery.problem(), "header `x-github-event` is missing");
    let mut delivery = Delivery::signed("github", "push");
    delivery
        .sample
        .headers
        .push(("x-github-event".into(), "push".into()));
    assert!(delivery.observe().is_err());
}

#[test]
fn the_kinds_names_are_bounded() {
    // S17
    let long = format!("issues.>\u{7f}{}", "x".repeat(200));
    let delivery = sample("issues").edited(|body| body["action"] = long.clone().into());
    let observation = delivery
        .with_header("x-github-event", &long)
        .observe()
        .unwrap();
    for word in [&observation.native_kind, &observation.native_action] {
        assert_eq!(word.len(), 100);
        assert!(word.starts_with("issues.>?xx"), "{word}");
    }
}

#[test]
fn what_is_not_modelled_is_other() {
    for kind in ["create", "delete", "release", "unheard_of"] {
        let delivery = Delivery::signed("github", "issues").with_header("x-github-event", kind);
        assert!(
            matches!(delivery.happening(), Happening::Other(_)),
            "{kind}"
        );
        assert_eq!(delivery.observe().unwrap().native_kind, kind);
    }
}

#[test]
fn without_a_repository_the_organization_owns_it() {
    let delivery = sample("issues").edited(|body| {
        body.as_object_mut().unwrap().remove("repository");
        body["organization"] = serde_json::json!({"login": "acme", "id": 1});
    });
    let observation = delivery.observe().unwrap();
    assert_eq!(
        (observation.repository, observation.owner.as_str()),
        (None, "acme")
    );
}

#[test]
fn only_the_body_says_that_it_is_a_sample() {
    assert!(Delivery::signed("github", "push").observe().unwrap().sample);
    let delivery =
        sample("push").edited(|body| drop(body.as_object_mut().unwrap().remove("sluice_sample")));
    assert!(!delivery.observe().unwrap().sample);
}

#[test]
fn actors_are_users_bots_or_apps() {
    use sluice_events::v1::ActorKind;
    for (login, account, kind) in [
        ("octocat", "User", ActorKind::User),
        ("acme", "Organization", ActorKind::Unspecified),
        ("renovate[bot]", "Bot", ActorKind::App),
        ("Copilot", "Bot", ActorKind::Bot),
    ] {
        let delivery = sample("ping").edited(|body| {
            body["sender"]["login"] = login.into();
            body["sender"]["type"] = account.into();
        });
        let Happening::Ping(ping) = delivery.happening() else {
            panic!("{login}")
        };
        assert_eq!(ping.actor.unwrap().kind(), kind, "{login}");
    }
}
