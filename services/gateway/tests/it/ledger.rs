//! The ledger: a line for each verified delivery, with what became of it and where its event stands.

use std::collections::BTreeMap;

use sluice_events::v1::{DeliveryOutcome, DeliveryRecord};
use sluice_test_support::{
    Delivery, eventually,
    http::{Wire, request},
    push,
};

use crate::{
    gateway::path,
    site::{A, B, C, SECRET, Site, acme},
};

fn moved(from: &str, to: &str) -> Delivery {
    push().from(from).to_sha(to).signed_with(SECRET)
}

#[tokio::test]
async fn every_verified_delivery_has_a_line_that_says_what_became_of_it() {
    let site = Site::with([acme().for_owner("acme")]).await;
    let gateway = site.gateway().await;
    let deliveries = [
        (moved(A, B), DeliveryOutcome::Stored),
        (moved(A, B), DeliveryOutcome::Duplicate),
        (moved(B, C), DeliveryOutcome::Stored),
        (moved(B, C).saying("{}"), DeliveryOutcome::Rejected),
        (moved(B, C).to("evil/web"), DeliveryOutcome::Rejected),
        (
            Delivery::of("github", "issues").signed_with(SECRET),
            DeliveryOutcome::Stored,
        ),
    ];
    for (delivery, _) in &deliveries {
        gateway.post("acme", delivery).await;
    }
    gateway.take("acme", &moved(A, B).unsigned()).await;
    let lines = site.lines(deliveries.len()).await;
    let by_id: BTreeMap<_, _> = lines.iter().map(|line| (id_of(line), line)).collect();
    let events = site.events().await;
    for (delivery, outcome) in &deliveries {
        let line = by_id[delivery.id()];
        assert_eq!(line.outcome(), *outcome);
        assert_eq!(
            line.reason.is_empty(),
            *outcome != DeliveryOutcome::Rejected,
            "{line:?}"
        );
        assert_eq!(line.body_bytes, delivery.sample().body.len() as u64);
        assert_eq!(
            (line.host.as_str(), line.provider.as_str()),
            ("github", "github")
        );
        let refers = *outcome != DeliveryOutcome::Rejected;
        assert_eq!(line.events.len(), usize::from(refers));
        for reference in &line.events {
            let event = events
                .iter()
                .find(|event| event.sequence == reference.sequence)
                .unwrap();
            assert_eq!(event.subject, reference.subject);
            assert_eq!(event.header("ce-sluicefact"), Some(reference.fact.as_str()));
            assert_eq!(reference.stream, "SLUICE_GIT");
        }
    }
    // A duplicate refers to the event that stood there before.
    assert_eq!(by_id[deliveries[1].0.id()].events[0].sequence, 1);
}

fn id_of(line: &DeliveryRecord) -> &str {
    &line.provenance.as_ref().unwrap().delivery_id
}

#[tokio::test]
async fn a_redelivery_is_told_beside_the_first_and_further_ones_are_not() {
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    let delivery = moved(A, B);
    for _ in 0..5 {
        gateway.take("acme", &delivery).await;
    }
    let outcomes: Vec<_> = site
        .lines(2)
        .await
        .iter()
        .map(DeliveryRecord::outcome)
        .collect();
    assert_eq!(
        outcomes,
        [DeliveryOutcome::Stored, DeliveryOutcome::Duplicate]
    );
}

#[tokio::test]
async fn many_deliveries_at_once_are_many_lines() {
    let site = Site::with([acme()]).await;
    let gateway = std::sync::Arc::new(site.gateway().await);
    let mut posts = Vec::new();
    for at in 0..300 {
        let gateway = std::sync::Arc::clone(&gateway);
        posts.push(tokio::spawn(async move {
            gateway
                .take("acme", &moved(A, B).branch(&format!("b{at}")))
                .await
        }));
    }
    for post in posts {
        assert_eq!(post.await.unwrap(), "stored");
    }
    assert!(
        site.lines(300)
            .await
            .iter()
            .all(|line| line.events.len() == 1)
    );
}

#[tokio::test]
async fn the_last_lines_are_written_before_the_end() {
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    for at in 0..20 {
        gateway
            .take("acme", &moved(A, B).branch(&format!("b{at}")))
            .await;
    }
    gateway.stop().await;
    assert_eq!(site.ledger().await.len(), 20);
}

#[tokio::test]
async fn a_host_that_hangs_up_is_in_the_ledger_with_whatever_was_stored() {
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    for at in 0..50 {
        let delivery = moved(A, B).branch(&format!("b{at}"));
        let sample = delivery.sample();
        let path = path("acme", &delivery);
        let bytes = request("POST", &path, &sample.headers, &sample.body);
        let mut wire = Wire::connect(gateway.addr).await.unwrap();
        wire.send(&bytes).await.unwrap();
    }
    eventually("what came whole is stored", || async {
        (site.events().await.len() == 50).then_some(())
    })
    .await;
    gateway.stop().await;
    assert_eq!(site.ledger().await.len(), 50);
}
