//! What somebody can do who holds captured deliveries, or may publish on the bus.

use std::time::Duration;

use sluice_bus::{Outgoing, StoredMessage};
use sluice_events::{MessageId, Weight};
use sluice_test_support::{Delivery, push};

use crate::site::{A, B, C, SECRET, Site, acme};

fn moved(from: &str, to: &str) -> Delivery {
    push().from(from).to_sha(to).signed_with(SECRET)
}

#[tokio::test]
async fn xw8_a_captured_body_under_200_fresh_ids_adds_nothing() {
    // S17
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    let captured = moved(A, B);
    gateway.take("acme", &captured).await;
    gateway.take("acme", &moved(B, C)).await;
    for _ in 0..200 {
        assert_eq!(gateway.take("acme", &captured.anew()).await, "duplicate");
    }
    assert_eq!(site.events().await.len(), 2);
}

#[tokio::test]
async fn xw9_a_delivery_id_that_was_used_before_does_not_suppress() {
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    let old = moved(A, B);
    gateway.take("acme", &old).await;
    let real = moved(B, C);
    // An old body under the id that the real one will have.
    assert_eq!(
        gateway
            .take("acme", &old.clone().delivered_as(real.id()))
            .await,
        "duplicate"
    );
    site.lines(2).await;
    assert_eq!(gateway.take("acme", &real).await, "stored");
    // A move that comes true again is no repeat either, though its id is in the ledger with another body.
    let back = moved(C, B);
    assert_eq!(gateway.take("acme", &back).await, "stored");
    let again = moved(B, C);
    gateway
        .take("acme", &old.clone().delivered_as(again.id()))
        .await;
    site.lines(5).await;
    assert_eq!(gateway.take("acme", &again).await, "stored");
    assert_eq!(site.events().await.len(), 4);
}

/// The event that this delivery makes, at a site of its own.
async fn event_of(delivery: &Delivery) -> StoredMessage {
    let site = Site::with([acme()]).await;
    site.gateway().await.take("acme", delivery).await;
    site.events().await.remove(0)
}

/// Publishes something else under a message id of ours; its sequence.
async fn occupy(site: &Site, id: MessageId, of: &StoredMessage, subject: &str) -> u64 {
    let foreign = Outgoing {
        subject: subject.into(),
        stream: "SLUICE_GIT".into(),
        id: Some(id),
        first: false,
        // Even with our fact: it stands under a subject that is not the event's.
        headers: vec![(
            "ce-sluicefact".into(),
            of.header("ce-sluicefact").unwrap().into(),
        )],
        payload: "{}".into(),
    };
    let bus = site.nats.bus("bootstrap").await;
    bus.publish(foreign, Duration::from_secs(3))
        .await
        .unwrap()
        .sequence
}

#[tokio::test]
async fn s3_an_occupied_message_id_does_not_suppress() {
    let delivery = moved(A, B);
    let event = event_of(&delivery).await;
    let fact = event.envelope().unwrap().fact.unwrap();
    let id = MessageId::of_event(&fact, Weight::Proof);
    let elsewhere = "sluice.v1.git.evil.github.acme.web.branch.updated.default.main";

    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    let at = occupy(&site, id.clone(), &event, elsewhere).await;
    // The id that takes its place can be foreseen, and the one after that.
    let at = occupy(&site, id.again(at), &event, elsewhere).await;
    occupy(&site, id.again(at), &event, elsewhere).await;
    assert_eq!(gateway.take("acme", &delivery).await, "stored");
    assert_eq!(gateway.take("acme", &delivery).await, "duplicate");
    assert_eq!(gateway.take("acme", &delivery.anew()).await, "duplicate");
    let stored = site.events().await;
    let ours: Vec<_> = stored
        .iter()
        .filter(|stored| stored.subject == event.subject)
        .collect();
    assert_eq!(ours.len(), 1);
}
