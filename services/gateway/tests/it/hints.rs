//! What nobody signed wakes workers and never stands in the way of what is signed (S12).

use sluice_events::v1::Trust;
use sluice_providers::SecretKind;
use sluice_test_support::{Delivery, registry::endpoint};

use crate::site::{A, B, Site, kinds};

const TOKEN: &str = "a token of thirty-two characters.";
const SIGNING: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

fn moved(from: &str, to: &str) -> Delivery {
    Delivery::of("gitlab", "push").from(from).to_sha(to)
}

fn hint(from: &str, to: &str) -> Delivery {
    moved(from, to).with_secret(SecretKind::Token, TOKEN)
}

fn signed(from: &str, to: &str) -> Delivery {
    moved(from, to).with_secret(SecretKind::Signing, SIGNING)
}

/// Sends hints to an endpoint that knows no better and signed deliveries to one that does; what became of them, and
/// the worth of what is stored.
async fn check(deliveries: &[Delivery]) -> (Vec<String>, Vec<Trust>) {
    let site = Site::with([
        endpoint("hints", "gitlab").accepting("token", SecretKind::Token, TOKEN),
        endpoint("signed", "gitlab").accepting("signing", SecretKind::Signing, SIGNING),
    ])
    .await;
    let gateway = site.gateway().await;
    let mut said = Vec::new();
    for delivery in deliveries {
        let is_hint = delivery
            .sample()
            .headers
            .iter()
            .any(|(name, _)| name == "x-gitlab-token");
        let endpoint = if is_hint { "hints" } else { "signed" };
        said.push(gateway.take(endpoint, delivery).await);
    }
    let events = site.events().await;
    assert!(kinds(&events).iter().all(|kind| kind == "branch.updated"));
    let trust = events.iter().map(|event| event.envelope().unwrap().trust);
    (said, trust.collect())
}

#[tokio::test]
async fn a_hint_before_or_after_does_not_suppress_what_is_signed() {
    let (said, stored) = check(&[hint(A, B), signed(A, B)]).await;
    assert_eq!(said, ["stored", "stored"]);
    assert_eq!(stored, [Trust::Hint, Trust::Signed]);

    let (_, stored) = check(&[signed(A, B), hint(A, B), signed(A, B)]).await;
    assert_eq!(
        stored
            .iter()
            .filter(|trust| **trust == Trust::Signed)
            .count(),
        1
    );
}

#[tokio::test]
async fn a_hint_is_told_once() {
    let told = hint(A, B);
    let (said, stored) = check(&[told.clone(), told.clone(), told.anew()]).await;
    assert_eq!(said, ["stored", "duplicate", "duplicate"]);
    assert_eq!(stored, [Trust::Hint]);
}

#[tokio::test]
async fn hints_between_signed_moves_do_not_speak_against_them() {
    // The last hint says that the ref is at B already; a proof counts for more.
    let deliveries = [signed(A, B), signed(B, A), hint(A, B), signed(A, B)];
    let (said, stored) = check(&deliveries).await;
    assert_eq!(said, ["stored"; 4]);
    assert_eq!(
        stored,
        [Trust::Signed, Trust::Signed, Trust::Hint, Trust::Signed]
    );
}

#[tokio::test]
async fn hints_do_not_make_a_past_move_come_true_again() {
    let first = signed(A, B);
    let (said, stored) = check(&[first.clone(), hint(B, A), first.anew()]).await;
    assert_eq!(said, ["stored", "stored", "duplicate"]);
    assert_eq!(stored, [Trust::Signed, Trust::Hint]);
}
