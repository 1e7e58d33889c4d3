//! What subscribers see of each provider's deliveries, written down: subject, headers, data; and the ledger's line.

use std::fmt::Write;

use insta::{Settings, assert_snapshot};
use serde_json::{Value, json};
use sluice_bus::StoredMessage;
use sluice_events::{Timestamp, v1};
use sluice_providers::{PROVIDERS, SecretKind};
use sluice_test_support::{
    Delivery,
    registry::{Endpoint, endpoint, host},
};

use crate::site::{A, B, SECRET, Site, acme, read};

const SIGNING: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// When everything happens: 2026-11-21T08:00:00Z.
const TIME: Timestamp = Timestamp {
    seconds: 1_795_248_000,
    nanos: 0,
};

/// How a host of the provider signs.
fn signs(provider: &str) -> (SecretKind, &'static str) {
    match provider {
        "gitlab" => (SecretKind::Signing, SIGNING),
        _ => (SecretKind::Hmac, SECRET),
    }
}

fn hook(provider: &str) -> Endpoint {
    let (kind, secret) = signs(provider);
    endpoint(provider, &format!("{provider}-corp")).accepting("main", kind, secret)
}

/// A message as text. What differs from run to run is left out.
fn written(message: &StoredMessage) -> String {
    let mut text = format!("{}\n", message.subject);
    let mut headers: Vec<_> = message.headers().collect();
    headers.sort();
    for (name, value) in headers {
        let value = match name.as_str() {
            "ce-time" if !value.starts_with("2026-11-21T08:00:00") => "(when it came)",
            _ => &value,
        };
        writeln!(text, "{name}: {value}").unwrap();
    }
    let mut data: Value = serde_json::from_slice(&message.payload).unwrap();
    data["provenance"]["receivedAt"] = json!("(when it came)");
    if let Some(timestamp) = data.pointer_mut("/headers/webhook-timestamp") {
        *timestamp = json!("(when it was sent)");
    }
    text + &serde_json::to_string_pretty(&data).unwrap() + "\n"
}

/// Compares a message with the file of that name.
fn check(name: &str, message: &StoredMessage) {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| assert_snapshot!(name, written(message)));
}

#[tokio::test]
async fn every_sample_of_every_provider_is_stored_as_it_is_written_down() {
    let site = Site::with([]).await;
    for provider in PROVIDERS.iter().map(|provider| provider.name()) {
        let url = format!("https://{provider}.corp.example");
        let host = host(&format!("{provider}-corp"), provider, &url);
        site.registry
            .declare(&[host, hook(provider).manifest()])
            .await;
    }
    let gateway = site.gateway().await;
    let mut stored = 0;
    for provider in PROVIDERS {
        let (kind, secret) = signs(provider.name());
        for event in provider.sample_events() {
            let delivery = Delivery::of(provider.name(), event)
                .at(TIME)
                .from(A)
                .to_sha(B);
            let delivery = delivery.branch("topic").with_secret(kind, secret);
            let delivery = delivery.delivered_as("00000000-0000-4000-8000-000000000000");
            let said = gateway.take(provider.name(), &delivery).await;
            assert!(
                ["stored", "duplicate"].contains(&said.as_str()),
                "{event}: {said}"
            );
            let events = site.events().await;
            let mut new = events.iter().skip(stored);
            if let Some(message) = new.next() {
                check(&format!("{}-{event}", provider.name()), message);
            }
            // A new name is told under the old one, too.
            if let Some(message) = new.next() {
                check(&format!("{}-{event}-old", provider.name()), message);
            }
            assert!(new.next().is_none() && (events.len() > stored) == (said == "stored"));
            stored = events.len();
        }
    }
    assert!(stored > 0);
}

#[tokio::test]
async fn a_line_of_the_ledger_is_stored_as_it_is_written_down() {
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    let delivery = Delivery::of("github", "push").at(TIME).from(A).to_sha(B);
    let delivery = delivery
        .signed_with(SECRET)
        .delivered_as("00000000-0000-4000-8000-000000000000");
    assert_eq!(gateway.take("acme", &delivery).await, "stored");
    site.lines(1).await;
    check("ledger-stored", &site.ledger().await[0]);
}

#[tokio::test]
async fn addresses_come_from_the_registry_and_the_endpoints_id_stays_here() {
    // S11, S12
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    let elsewhere = Delivery::of("github", "push").edited(|body| {
        for field in ["html_url", "clone_url", "ssh_url", "url", "git_url"] {
            body["repository"][field] = json!("https://evil.example/acme/web.git");
        }
    });
    assert_eq!(
        gateway.take("acme", &elsewhere.signed_with(SECRET)).await,
        "stored"
    );
    site.lines(1).await;
    let event: v1::RefEvent = read(&site.events().await[0]);
    let repository = event.repository.unwrap();
    assert_eq!(repository.web_url, "https://github.com/acme/web");
    assert_eq!(repository.clone_url, "https://github.com/acme/web.git");
    let id = sluice_test_support::registry::id_of("acme");
    for message in site.events().await.iter().chain(&site.ledger().await) {
        let text = written(message);
        assert!(
            !text.contains("evil.example") && !text.contains(&id),
            "{text}"
        );
    }
}
