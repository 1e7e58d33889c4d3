//! What a host is told: what was taken, and what was not and why. A stranger learns nothing.

use sluice_providers::SecretKind;
use sluice_test_support::{
    Delivery,
    http::{Answer, Wire, request},
    push,
    registry::id_of,
};

use crate::{
    gateway::{Gateway, allowed, path, said},
    site::{A, B, SECRET, Site, acme, hook},
};

fn signed() -> Delivery {
    push().from(A).to_sha(B).signed_with(SECRET)
}

fn json() -> Vec<(String, String)> {
    vec![("content-type".into(), "application/json".into())]
}

/// An answer but for the time that it names and the order of its headers, which is left to chance.
fn timeless(mut answer: Answer) -> Answer {
    answer.headers.retain(|(name, _)| name != "date");
    answer.headers.sort();
    answer
}

#[tokio::test]
async fn what_was_taken_is_202_and_says_what_became_of_it() {
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    let stored = gateway.post("acme", &signed()).await;
    assert_eq!(said(&stored), "stored");
    let body: serde_json::Value = serde_json::from_str(&stored.body).unwrap();
    let id = site.events().await[0].header("ce-id").unwrap().to_owned();
    assert_eq!(body["events"], serde_json::json!([id]));
    assert_eq!(gateway.take("acme", &signed()).await, "duplicate");
    for not_understood in [
        signed().saying("{}"),
        signed().saying("not JSON"),
        signed().header("x-github-event", ""),
        signed().header("x-github-event", "ping"),
    ] {
        assert_eq!(gateway.take("acme", &not_understood).await, "rejected");
    }
    assert_eq!(site.events().await.len(), 1);
}

#[tokio::test]
async fn xw4_xw7_xw23_every_refusal_is_the_same() {
    let site = Site::with([acme(), hook("off", "github").disabled()]).await;
    let gateway = site.gateway().await;
    let good = signed().sample();
    let signature = |sample: &sluice_providers::Sample| {
        let mut headers = sample.headers.iter();
        headers
            .find(|(name, _)| name == "x-hub-signature-256")
            .unwrap()
            .1
            .clone()
    };
    let (right, name) = (signature(&good), "x-hub-signature-256");
    let refused = [
        (
            "acme",
            signed().signed_with("another secret, as long as it is"),
        ),
        ("acme", signed().unsigned()),
        ("acme", signed().header(name, "")),
        ("acme", signed().header(name, "sha256=")),
        ("acme", signed().header(name, right.get(..69).unwrap())),
        (
            "acme",
            signed().header(name, &right.replace("sha256=", "sha1=")),
        ),
        (
            "acme",
            signed().header(name, &right.replace("sha256=", "sha512=")),
        ),
        ("acme", signed().header(name, &right.replace("sha256=", ""))),
        ("acme", signed().header(name, &format!("{right},{right}"))),
        ("acme", signed().header(name, &right).header(name, &right)),
        (
            "acme",
            signed().unsigned().header("x-hub-signature", "sha1=00"),
        ),
        (
            "acme",
            signed().unsigned().header("authorization", "Basic Og=="),
        ),
        (
            "acme",
            signed().with_secret(SecretKind::Path, &"0123456789".repeat(3)),
        ),
        ("unknown", signed()),
        ("unknown", signed().unsigned()),
        ("off", signed()),
    ];
    let mut answers = Vec::new();
    for (endpoint, delivery) in &refused {
        answers.push(timeless(gateway.post(endpoint, delivery).await));
    }
    // Nor does a large body tell an endpoint from an address that is none.
    let large = vec![b' '; 200_000];
    for endpoint in ["acme", "unknown"] {
        let path = path(endpoint, &signed());
        answers.push(timeless(
            gateway.send(&request("POST", &path, &json(), &large)).await,
        ));
    }
    assert_eq!(answers[0].status, 401);
    assert_eq!(
        answers[0].body,
        r#"{"error":"unknown endpoint or bad signature"}"#
    );
    for (answer, at) in answers.iter().zip(0..) {
        assert_eq!(answer, &answers[0], "refusal {at}");
    }
    assert_eq!(site.events().await.len() + site.ledger().await.len(), 0);
}

#[tokio::test]
async fn xw12_a_delivery_about_something_else_is_403_and_kept() {
    let site = Site::with([
        hook("web", "github").for_repository("acme/web"),
        hook("owner", "github").for_owner("acme"),
    ])
    .await;
    let gateway = site.gateway().await;
    for (endpoint, repository, expected) in [
        ("web", "acme/web", "stored"),
        ("web", "acme/api", "403"),
        ("web", "evil/web", "403"),
        ("owner", "acme/api", "stored"),
        ("owner", "acme2/api", "403"),
    ] {
        let said = gateway.take(endpoint, &signed().to(repository)).await;
        assert_eq!(said, expected, "{endpoint} {repository}");
    }
    assert_eq!(site.events().await.len(), 2);
    let lines = site.lines(5).await;
    let kept = lines
        .iter()
        .filter(|line| line.reason.contains("scope"))
        .count();
    assert_eq!(kept, 3);
}

#[tokio::test]
async fn only_post_is_taken_and_only_below_hooks() {
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    let hook = path("acme", &signed());
    for method in [
        "GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND",
    ] {
        let answer = gateway.send(&request(method, &hook, &json(), b"")).await;
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, "POST"),
            "{method}"
        );
    }
    let mut wire = Wire::connect(gateway.addr).await.unwrap();
    wire.send(&request("HEAD", &hook, &json(), b""))
        .await
        .unwrap();
    assert_eq!(allowed(wire.head().await.unwrap()).status, 405);
    let too_deep = format!("{hook}/secret/more");
    for elsewhere in [
        "/", "/hooks", "/hooks/", &too_deep, "/livez", "/metrics", "/console",
    ] {
        for method in ["GET", "POST"] {
            let answer = gateway
                .send(&request(method, elsewhere, &json(), b"{}"))
                .await;
            assert_eq!(answer.status, 404, "{method} {elsewhere}");
        }
    }
}

#[tokio::test]
async fn xw15_xw21_only_json_and_forms_as_they_are() {
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    for (content_type, expected) in [
        ("application/json", "stored"),
        ("Application/JSON; charset=utf-8", "duplicate"),
        ("application/x-www-form-urlencoded", "rejected"),
        ("", "415"),
        ("text/plain", "415"),
        ("application/json5", "415"),
        ("multipart/form-data; boundary=x", "415"),
        ("application/xml", "415"),
    ] {
        let said = gateway
            .take("acme", &signed().header("content-type", content_type))
            .await;
        assert_eq!(said, expected, "{content_type}");
    }
    for encoding in ["gzip", "br", "zstd", "deflate", "identity", "gzip, gzip"] {
        let encoded = signed()
            .saying(vec![0; 65536])
            .header("content-encoding", encoding);
        assert_eq!(gateway.take("acme", &encoded).await, "415", "{encoding}");
        // It betrays no endpoint either.
        assert_eq!(gateway.take("unknown", &encoded).await, "415", "{encoding}");
    }
    let mut headers = signed().sample().headers;
    headers.retain(|(name, _)| name != "content-type");
    let bare = request("POST", &path("acme", &signed()), &headers, b"{}");
    assert_eq!(gateway.send(&bare).await.status, 415);
}

/// A form of GitHub is signed as it comes, one of Gitea by the JSON inside.
#[tokio::test]
async fn forms_are_taken_as_each_host_signs_them() {
    let site = Site::with([acme(), hook("gitea", "gitea-com")]).await;
    let gateway = site.gateway().await;
    for (name, provider) in [("acme", "github"), ("gitea", "gitea")] {
        let json = Delivery::of(provider, "push").sample().body;
        let encoded = json
            .iter()
            .map(|byte| format!("%{byte:02X}"))
            .collect::<String>();
        let form = format!("payload={encoded}");
        assert_eq!(
            gateway.take(name, &as_form(provider, &json, form)).await,
            "stored"
        );
    }
}

fn as_form(provider: &'static str, json: &[u8], form: String) -> Delivery {
    let kind = "application/x-www-form-urlencoded";
    let delivery = Delivery::of(provider, "push").signed_with(SECRET);
    if provider == "github" {
        return delivery.saying(form).header("content-type", kind);
    }
    let signed = delivery.clone().saying(json).sample();
    let signature = signed
        .headers
        .iter()
        .find(|(name, _)| name == "x-gitea-signature");
    let delivery = delivery
        .unsigned()
        .saying(form)
        .header("content-type", kind);
    delivery.header("x-gitea-signature", &signature.unwrap().1)
}

#[tokio::test]
async fn a_body_that_breaks_off_is_400_or_nothing() {
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    let head = format!(
        "POST /hooks/{} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
        id_of("acme")
    );
    for body in [
        "zz\r\n{}",
        "5\r\n{}",
        "-1\r\n\r\n",
        "ffffffffffffffffff\r\n",
    ] {
        let broken = format!("{head}{body}");
        assert!(
            is_400_or_nothing(&gateway, broken.as_bytes()).await,
            "{body:?}"
        );
    }
    let sample = signed().sample();
    let whole = request(
        "POST",
        &path("acme", &signed()),
        &sample.headers,
        &sample.body,
    );
    assert!(is_400_or_nothing(&gateway, &whole[..whole.len() - 1]).await);
    assert_eq!(site.events().await.len(), 0);
}

/// Sends it, ends, and reads what comes.
async fn is_400_or_nothing(gateway: &Gateway, bytes: &[u8]) -> bool {
    let mut wire = Wire::connect(gateway.addr).await.unwrap();
    wire.send(bytes).await.unwrap();
    wire.end().await;
    let answers = wire.answers().await.into_iter().map(allowed);
    answers
        .map(|answer| answer.status)
        .all(|status| status == 400)
}
