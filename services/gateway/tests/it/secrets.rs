//! Secrets of every kind, while they change, and when they cannot be opened.

use sluice_bus::{Bus, Records};
use sluice_events::{
    Timestamp,
    v1::{self, Trust},
};
use sluice_providers::SecretKind;
use sluice_registry::{DEFAULT_PROJECT, KeyClass, OpeningKey, keys};
use sluice_test_support::{
    Delivery, eventually, push,
    registry::{Endpoint, endpoint},
};

use crate::{
    gateway::Gateway,
    site::{A, B, SECRET, Site, acme, read},
};

const OLD: &str = "the old secret, thirty-two long..";
const TOKEN: &str = "a token of thirty-two characters.";
const SIGNING: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const BASIC: &str = "sluice:a password of some length";
const PATH: &str = "c81f5b0e62d94a37b6e0f3851d7a924c";

fn moved() -> Delivery {
    push().from(A).to_sha(B)
}

fn gitlab(kind: SecretKind, value: &str) -> Delivery {
    Delivery::of("gitlab", "push").with_secret(kind, value)
}

/// Waits until such deliveries are answered so.
async fn until_said(gateway: &Gateway, endpoint: &str, delivery: &Delivery, expected: &str) {
    eventually(&format!("`{expected}` at {endpoint}"), || async {
        (gateway.take(endpoint, delivery).await == expected).then_some(())
    })
    .await;
}

#[tokio::test]
async fn each_kind_proves_as_much_as_it_can_and_names_its_secret() {
    let all = endpoint("all", "gitlab")
        .accepting("signing", SecretKind::Signing, SIGNING)
        .accepting("token", SecretKind::Token, TOKEN)
        .accepting("basic", SecretKind::Basic, BASIC)
        .accepting("path", SecretKind::Path, PATH);
    let site = Site::with([all]).await;
    let gateway = site.gateway().await;
    // The signed one at last: from then on nothing weaker counts.
    for (kind, value, id, trust) in [
        (SecretKind::Token, TOKEN, "token", Trust::Hint),
        (SecretKind::Basic, BASIC, "basic", Trust::Hint),
        (SecretKind::Path, PATH, "path", Trust::Hint),
        (SecretKind::Signing, SIGNING, "signing", Trust::Signed),
    ] {
        let delivery = gitlab(kind, value).branch(id);
        assert_eq!(gateway.take("all", &delivery).await, "stored", "{id}");
        let event = site.events().await.pop().unwrap();
        let event: v1::RefEvent = read(&event);
        let verification = event.provenance.unwrap().verification.unwrap();
        assert_eq!(
            (verification.secret_id.as_str(), verification.trust()),
            (id, trust)
        );
    }
}

#[tokio::test]
async fn old_and_new_are_accepted_while_a_secret_changes() {
    // XW11
    let both = acme().accepting("old", SecretKind::Hmac, OLD);
    let site = Site::with([both]).await;
    let gateway = site.gateway().await;
    for (secret, id) in [(OLD, "old"), (SECRET, "hmac")] {
        let delivery = moved().branch(id).signed_with(secret);
        assert_eq!(gateway.take("acme", &delivery).await, "stored");
        let event: v1::RefEvent = read(&site.events().await.pop().unwrap());
        let verification = event.provenance.unwrap().verification.unwrap();
        assert_eq!(verification.secret_id, id);
    }
    // The old one ends without a restart; the new one goes on.
    let new = moved().signed_with(SECRET).branch("hmac");
    site.declare([endpoint("acme", "github").keeping("hmac", SecretKind::Hmac)])
        .await;
    until_said(
        &gateway,
        "acme",
        &moved().branch("old").signed_with(OLD),
        "401",
    )
    .await;
    assert_eq!(gateway.take("acme", &new).await, "duplicate");
}

#[tokio::test]
async fn a_changed_secret_is_live_without_a_restart_and_never_refuses_between() {
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    let (before, after) = (moved().signed_with(SECRET), moved().signed_with(OLD));
    assert_eq!(gateway.take("acme", &before).await, "stored");
    site.declare([endpoint("acme", "github").accepting("hmac", SecretKind::Hmac, OLD)])
        .await;
    until_said(&gateway, "acme", &before, "401").await;
    assert_eq!(gateway.take("acme", &after).await, "duplicate");

    // Its value's deletion is told by another bucket than its end: in between it is our fault, not the host's.
    let both = acme().accepting("old", SecretKind::Hmac, OLD);
    site.declare([both]).await;
    until_said(&gateway, "acme", &before, "duplicate").await;
    for turn in 0..5 {
        let next = format!("a secret of its own, number {turn:06}");
        let rotating = endpoint("acme", "github").keeping("hmac", SecretKind::Hmac);
        site.declare([rotating.accepting("old", SecretKind::Hmac, &next)])
            .await;
        let rotated = moved().signed_with(&next);
        eventually("the new secret is live", || async {
            let said = gateway.take("acme", &before).await;
            assert!(["duplicate", "503"].contains(&said.as_str()), "{said}");
            (gateway.take("acme", &rotated).await == "duplicate").then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn endpoints_come_and_go_without_a_restart() {
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    let delivery = moved().signed_with(SECRET);
    assert_eq!(gateway.take("later", &delivery).await, "401");
    site.declare([crate::site::hook("later", "github")]).await;
    until_said(&gateway, "later", &delivery, "stored").await;
    site.declare([crate::site::hook("later", "github").disabled()])
        .await;
    until_said(&gateway, "later", &delivery, "401").await;
    site.registry.delete_endpoint("acme").await;
    until_said(&gateway, "acme", &delivery, "401").await;
    site.declare([acme()]).await;
    until_said(&gateway, "acme", &delivery, "duplicate").await;
}

#[tokio::test]
async fn a_secret_ends_at_its_time() {
    let past = Timestamp::from_seconds(Timestamp::now().seconds - 1);
    let ended = acme().accepting_until("old", SecretKind::Hmac, OLD, past);
    let site = Site::with([ended]).await;
    let gateway = site.gateway().await;
    assert_eq!(gateway.take("acme", &moved().signed_with(OLD)).await, "401");
    assert_eq!(
        gateway.take("acme", &moved().signed_with(SECRET)).await,
        "stored"
    );
}

#[tokio::test]
async fn xw10_a_signature_of_another_time_is_refused() {
    let signing = endpoint("signing", "gitlab").accepting("signing", SecretKind::Signing, SIGNING);
    let site = Site::with([signing]).await;
    let gateway = site.gateway().await;
    let now = Timestamp::now().seconds;
    for (offset, expected) in [
        (-310, "401"),
        (310, "401"),
        (-280, "stored"),
        (280, "duplicate"),
    ] {
        let at = Timestamp::from_seconds(now + offset);
        let delivery = gitlab(SecretKind::Signing, SIGNING).signed_at(at);
        assert_eq!(
            gateway.take("signing", &delivery).await,
            expected,
            "{offset}"
        );
    }
}

fn tokens_and_signatures() -> Endpoint {
    endpoint("acme", "gitlab")
        .accepting("token", SecretKind::Token, TOKEN)
        .accepting("signing", SecretKind::Signing, SIGNING)
}

#[tokio::test]
async fn s20_the_first_signature_ends_tokens_everywhere_and_for_good() {
    let site = Site::with([tokens_and_signatures()]).await;
    let (gateway, replica) = tokio::join!(site.gateway(), site.gateway());
    let token = gitlab(SecretKind::Token, TOKEN);
    let signed = gitlab(SecretKind::Signing, SIGNING);
    assert_eq!(gateway.take("acme", &token).await, "stored");
    // A forged signature ends nothing.
    let forged = gitlab(
        SecretKind::Signing,
        "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    );
    assert_eq!(gateway.take("acme", &forged).await, "401");
    assert_eq!(replica.take("acme", &token).await, "duplicate");
    assert_eq!(gateway.take("acme", &signed).await, "stored");
    assert_eq!(gateway.take("acme", &token).await, "401");
    until_said(&replica, "acme", &token, "401").await;
    assert!(
        site.registry
            .state_of("acme")
            .await
            .unwrap()
            .signed_since
            .is_some()
    );
    gateway.stop().await;
    let restarted = site.gateway().await;
    assert_eq!(restarted.take("acme", &token).await, "401");
    assert_eq!(restarted.take("acme", &signed).await, "duplicate");
}

#[tokio::test]
async fn s20_that_is_remembered_also_if_the_bus_is_away_meanwhile() {
    let mut site = Site::with([tokens_and_signatures()]).await;
    let gateway = site.gateway().await;
    site.nats.kill().await;
    assert_eq!(
        gateway
            .take("acme", &gitlab(SecretKind::Signing, SIGNING))
            .await,
        "503"
    );
    assert_eq!(
        gateway
            .take("acme", &gitlab(SecretKind::Token, TOKEN))
            .await,
        "401"
    );
    site.nats.restart().await;
    eventually("the state is stored", || async {
        site.registry.state_of("acme").await
    })
    .await;
}

/// A key that the gateway does not have.
fn foreign_key() -> sluice_registry::SealingKey {
    OpeningKey::generate(KeyClass::HookSecrets)
        .unwrap()
        .sealing_key()
}

#[tokio::test]
async fn a_secret_that_cannot_be_opened_is_our_fault() {
    let site = Site::with([]).await;
    let broken = acme().manifest();
    site.registry
        .declare_sealed_to(&foreign_key(), &[broken])
        .await;
    let gateway = site.gateway().await;
    let delivery = moved().signed_with(SECRET);
    assert_eq!(gateway.take("acme", &delivery).await, "503");
    site.declare([acme()]).await;
    until_said(&gateway, "acme", &delivery, "stored").await;
}

#[tokio::test]
async fn s20_a_signing_secret_that_cannot_be_opened_brings_tokens_not_back() {
    let site = Site::with([tokens_and_signatures()]).await;
    let gateway = site.gateway().await;
    assert_eq!(
        gateway
            .take("acme", &gitlab(SecretKind::Signing, SIGNING))
            .await,
        "stored"
    );
    let token = gitlab(SecretKind::Token, TOKEN);
    assert_eq!(gateway.take("acme", &token).await, "401");
    let unreadable = endpoint("acme", "gitlab")
        .keeping("token", SecretKind::Token)
        .accepting("signing", SecretKind::Signing, SIGNING);
    site.registry
        .declare_sealed_to(&foreign_key(), &[unreadable.manifest()])
        .await;
    until_said(
        &gateway,
        "acme",
        &gitlab(SecretKind::Signing, SIGNING),
        "503",
    )
    .await;
    assert_eq!(gateway.take("acme", &token).await, "503");
    assert_eq!(site.events().await.len(), 1);
}

#[tokio::test]
async fn xw5_an_endpoint_without_secrets_takes_nothing() {
    // The registry does not let one be declared; somebody wrote it past the rules.
    let site = Site::with([acme()]).await;
    let bus: Bus = site.nats.bus("operator").await;
    let record = v1::Endpoint {
        name: "open".into(),
        project: DEFAULT_PROJECT.into(),
        id: sluice_test_support::registry::id_of("open"),
        host: "gitlab".into(),
        scope: Some(v1::Scope {
            of: Some(v1::scope::Of::Host(true)),
        }),
        ..v1::Endpoint::default()
    };
    let key = keys::endpoint(DEFAULT_PROJECT, "open");
    Records::new(&bus, keys::ENDPOINTS)
        .put(&key, &record, None)
        .await
        .unwrap();
    let gateway = site.gateway().await;
    let delivery = Delivery::of("gitlab", "push");
    for delivery in [
        delivery.clone(),
        delivery.clone().header("x-gitlab-token", ""),
        delivery.clone().header("webhook-signature", "v1,"),
        delivery.with_secret(SecretKind::Signing, SIGNING),
    ] {
        assert_eq!(gateway.take("open", &delivery).await, "401");
    }
}

#[tokio::test]
async fn an_endpoint_that_this_version_cannot_serve_is_our_fault() {
    let site = Site::with([acme()]).await;
    let bus: Bus = site.nats.bus("operator").await;
    let host = v1::Host {
        name: "newer".into(),
        provider: "from-a-later-version".into(),
        url: "https://newer.example".into(),
        api_url: String::new(),
        ..Default::default()
    };
    let endpoints = Records::<v1::Endpoint>::new(&bus, keys::ENDPOINTS);
    let acme = endpoints
        .get(&keys::endpoint(DEFAULT_PROJECT, "acme"))
        .await
        .unwrap()
        .unwrap();
    let of_host = |name: &str, host: &str| v1::Endpoint {
        name: name.into(),
        id: sluice_test_support::registry::id_of(name),
        host: host.into(),
        ..acme.record.clone()
    };
    Records::new(&bus, keys::HOSTS)
        .put("newer", &host, None)
        .await
        .unwrap();
    for (name, host) in [("newer", "newer"), ("orphan", "nowhere")] {
        let key = keys::endpoint(DEFAULT_PROJECT, name);
        endpoints
            .put(&key, &of_host(name, host), None)
            .await
            .unwrap();
    }
    let gateway = site.gateway().await;
    for endpoint in ["newer", "orphan"] {
        assert_eq!(
            gateway.take(endpoint, &moved().signed_with(SECRET)).await,
            "503",
            "{endpoint}"
        );
    }
}
