//! No address of a payload is ever called or told (XW13).

use serde_json::{Value, json};
use sluice_providers::{PROVIDERS, SecretKind};
use sluice_test_support::{
    Delivery,
    registry::{Endpoint, endpoint, host},
};
use tokio::net::TcpListener;

use crate::site::{SECRET, Site};

/// Where nobody may call.
const CANARY: &str = "127.0.0.1:1";

const SIGNING: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

fn secret_of(provider: &str) -> (SecretKind, &'static str) {
    match provider {
        "gitlab" => (SecretKind::Signing, SIGNING),
        _ => (SecretKind::Hmac, SECRET),
    }
}

fn hook(provider: &str) -> Endpoint {
    let (kind, secret) = secret_of(provider);
    endpoint(provider, &format!("{provider}-corp")).accepting("main", kind, secret)
}

/// Puts the canary into every address, and addresses into every object.
fn poison(value: &mut Value) {
    const FIELDS: [&str; 12] = [
        "url",
        "html_url",
        "clone_url",
        "ssh_url",
        "git_url",
        "web_url",
        "homepage",
        "git_http_url",
        "git_ssh_url",
        "avatar_url",
        "hooks_url",
        "original_url",
    ];
    match value {
        Value::Object(map) => {
            map.values_mut().for_each(poison);
            for field in FIELDS {
                map.insert(field.into(), json!(format!("http://{CANARY}/acme/web")));
            }
        }
        Value::Array(list) => list.iter_mut().for_each(poison),
        _ => {}
    }
}

#[tokio::test]
async fn xw13_no_address_in_a_payload_is_called_or_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let canary = listener.local_addr().unwrap().to_string();
    let site = Site::with([]).await;
    for provider in PROVIDERS.iter().map(|provider| provider.name()) {
        let host = host(
            &format!("{provider}-corp"),
            provider,
            "https://git.corp.example",
        );
        site.registry
            .declare(&[host, hook(provider).manifest()])
            .await;
    }
    let gateway = site.gateway().await;
    let mut sent = 0;
    for provider in PROVIDERS {
        let (kind, secret) = secret_of(provider.name());
        for event in provider.sample_events() {
            let poisoned = Delivery::of(provider.name(), event)
                .edited(poison)
                .sample()
                .body;
            let poisoned = String::from_utf8(poisoned)
                .unwrap()
                .replace(CANARY, &canary);
            assert!(poisoned.contains(&canary));
            let delivery = Delivery::of(provider.name(), event).saying(poisoned);
            let delivery = delivery.with_secret(kind, secret);
            assert_eq!(gateway.post(provider.name(), &delivery).await.status, 202);
            sent += 1;
        }
    }
    site.lines(sent).await;
    let events = site.events().await;
    assert!(
        events.len() > 20,
        "most of it is understood: {}",
        events.len()
    );
    for message in events.iter().chain(&site.ledger().await) {
        let text = String::from_utf8_lossy(&message.payload);
        assert!(!text.contains(&canary), "{text}");
        let headers = message.headers().any(|(_, value)| value.contains(&canary));
        assert!(!headers, "{}", message.subject);
    }
    // Nobody has called; a call would have been seen.
    let caller = tokio::net::TcpStream::connect(&canary).await.unwrap();
    let (_, first) = listener.accept().await.unwrap();
    assert_eq!(first, caller.local_addr().unwrap());
}
