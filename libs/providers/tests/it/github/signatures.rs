//! `X-Hub-Signature-256`.

use sluice_providers::{Refusal, SecretKind};

use crate::deliveries::{Delivery, secret};

fn refused(delivery: Delivery) -> Option<Refusal> {
    delivery.refused(&[secret(SecretKind::Hmac, 1)])
}

#[test]
fn a_signature_has_one_form() {
    // XW4
    let right = Delivery::signed("github", "push");
    let right = right
        .sample
        .headers
        .iter()
        .find(|(name, _)| name == "x-hub-signature-256");
    let digest = right.unwrap().1.strip_prefix("sha256=").unwrap().to_owned();
    for malformed in [
        String::new(),
        "sha256=".into(),
        digest.clone(),
        format!("sha1={digest}"),
        format!("sha512={digest}"),
        format!("SHA256={digest}"),
        format!("sha256={}", digest.get(..62).unwrap()),
        format!("sha256={digest}00"),
        format!("sha256=zz{}", digest.get(2..).unwrap()),
        format!("sha256= {digest}"),
    ] {
        let delivery =
            Delivery::signed("github", "push").with_header("x-hub-signature-256", &malformed);
        assert_eq!(
            refused(delivery),
            Some(Refusal::MalformedProof),
            "{malformed}"
        );
    }
}

#[test]
fn two_signatures_are_none() {
    // XW4: even where both are right, a proxy and we might read different ones.
    let mut delivery = Delivery::signed("github", "push");
    let signature = delivery.sample.headers.last().unwrap().clone();
    delivery.sample.headers.push(signature);
    assert_eq!(refused(delivery), Some(Refusal::MalformedProof));
}

#[test]
fn sha1_alone_is_no_proof() {
    // S20: neither for itself nor as a reason to look at what is weaker.
    let sha1 = format!("sha1={}", "0".repeat(40));
    let delivery = Delivery::unsigned("github", "push").with_header("x-hub-signature", &sha1);
    assert_eq!(refused(delivery), Some(Refusal::MalformedProof));
    let delivery = Delivery::unsigned("github", "push").sign(SecretKind::Path);
    let delivery = delivery.with_header("x-hub-signature", &sha1);
    assert_eq!(
        delivery.refused(&[secret(SecretKind::Path, 1)]),
        Some(Refusal::MalformedProof)
    );
}

#[test]
fn beside_sha256_sha1_is_passed_over() {
    let delivery =
        Delivery::signed("github", "push").with_header("x-hub-signature", "sha1=anything");
    assert_eq!(refused(delivery), None);
}

#[test]
fn forms_are_read() {
    // XW21
    let mut delivery = Delivery::unsigned("github", "push");
    let json = hex::encode(&delivery.sample.body);
    let escaped: String = json
        .as_bytes()
        .chunks(2)
        .map(|pair| format!("%{}{}", char::from(pair[0]), char::from(pair[1])))
        .collect();
    delivery.sample.body = format!("payload={escaped}").into_bytes();
    let form = delivery.with_header(
        "content-type",
        "application/x-www-form-urlencoded; charset=utf-8",
    );
    let form = form.sign(SecretKind::Hmac);
    assert_eq!(
        form.observe().unwrap(),
        Delivery::signed("github", "push").observe().unwrap()
    );
    // The content type is not signed: what is a form stays one.
    let form = form.with_header("content-type", "application/json");
    assert!(form.observe().is_err());
}

#[test]
fn json_that_comes_again_as_a_form_is_not_searched() {
    // XW21: whoever writes a commit message must not write a payload.
    let inside = serde_json::to_string(&serde_json::json!({"zen": "", "hook_id": 666})).unwrap();
    let message = format!("&payload={}&", inside.replace('"', "%22"));
    let delivery = Delivery::unsigned("github", "push").edited(|body| {
        body["commits"][0]["message"] = message.into();
    });
    let delivery = delivery
        .with_header("content-type", "application/x-www-form-urlencoded")
        .with_header("x-github-event", "ping");
    assert!(delivery.observe().is_err());
}
