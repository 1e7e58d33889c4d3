//! Records of the next version beside those of this one.

use serde_json::{Value, json};
use sluice_test_support::eventually;
use sluice_tests::{SECRET, push};

use crate::site::Site;

/// Changes an endpoint as a command of the next version would, and returns its new path.
async fn change(site: &Site, name: &str, change: impl FnOnce(&mut Value)) -> String {
    let subject = format!("$KV.sluice-endpoints.default.{name}");
    let bus = site.nats.bus("bootstrap").await;
    let stored = bus.last_message("KV_sluice-endpoints", &subject).await;
    let stored = stored.unwrap().expect("the endpoint is declared");
    let mut record: Value = serde_json::from_slice(&stored.payload).unwrap();
    change(&mut record);
    // Another id, by which the gateway shows that it has read the record.
    let id = format!("{name}-after-the-upgrade");
    record["id"] = json!(id);
    let written = site.store("KV_sluice-endpoints", &subject, &[], &record);
    written.await.unwrap();
    format!("/hooks/{id}")
}

/// Waits until an endpoint takes deliveries.
async fn takes(site: &Site, hook: &str) {
    let taken = async || (site.deliver(hook, &push()).await.status == 202).then_some(());
    eventually("the changed endpoint takes deliveries", taken).await;
}

/// The endpoint of this version takes what is right and refuses what is wrong, and the commands read everything.
async fn nothing_else_is_disturbed(site: &Site) {
    let other = push().to("acme/other");
    assert_eq!(site.deliver(&site.hook, &other).await.status, 202);
    assert_eq!(site.forge(&site.hook, &other).await.status, 401);
    assert_eq!(site.gateway.health().await.unwrap().status, 200);
    let shown = site.operator.does(&["get", "endpoints"]).await;
    assert!(shown.contains("default/later"), "{shown}");
    let doctor = site.operator.run(&["doctor"]).await;
    assert!(
        doctor.stdout.contains("[+] topology"),
        "{}{}",
        doctor.stdout,
        doctor.stderr
    );
}

#[tokio::test]
async fn an_endpoint_with_a_field_more_works() {
    let site = Site::start().await;
    site.operator.declares_endpoint("later", SECRET).await;
    let hook = change(&site, "later", |record| {
        record["quota"] = json!({"perMinute": 60});
        record["secrets"][0]["usedAt"] = json!("2026-11-21T08:00:00Z");
    });
    let hook = hook.await;
    takes(&site, &hook).await;
    assert_eq!(site.forge(&hook, &push()).await.status, 401);
    nothing_else_is_disturbed(&site).await;
}

#[tokio::test]
async fn an_endpoint_with_a_kind_of_secret_more_works_by_the_others() {
    let site = Site::start().await;
    site.operator.declares_endpoint("later", SECRET).await;
    let hook = change(&site, "later", |record| {
        let secrets = record["secrets"].as_array_mut().unwrap();
        secrets.push(json!({"id": "passkey", "kind": "SECRET_KIND_PASSKEY", "version": "1"}));
    });
    let hook = hook.await;
    takes(&site, &hook).await;
    // Perhaps it fits the secret that we do not understand: our fault, so the host may try again.
    assert_eq!(site.forge(&hook, &push()).await.status, 503);
    nothing_else_is_disturbed(&site).await;
}
