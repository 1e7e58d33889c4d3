//! No secret gets out: not of requests, not of the registry; and what gets out would be found (S11, XW20).

use serde_json::json;
use sluice_providers::SecretKind;
use sluice_test_support::{
    Delivery, folder_holds, push,
    registry::{endpoint, id_of},
};

use crate::{
    process::Program,
    site::{A, B, Site},
};

/// In what is sent, and nowhere else.
const SENT: &str = "canary-of-a-request-5f1d9c0b7a42e";
const HMAC: &str = "canary-of-hmac-1c9d2f0a7b3e4d5f60";
const PATH: &str = "canary-of-path-1c9d2f0a7b3e4d5f60";
const PASSWORD: &str = "canary-of-basic-1c9d2f0a7b3e4d5f";
/// Where it may be: in events, logs and metrics.
const PLANTED: &str = "planted-canary-0a1b2c3d";

const EVERYTHING: &str =
    "info,sluice_gateway=trace,sluice_bus=trace,sluice_providers=trace,sluice_registry=trace";

fn signed() -> Delivery {
    push().from(A).to_sha(B).signed_with(HMAC).edited(|body| {
        body["hook"] = json!({"config": {"secret": SENT, "token": SENT}});
        body["sender"]["login"] = json!(PLANTED);
    })
}

/// Everything that a host or an attacker may put a secret into.
async fn send_everything(program: &Program) {
    let with_headers = [
        "x-github-encoded-secret",
        "authorization",
        "cookie",
        "x-gitlab-token",
        "x-hub-signature",
        "x-forwarded-for",
        "referer",
    ];
    for delivery in [signed(), signed().unsigned(), signed().saying("{")] {
        let with_canaries = with_headers.iter().fold(delivery, |delivery, name| {
            delivery.header(name, &format!("Bearer {SENT}"))
        });
        program.post("all", &with_canaries).await;
        let in_query = format!("/hooks/{}?token={SENT}&secret={SENT}", id_of("all"));
        program.post_to(&in_query, &with_canaries).await;
        let as_path = format!("/hooks/{}/{SENT}", id_of("all"));
        program.post_to(&as_path, &with_canaries).await;
        program
            .post_to(&format!("/hooks/{SENT}"), &with_canaries)
            .await;
        program.post_to(&format!("/{SENT}"), &with_canaries).await;
    }
    let weak = |kind, value: &str| Delivery::of("github", "ping").with_secret(kind, value);
    program.post("weak", &weak(SecretKind::Path, PATH)).await;
    program
        .post(
            "weak",
            &weak(SecretKind::Basic, &format!("sluice:{PASSWORD}")),
        )
        .await;
    program
        .post("weak", &weak(SecretKind::Basic, &format!("sluice:{SENT}")))
        .await;
    let broken = format!("POST /hooks/{SENT} HTTP/1.1\r\nhost: x\r\n{SENT}\r\n\r\n");
    program.send(broken.as_bytes()).await;
}

#[tokio::test]
async fn xw20_secrets_are_nowhere_and_what_is_somewhere_is_found() {
    let site = Site::with([
        endpoint("all", "github").accepting("hmac", SecretKind::Hmac, HMAC),
        endpoint("weak", "github")
            .accepting("path", SecretKind::Path, PATH)
            .accepting(PLANTED, SecretKind::Basic, &format!("sluice:{PASSWORD}")),
    ])
    .await;
    let mut program = Program::start(&site, &[("RUST_LOG", EVERYTHING)]).await;
    send_everything(&program).await;
    let metrics = program.metrics().await;
    program.terminate();
    assert_eq!(program.ended().await, Some(0));
    let log = program.log();

    let basic = "c2x1aWNlOmNhbmFyeS1vZi1iYXNpYy";
    for secret in [SENT, HMAC, PATH, PASSWORD, basic] {
        assert!(
            !folder_holds(site.nats.folder(), secret),
            "{secret} is stored"
        );
        assert!(!log.contains(secret), "{secret} is logged: {log}");
        assert!(!metrics.contains(secret), "{secret} is measured");
    }
    // The same search finds what is there: a user in an event, a secret's id, words of logs and metrics.
    assert!(folder_holds(site.nats.folder(), PLANTED));
    assert!(log.contains(r#""endpoint":"weak""#), "{log}");
    assert!(metrics.contains(r#"provider="github""#), "{metrics}");
    // The id stands in the registry, and only there.
    let id = id_of("all");
    assert!(!log.contains(&id) && !metrics.contains(&id));
    for message in site.events().await.iter().chain(&site.ledger().await) {
        assert!(!String::from_utf8_lossy(&message.payload).contains(&id));
    }
}
