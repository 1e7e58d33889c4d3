//! `webhook-signature` and `X-Gitlab-Token`.

use sluice_events::v1::{Trust, VerificationMethod};
use sluice_providers::{Refusal, SecretKind};

use super::sample;
use crate::deliveries::{ANY, Delivery, secret};

const TOKEN: &str = "0123456789abcdef012345-1";

fn signature(delivery: &Delivery) -> String {
    let found = delivery
        .sample
        .headers
        .iter()
        .find(|(name, _)| name == "webhook-signature");
    found.unwrap().1.clone()
}

/// Signed with the right secret, then with that header.
fn refused_with(name: &str, value: &str) -> Option<Refusal> {
    let delivery = Delivery::signed("gitlab", "push").with_header(name, value);
    delivery.refused(&[secret(SecretKind::Signing, 1)])
}

#[test]
fn where_both_come_the_signature_judges() {
    // S20
    let secrets = [secret(SecretKind::Token, 1), secret(SecretKind::Signing, 1)];
    let both = Delivery::signed("gitlab", "push").with_header("x-gitlab-token", TOKEN);
    let verified = both.verify(&secrets, ANY).unwrap();
    assert_eq!(
        verified.verification().method(),
        VerificationMethod::StandardWebhooks
    );
    assert_eq!(verified.verification().trust(), Trust::Signed);
    let wrong_token = Delivery::signed("gitlab", "push").with_header("x-gitlab-token", "wrong");
    assert_eq!(wrong_token.refused(&secrets), None);
    let wrong_signature = both.with_header("webhook-id", "another");
    assert_eq!(wrong_signature.refused(&secrets), Some(Refusal::BadProof));
}

#[test]
fn a_token_is_a_hint() {
    let delivery = sample("push").sign(SecretKind::Token);
    let verified = delivery
        .verify(&[secret(SecretKind::Token, 1)], ANY)
        .unwrap();
    assert_eq!(verified.verification().method(), VerificationMethod::Token);
    assert_eq!(verified.verification().trust(), Trust::Hint);
}

#[test]
fn an_empty_or_doubled_token_is_refused() {
    // XW5
    let secrets = [secret(SecretKind::Token, 1)];
    let empty = sample("push").with_header("x-gitlab-token", "");
    assert_eq!(empty.refused(&secrets), Some(Refusal::BadProof));
    let mut doubled = sample("push").sign(SecretKind::Token);
    doubled
        .sample
        .headers
        .push(("x-gitlab-token".into(), TOKEN.into()));
    assert_eq!(doubled.refused(&secrets), Some(Refusal::MalformedProof));
}

#[test]
fn any_signature_of_the_list_may_fit() {
    // XW10
    let right = signature(&Delivery::signed("gitlab", "push"));
    let wrong = format!("v1,{}=", "A".repeat(43));
    for list in [
        format!("{right} {wrong}"),
        format!("{wrong} {right}"),
        format!("v1a,c2ln v2,c2ln {right}"),
        format!("v1,short {right}"),
    ] {
        assert_eq!(refused_with("webhook-signature", &list), None, "{list}");
    }
    assert_eq!(
        refused_with("webhook-signature", &wrong),
        Some(Refusal::BadProof)
    );
}

#[test]
fn what_cannot_be_read_is_malformed() {
    // XW4 XW10
    let right = signature(&Delivery::signed("gitlab", "push"));
    let bare = right.strip_prefix("v1,").unwrap();
    for (name, value) in [
        ("webhook-signature", ""),
        ("webhook-signature", bare),
        ("webhook-signature", "v1,"),
        ("webhook-signature", "v2,c2ln"),
        ("webhook-signature", "v1,not base64"),
        ("webhook-signature", right.trim_end_matches('=')),
        ("webhook-id", ""),
        ("webhook-id", "a.b"),
        ("webhook-timestamp", ""),
        ("webhook-timestamp", "-1"),
        ("webhook-timestamp", "+1795248000"),
        ("webhook-timestamp", "1795248000.0"),
        ("webhook-timestamp", "soon"),
    ] {
        assert_eq!(
            refused_with(name, value),
            Some(Refusal::MalformedProof),
            "{name}: {value}"
        );
    }
    for name in ["webhook-id", "webhook-timestamp"] {
        let delivery = Delivery::signed("gitlab", "push").without_header(name);
        assert_eq!(
            delivery.refused(&[secret(SecretKind::Signing, 1)]),
            Some(Refusal::MalformedProof)
        );
    }
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let mut delivery = Delivery::signed("gitlab", "push");
        let header = delivery
            .sample
            .headers
            .iter()
            .find(|(header, _)| header == name)
            .unwrap()
            .clone();
        delivery.sample.headers.push(header);
        assert_eq!(
            delivery.refused(&[secret(SecretKind::Signing, 1)]),
            Some(Refusal::MalformedProof)
        );
    }
}

#[test]
fn a_timestamp_beyond_all_numbers_is_stale_at_most() {
    // XW10
    let refused = refused_with("webhook-timestamp", &"9".repeat(40));
    assert_eq!(refused, Some(Refusal::BadProof));
}
