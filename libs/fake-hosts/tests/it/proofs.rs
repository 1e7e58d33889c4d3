//! What the fakes send, read by Sluice's own providers: it verifies, and says what happened.

use sluice_events::{
    Timestamp,
    v1::{RefChange, RefKind, SecretKind},
};
use sluice_fake_hosts::Delivery;
use sluice_providers::{
    Happening, Headers, HookSecret, Observation, Policy, Refusal, Unverified, provider,
};

use super::*;

fn read(host: &FakeHost, delivery: &Delivery, secret: &HookSecret) -> Result<Observation, Refusal> {
    let provider = provider(host.kind().name()).unwrap();
    let headers = delivery.headers().iter();
    let headers: Headers<'_> = headers
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    let now = Timestamp::now();
    let request = Unverified {
        headers,
        body: delivery.body(),
        path_secret: None,
        received_at: now,
    };
    let policy = Policy {
        now,
        signatures_only: false,
    };
    let verified = request.verify(provider, std::slice::from_ref(secret), policy)?;
    Ok(provider.normalize(&verified).unwrap())
}

fn secret(host: &FakeHost, value: &str) -> HookSecret {
    let kind = match host.kind() {
        Kind::GitLab => SecretKind::Token,
        _ => SecretKind::Hmac,
    };
    HookSecret::new("1", kind, value.as_bytes(), None).unwrap()
}

/// What a delivery says of a ref: its name, what it is, what became of it.
fn said(host: &FakeHost, delivery: &Delivery) -> (String, RefKind, RefChange) {
    let observation = read(host, delivery, &secret(host, SECRET)).unwrap();
    let repository = observation.repository.unwrap();
    assert_eq!(repository.full_name, "acme/web");
    assert_eq!(
        repository.host_id,
        host.repository_id("acme/web").to_string()
    );
    match observation.happenings.as_slice() {
        [Happening::Ref(event)] => {
            assert_eq!(event.actor.as_ref().unwrap().login, "alice");
            (event.r#ref.clone(), event.kind(), event.change())
        }
        other => panic!("{other:?}"),
    }
}

/// A host with a hook, and its receiver.
async fn heard(kind: Kind) -> (FakeHost, Receiver) {
    let (host, receiver) = (host(kind).await, Receiver::start());
    hook(&host, receiver.url()).await;
    (host, receiver)
}

#[tokio::test]
async fn a_push_to_a_branch_is_proved_and_understood() {
    for kind in Kind::ALL {
        let (host, _receiver) = heard(kind).await;
        let deliveries = host.push("acme/web").to(B).by("alice").deliver().await;
        assert_eq!(deliveries.len(), 1, "{kind:?}");
        assert_eq!(deliveries[0].status, Some(200));
        let expected = (
            "refs/heads/main".to_owned(),
            RefKind::Branch,
            RefChange::Updated,
        );
        assert_eq!(said(&host, &deliveries[0]), expected, "{kind:?}");
        let wrong = secret(&host, "another-secret-altogether");
        assert!(read(&host, &deliveries[0], &wrong).is_err(), "{kind:?}");
    }
}

#[tokio::test]
async fn branches_and_tags_that_come_and_go_are_understood() {
    for kind in Kind::ALL {
        let (host, _receiver) = heard(kind).await;
        let push = || host.push("acme/web").by("alice");
        let made = push().branch("new").to(B).deliver().await;
        let gone = push().branch("new").deliver().await;
        let tagged = push().tag("v1").to(B).deliver().await;
        let untagged = push().tag("v1").deliver().await;
        for (deliveries, name, is, became) in [
            (made, "refs/heads/new", RefKind::Branch, RefChange::Created),
            (gone, "refs/heads/new", RefKind::Branch, RefChange::Deleted),
            (tagged, "refs/tags/v1", RefKind::Tag, RefChange::Created),
            (untagged, "refs/tags/v1", RefKind::Tag, RefChange::Deleted),
        ] {
            assert!(!deliveries.is_empty());
            for delivery in deliveries {
                let short = matches!(delivery.event.as_str(), "create" | "delete");
                if kind == Kind::GitHub && short {
                    // Beside the push, which alone tells of the ref.
                    let observation = read(&host, &delivery, &secret(&host, SECRET)).unwrap();
                    assert!(matches!(observation.happenings[0], Happening::Other(_)));
                } else {
                    assert_eq!(
                        said(&host, &delivery),
                        (name.to_owned(), is, became),
                        "{kind:?}"
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn gitea_tells_in_its_own_order() {
    for kind in [Kind::Gitea, Kind::Forgejo] {
        let (host, _receiver) = heard(kind).await;
        let push = || host.push("acme/web").by("alice");
        let told = [
            push().branch("new").to(B).deliver().await,
            push().branch("new").deliver().await,
            push().tag("v1").to(B).deliver().await,
            push().tag("v1").to(A).deliver().await,
            push().tag("v1").deliver().await,
        ];
        let told = told.map(|deliveries| {
            let events = deliveries.iter().map(|delivery| delivery.event.clone());
            events.collect::<Vec<_>>().join(" ")
        });
        let expected = [
            "create push",
            "delete",
            "push create",
            "push create",
            "push delete",
        ];
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn a_ping_of_github_is_proved_and_understood() {
    let receiver = Receiver::start();
    let host = host(Kind::GitHub).await;
    let id = hook(&host, receiver.url()).await;
    let deliveries = host.wait_for_deliveries(id, |told| told.len() == 1).await;
    let observation = read(&host, &deliveries[0], &secret(&host, SECRET)).unwrap();
    assert!(matches!(observation.happenings[0], Happening::Ping(_)));
}

#[tokio::test]
async fn a_form_is_signed_as_each_kind_signs_it() {
    for kind in [Kind::GitHub, Kind::Gitea, Kind::Forgejo] {
        let (host, receiver) = (host(kind).await, Receiver::start());
        let mut body = hook_body(kind, receiver.url());
        body["config"]["content_type"] = json!("form");
        let created = admin(&host).post("/repos/acme/web/hooks", &body).await;
        assert_eq!(created.status, 201);
        let deliveries = host.push("acme/web").to(B).by("alice").deliver().await;
        assert!(deliveries[0].body().starts_with(b"payload=%7B"));
        assert_eq!(said(&host, &deliveries[0]).0, "refs/heads/main", "{kind:?}");
    }
}

#[tokio::test]
async fn gitlabs_signing_token_signs_beside_the_secret_token() {
    const SIGNING: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let (host, receiver) = (host(Kind::GitLab).await, Receiver::start());
    let mut body = hook_body(Kind::GitLab, receiver.url());
    body["signing_token"] = json!(SIGNING);
    let created = admin(&host).post("/projects/acme%2Fweb/hooks", &body).await;
    assert_eq!(created.json()["signing_token_present"], true);
    let deliveries = host.push("acme/web").to(B).by("alice").deliver().await;
    let signing = HookSecret::new("1", SecretKind::Signing, SIGNING.as_bytes(), None).unwrap();
    assert!(read(&host, &deliveries[0], &signing).is_ok());
    let heard = &receiver.heard()[0];
    assert_eq!(heard.header("x-gitlab-token"), SECRET);
    assert_eq!(heard.header("webhook-id"), heard.header("idempotency-key"));
}

#[tokio::test]
async fn the_test_call_sends_what_moves_nothing_or_is_made_up() {
    for kind in [Kind::GitLab, Kind::Gitea, Kind::Forgejo] {
        let (host, receiver) = (host(kind).await, Receiver::start());
        let id = hook(&host, receiver.url()).await;
        let path = match kind {
            Kind::GitLab => format!("/projects/acme%2Fweb/hooks/{id}/test/push_events"),
            _ => format!("/repos/acme/web/hooks/{id}/tests"),
        };
        let answer = admin(&host).call(&path).await;
        assert_eq!(answer.status, if kind == Kind::GitLab { 201 } else { 204 });
        let deliveries = host.wait_for_deliveries(id, |told| told.len() == 1).await;
        let observation = read(&host, &deliveries[0], &secret(&host, SECRET)).unwrap();
        assert!(
            matches!(observation.happenings[0], Happening::Ping(_)),
            "{kind:?}"
        );
    }
}
