//! Signatures that others have computed.

use sluice_events::Timestamp;
use sluice_providers::{Headers, Policy, Refusal, Unverified};
use sluice_providers::{HookSecret, SecretKind, provider};

fn refused(
    name: &str,
    (kind, value): (SecretKind, &str),
    headers: &[(&str, &str)],
    body: &str,
) -> Option<Refusal> {
    let headers: Headers<'_> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_bytes()))
        .collect();
    let request = Unverified {
        headers,
        body: body.as_bytes(),
        path_secret: None,
        received_at: Timestamp::default(),
    };
    let policy = Policy {
        now: Timestamp::from_seconds(1_649_367_553),
        signatures_only: true,
    };
    let secret = HookSecret::new("1", kind, value.as_bytes(), None).unwrap();
    request
        .verify(provider(name).unwrap(), &[secret], policy)
        .err()
}

#[test]
fn github_documents_one() {
    let secret = (SecretKind::Hmac, "It's a Secret to Everybody");
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let headers = [("x-hub-signature-256", signature)];
    assert_eq!(refused("github", secret, &headers, "Hello, World!"), None);
    let other = refused("github", secret, &headers, "Hello World!");
    assert_eq!(other, Some(Refusal::BadProof));
}

#[test]
fn standard_webhooks_documents_one() {
    let secret = (
        SecretKind::Signing,
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    );
    let headers = [
        ("webhook-id", "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk"),
        ("webhook-timestamp", "1649367553"),
        (
            "webhook-signature",
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        ),
    ];
    let body = r#"{"email":"test@example.com","username":"test_user"}"#;
    assert_eq!(refused("gitlab", secret, &headers, body), None);
}

#[test]
fn of_a_form_github_signs_the_body_and_gitea_the_json() {
    // XW21
    let secret = (SecretKind::Hmac, "s3cret");
    let form = "payload=%7B%22a%22%3A1%7D";
    let of_body = "74a6a4e35303aaf4f6822b64a1c6103aeae877120e977aa6f4ad1901346e6f3e";
    let of_json = "5910e62016ef5034272c926c27071992a465c2335cecf41851bda071577f4f6d";
    let form_type = ("content-type", "application/x-www-form-urlencoded");
    for (digest, refusal) in [(of_body, None), (of_json, Some(Refusal::BadProof))] {
        let signature = format!("sha256={digest}");
        let headers = [form_type, ("x-hub-signature-256", signature.as_str())];
        assert_eq!(refused("github", secret, &headers, form), refusal);
    }
    for (name, header) in [
        ("gitea", "x-gitea-signature"),
        ("forgejo", "x-forgejo-signature"),
    ] {
        for (digest, refusal) in [(of_json, None), (of_body, Some(Refusal::BadProof))] {
            let headers = [form_type, (header, digest)];
            assert_eq!(refused(name, secret, &headers, form), refusal, "{name}");
        }
    }
}
