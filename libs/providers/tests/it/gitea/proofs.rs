//! What counts as a proof.

use sluice_providers::{HookSecret, Refusal, SecretKind};

use super::sample;
use crate::deliveries::{ANY, Delivery, secret};

const SIGNATURE: &str = "x-gitea-signature";

fn hmac() -> [HookSecret; 1] {
    [secret(SecretKind::Hmac, 1)]
}

fn header(delivery: &Delivery, name: &str) -> String {
    let found = delivery
        .sample
        .headers
        .iter()
        .find(|(header, _)| header == name);
    found.unwrap().1.clone()
}

#[test]
fn an_empty_signature_is_none() {
    let unsigned = || Delivery::unsigned("gitea", "push").with_header(SIGNATURE, "");
    assert_eq!(unsigned().refused(&hmac()), Some(Refusal::NoProof));
    for kind in [SecretKind::Token, SecretKind::Basic, SecretKind::Path] {
        assert_eq!(unsigned().sign(kind).refused(&[secret(kind, 1)]), None);
    }
}

#[test]
fn a_signature_in_another_form_is_malformed() {
    let signature = header(&sample("push"), SIGNATURE);
    for wrong in [
        signature.to_uppercase(),
        format!("sha256={signature}"),
        format!(" {signature}"),
        format!("{signature}00"),
        "0f".repeat(31),
        "0".to_owned(),
    ] {
        let delivery = sample("push").with_header(SIGNATURE, &wrong);
        assert_eq!(
            delivery.refused(&hmac()),
            Some(Refusal::MalformedProof),
            "{wrong}"
        );
    }
    let mut twice = sample("push");
    twice.sample.headers.push((SIGNATURE.to_owned(), signature));
    assert_eq!(twice.refused(&hmac()), Some(Refusal::MalformedProof));
}

#[test]
fn a_signature_is_never_made_up_for_by_something_weaker() {
    for kind in [SecretKind::Token, SecretKind::Basic, SecretKind::Path] {
        let mut delivery = sample("push").sign(kind);
        delivery.sample.body.push(b' ');
        let secrets = [secret(SecretKind::Hmac, 1), secret(kind, 1)];
        assert_eq!(
            delivery.refused(&secrets),
            Some(Refusal::BadProof),
            "{kind:?}"
        );
    }
}

#[test]
fn the_other_signatures_beside_it_count_for_nothing() {
    let signature = header(&sample("push"), SIGNATURE);
    let others = Delivery::unsigned("gitea", "push")
        .with_header("x-hub-signature-256", &format!("sha256={signature}"))
        .with_header("x-gogs-signature", &signature)
        .with_header("x-forgejo-signature", &signature);
    assert_eq!(others.refused(&hmac()), Some(Refusal::NoProof));
}

#[test]
fn forgejo_goes_by_its_own_signature_and_else_by_giteas() {
    let signed = || Delivery::signed("forgejo", "push");
    let wrong = "0f".repeat(32);
    for (delivery, refused) in [
        (signed().without_header("x-forgejo-signature"), None),
        (signed().with_header("x-forgejo-signature", ""), None),
        (signed().with_header(SIGNATURE, &wrong), None),
        (
            signed().with_header("x-forgejo-signature", &wrong),
            Some(Refusal::BadProof),
        ),
    ] {
        assert_eq!(delivery.refused(&hmac()), refused);
    }
}

#[test]
fn the_literal_authorization_of_a_hook_is_its_token() {
    let literal = HookSecret::new("1", SecretKind::Token, b"Bearer correct horse", None).unwrap();
    let sent = |value| Delivery::unsigned("gitea", "push").with_header("authorization", value);
    let refused = |value| sent(value).refused(std::slice::from_ref(&literal));
    assert_eq!(refused("Bearer correct horse"), None);
    assert_eq!(refused("bearer correct horse"), Some(Refusal::BadProof));
    assert_eq!(
        refused("Basic Y29ycmVjdCBob3JzZQ=="),
        Some(Refusal::BadProof)
    );
    assert_eq!(refused(""), Some(Refusal::NoProof));
}

#[test]
fn the_json_inside_a_form_is_what_is_signed() {
    // Computed elsewhere; the digest of the raw body is another.
    const DIGEST: &str = "5910e62016ef5034272c926c27071992a465c2335cecf41851bda071577f4f6d";
    let key = HookSecret::new("1", SecretKind::Hmac, b"s3cret", None).unwrap();
    let form = |body: &[u8]| {
        let mut delivery = sample("push")
            .with_header(
                "content-type",
                "application/x-www-form-urlencoded; charset=utf-8",
            )
            .with_header(SIGNATURE, DIGEST);
        delivery.sample.body = body.to_vec();
        delivery
    };
    let mut delivery = form(b"payload=%7B%22a%22%3A1%7D");
    let secrets = std::slice::from_ref(&key);
    assert_eq!(
        delivery.verify(secrets, ANY).unwrap().payload(),
        br#"{"a":1}"#
    );
    delivery.provider.sign(&mut delivery.sample, &key).unwrap();
    assert_eq!(header(&delivery, SIGNATURE), DIGEST);
    for ambiguous in [
        &b"a=1"[..],
        b"payload=%7B%22a%22%3A1%7D&payload=1",
        br#"{"a":1}"#,
    ] {
        assert_eq!(
            form(ambiguous).refused(secrets),
            Some(Refusal::MalformedProof)
        );
    }
}
