//! Every provider × every sample × every kind of secret: what is accepted, and what is not.

use sluice_providers::{PROVIDERS, Policy, Refusal, SecretKind};

use crate::deliveries::{ANY, Delivery, NOW, secret, secret_until};

/// Calls for each signed sample, and fails for a provider that has none.
fn each(check: impl Fn(&Delivery, SecretKind)) {
    for provider in PROVIDERS {
        let name = provider.name();
        assert!(
            !provider.sample_events().is_empty(),
            "{name} has no samples"
        );
        assert!(!provider.secret_kinds().is_empty(), "{name} proves nothing");
        for event in provider.sample_events() {
            for &kind in provider.secret_kinds() {
                check(&Delivery::unsigned(name, event).sign(kind), kind);
            }
        }
    }
}

fn is_signature(kind: SecretKind) -> bool {
    matches!(kind, SecretKind::Hmac | SecretKind::Signing)
}

#[test]
fn the_right_secret_is_accepted_and_named() {
    each(|delivery, kind| {
        let verified = delivery.verify(&[secret(kind, 1)], ANY).unwrap();
        assert_eq!(verified.verification().secret_id, "secret-1");
    });
}

#[test]
fn another_secret_is_refused() {
    // XW4
    each(|delivery, kind| {
        assert_eq!(
            delivery.refused(&[secret(kind, 2)]),
            Some(Refusal::BadProof)
        );
        assert!(delivery.refused(&[]).is_some());
    });
}

#[test]
fn any_changed_byte_breaks_a_signature() {
    // XW4
    each(|delivery, kind| {
        if !is_signature(kind) {
            return;
        }
        for at in [
            0,
            delivery.sample.body.len() / 2,
            delivery.sample.body.len() - 1,
        ] {
            let mut changed = Delivery {
                sample: delivery.sample.clone(),
                path_secret: None,
                ..*delivery
            };
            changed.sample.body[at] ^= 1;
            assert!(changed.refused(&[secret(kind, 1)]).is_some());
        }
    });
}

#[test]
fn a_delivery_without_proof_is_refused() {
    // XW4
    each(|delivery, kind| {
        for event in delivery.provider.sample_events() {
            let bare = Delivery::unsigned(delivery.provider.name(), event);
            assert_eq!(bare.refused(&[secret(kind, 1)]), Some(Refusal::NoProof));
        }
    });
}

#[test]
fn several_secrets_are_accepted_until_they_expire() {
    // XW11
    each(|delivery, kind| {
        let accepted = |until: i64| {
            let mut until_time = NOW;
            until_time.seconds += until;
            let secrets = [secret(kind, 2), secret_until(kind, 1, Some(until_time))];
            delivery.verify(&secrets, ANY).is_ok()
        };
        assert!(accepted(1));
        assert!(!accepted(0));
        assert!(!accepted(-1));
    });
}

#[test]
fn what_is_weaker_than_a_signature_is_a_downgrade_once_one_was_seen() {
    // S20
    let policy = Policy {
        signatures_only: true,
        ..ANY
    };
    each(|delivery, kind| {
        let refused = delivery.verify(&[secret(kind, 1)], policy).err();
        let expected = (!is_signature(kind)).then_some(Refusal::Downgrade);
        assert_eq!(refused, expected);
    });
}

#[test]
fn a_secret_counts_for_its_own_kind_only() {
    each(|delivery, kind| {
        for other in [
            SecretKind::Hmac,
            SecretKind::Token,
            SecretKind::Basic,
            SecretKind::Path,
        ] {
            if other != kind {
                assert!(delivery.refused(&[secret(other, 1)]).is_some());
            }
        }
    });
}

#[test]
fn no_recorded_header_carries_a_secret() {
    // XW20
    each(|delivery, kind| {
        let provider = delivery.provider;
        let unsigned = Delivery::unsigned(provider.name(), provider.sample_events()[0]);
        let delivery_id = provider.delivery_id(&delivery.headers());
        for (name, value) in &delivery.sample.headers {
            let from_the_secret = !unsigned.has_header(name) && *value != delivery_id;
            let recorded = provider.recorded_headers().contains(&name.as_str());
            assert!(!from_the_secret || !recorded, "{kind:?} {name}");
        }
    });
}
