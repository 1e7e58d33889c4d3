//! While a test is awaited that we have asked the host for, its made-up push is no event of a ref.

use sluice_events::{
    Timestamp,
    v1::{EndpointState, HookTest},
};
use sluice_providers::SecretKind;
use sluice_test_support::{Delivery, eventually, push, registry::endpoint};

use crate::site::{A, B, C, SECRET, Site, acme, kinds};

const SIGNING: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

fn moved(from: &str, to: &str) -> Delivery {
    let moved = Delivery::of("gitlab", "push").from(from).to_sha(to);
    moved.with_secret(SecretKind::Signing, SIGNING)
}

/// A site where a test is awaited that will say that `main` is at `head`.
async fn awaiting(head: &str) -> Site {
    let lab = endpoint("lab", "gitlab").accepting("signing", SecretKind::Signing, SIGNING);
    let site = Site::with([lab]).await;
    let test = HookTest {
        until: Some(Timestamp::from_seconds(Timestamp::now().seconds + 600)),
        r#ref: "refs/heads/main".into(),
        head: head.into(),
    };
    site.registry.await_test("lab", test).await;
    site
}

#[tokio::test]
async fn a_push_that_ends_where_the_ref_is_known_to_be_is_the_test() {
    let site = awaiting(B).await;
    let gateway = site.gateway().await;
    assert_eq!(gateway.take("lab", &moved(A, B)).await, "stored");
    assert_eq!(kinds(&site.events().await), ["ping.received"]);
}

#[tokio::test]
async fn a_push_that_leads_elsewhere_or_comes_back_is_a_push() {
    let site = awaiting(B).await;
    let gateway = site.gateway().await;
    assert_eq!(gateway.take("lab", &moved(B, C)).await, "stored");
    assert_eq!(gateway.take("lab", &moved(C, B)).await, "stored");
    assert_eq!(
        kinds(&site.events().await),
        ["branch.updated", "branch.updated"]
    );
    // And now it is there again.
    assert_eq!(gateway.take("lab", &moved(A, B)).await, "stored");
    assert_eq!(kinds(&site.events().await)[2], "ping.received");
}

#[tokio::test]
async fn who_waits_for_a_first_delivery_learns_by_which_secret_it_came() {
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    assert_eq!(site.registry.state_of("acme").await, None);
    let push = push().from(A).to_sha(B).signed_with(SECRET);
    assert_eq!(gateway.take("acme", &push).await, "stored");
    let state: EndpointState =
        eventually("the endpoint's state", || site.registry.state_of("acme")).await;
    let version = site.registry.snapshot().await;
    let version = version.endpoint("default", "acme").unwrap().secrets[0].version;
    assert_eq!(
        (state.secret_id.as_str(), state.secret_version),
        ("hmac", version)
    );
    assert!(state.verified_at.is_some() && state.signed_since.is_none());
}
