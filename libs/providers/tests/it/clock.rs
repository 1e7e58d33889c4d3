//! Signed timestamps.

use sluice_providers::{Policy, Refusal, SecretKind};

use crate::deliveries::{Delivery, NOW, secret};

#[test]
fn a_signed_timestamp_may_be_five_minutes_off() {
    // XW10
    let delivery = Delivery::signed("gitlab", "push");
    for (skew, refused) in [
        (-301, Some(Refusal::StaleTimestamp)),
        (-299, None),
        (0, None),
        (299, None),
        (301, Some(Refusal::StaleTimestamp)),
    ] {
        let mut now = NOW;
        now.seconds += skew;
        let policy = Policy {
            now,
            signatures_only: true,
        };
        let verified = delivery.verify(&[secret(SecretKind::Signing, 1)], policy);
        assert_eq!(verified.err(), refused, "{skew}");
    }
}

#[test]
fn an_unsigned_timestamp_is_nobodys_word() {
    // XW10
    let delivery = Delivery::signed("gitlab", "push").with_header("webhook-timestamp", "0");
    assert_eq!(
        delivery.refused(&[secret(SecretKind::Signing, 1)]),
        Some(Refusal::BadProof)
    );
}
