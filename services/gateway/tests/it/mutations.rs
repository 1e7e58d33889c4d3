//! Signed bodies with anything inside (XW16, XW17): taken, or kept as not understood, and never an end of the gateway.

use std::sync::Arc;

use serde_json::{Value, json};
use sluice_providers::SecretKind;
use sluice_test_support::{Delivery, registry::endpoint};
use tokio::task::JoinSet;

use crate::{
    gateway::Gateway,
    site::{SECRET, Site, hook},
};

const SIGNING: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

const SAMPLES: [(&str, &str); 8] = [
    ("github", "push"),
    ("github", "pull_request"),
    ("github", "issues"),
    ("gitlab", "push"),
    ("gitlab", "merge_request"),
    ("gitea", "push"),
    ("gitea", "create"),
    ("gitea", "pull_request"),
];

async fn site() -> Site {
    let gitlab = endpoint("gitlab", "gitlab").accepting("main", SecretKind::Signing, SIGNING);
    Site::with([hook("github", "github"), hook("gitea", "gitea-com"), gitlab]).await
}

fn signed(provider: &'static str, event: &'static str) -> Delivery {
    let delivery = Delivery::of(provider, event);
    match provider {
        "gitlab" => delivery.with_secret(SecretKind::Signing, SIGNING),
        _ => delivery.signed_with(SECRET),
    }
}

/// All JSON pointers into a value.
fn pointers(value: &Value, here: &str, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), value))
            .collect(),
        Value::Array(list) => (0..).map(|at: usize| at.to_string()).zip(list).collect(),
        _ => return,
    };
    for (key, value) in children {
        let pointer = format!("{here}/{key}");
        pointers(value, &pointer, found);
        found.push(pointer);
    }
}

/// The body with what is there left out, or replaced.
fn changed(body: &Value, pointer: &str, by: Option<&Value>) -> Vec<u8> {
    let mut body = body.clone();
    match by {
        Some(value) => *body.pointer_mut(pointer).unwrap() = value.clone(),
        None => {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            match body.pointer_mut(parent).unwrap() {
                Value::Object(map) => drop(map.remove(key)),
                Value::Array(list) => drop(list.remove(key.parse().unwrap())),
                _ => unreachable!("a parent has children"),
            }
        }
    }
    body.to_string().into_bytes()
}

/// Sends all of them, several at once.
async fn all_are_taken(gateway: Arc<Gateway>, deliveries: Vec<(&'static str, Delivery)>) {
    let deliveries = Arc::new(deliveries);
    let mut senders = JoinSet::new();
    for sender in 0..16 {
        let (gateway, deliveries) = (Arc::clone(&gateway), Arc::clone(&deliveries));
        senders.spawn(async move {
            for (endpoint, delivery) in deliveries.iter().skip(sender).step_by(16) {
                let answer = gateway.post(endpoint, delivery).await;
                let body = String::from_utf8_lossy(&delivery.sample().body).into_owned();
                assert_eq!(answer.status, 202, "{body:.2000} {answer:?}");
            }
        });
    }
    senders.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn xw17_any_part_may_be_missing_null_or_of_another_type() {
    let site = site().await;
    let gateway = Arc::new(site.gateway().await);
    let mut deliveries = Vec::new();
    for (provider, event) in SAMPLES {
        let body = signed(provider, event).sample().body;
        let body: Value = serde_json::from_slice(&body).unwrap();
        let mut found = Vec::new();
        pointers(&body, "", &mut found);
        let others = [
            None,
            Some(Value::Null),
            Some(json!([{"a": 1}])),
            Some(json!(-1.5e300)),
        ];
        for pointer in &found {
            for other in &others {
                let body = changed(&body, pointer, other.as_ref());
                deliveries.push((provider, signed(provider, event).saying(body)));
            }
        }
    }
    assert!(deliveries.len() > 500, "{}", deliveries.len());
    all_are_taken(gateway, deliveries).await;
}

#[tokio::test]
async fn xw16_whatever_can_be_signed_is_taken() {
    let site = site().await;
    let gateway = Arc::new(site.gateway().await);
    let deep =
        |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
    let mut bodies: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"\"\"".to_vec(),
        b"1e999999".to_vec(),
        vec![0; 1000],
        b"\xff\xfe{}".to_vec(),
        "[".repeat(1_000_000).into_bytes(),
        deep("[", "]").into_bytes(),
        deep("{\"a\":", "}").into_bytes(),
        format!("{{\"repository\":{}}}", deep("{\"a\":[", "]}")).into_bytes(),
        format!("{{\"number\":{}}}", "9".repeat(1_000_000)).into_bytes(),
    ];
    // What breaks a right body: twice the same key, half a character, half a pair, a number that is none of ours.
    for (provider, event) in SAMPLES {
        let body = signed(provider, event).sample().body;
        let inner = &body[1..body.len() - 1];
        let with = |end: &[u8]| [b"{", inner, b",", end, b"}"].concat();
        bodies.push([b"{", inner, b",", inner, b"}"].concat());
        bodies.push(with(b"\"x\":\"\xff\xc3\""));
        bodies.push(with(br#""x":"\ud800","ref":"refs/heads/\udc00""#));
        bodies.push(with(br#""id":99999999999999999999999999,"y":1e400"#));
        bodies.push(body[..body.len() / 2].to_vec());
    }
    let mut deliveries = Vec::new();
    for (provider, event) in SAMPLES {
        for body in &bodies {
            deliveries.push((provider, signed(provider, event).saying(body.clone())));
        }
    }
    all_are_taken(gateway, deliveries).await;
}

#[tokio::test]
async fn headers_that_nobody_signed_may_say_anything() {
    let site = site().await;
    let gateway = Arc::new(site.gateway().await);
    let long = "x".repeat(8000);
    let values = [
        "",
        " ",
        "\u{e9}",
        "a,b",
        "../..",
        "%00",
        "*.>",
        "refs/heads/main",
        &long,
    ];
    let names = [
        "x-github-event",
        "x-github-delivery",
        "x-gitea-event",
        "x-gitea-event-type",
        "x-gitea-delivery",
        "x-gitlab-event",
        "idempotency-key",
        "user-agent",
        "traceparent",
        "tracestate",
    ];
    let mut deliveries = Vec::new();
    for (provider, event) in SAMPLES {
        for name in names {
            for value in values {
                deliveries.push((provider, signed(provider, event).header(name, value)));
            }
        }
    }
    all_are_taken(gateway, deliveries).await;
}
