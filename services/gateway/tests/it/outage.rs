//! The bus is away, slow, full or not what it must be: nothing is taken that is not stored, and all is well again
//! without a restart.

use std::time::{Duration, Instant};

use sluice_bus::topology::Topology;
use sluice_test_support::{Delivery, Nats, Registry, eventually, push};

use crate::{
    gateway::{Gateway, said, shipped_limits},
    site::{A, B, C, SECRET, Site, acme},
};

/// Gitea, Forgejo and Gerrit hang up after five seconds.
const ANSWERED: Duration = Duration::from_secs(4);

fn moved(from: &str, to: &str) -> Delivery {
    push().from(from).to_sha(to).signed_with(SECRET)
}

/// What is sent meanwhile: 503 in time for what is genuine, and for what is not the answer that it always gets.
async fn nothing_is_taken(gateway: &Gateway, delivery: &Delivery) {
    let begun = Instant::now();
    assert_eq!(gateway.take("acme", delivery).await, "503");
    assert!(begun.elapsed() < ANSWERED, "{:?}", begun.elapsed());
    let forged = delivery
        .anew()
        .signed_with("another secret, as long as it is");
    assert_eq!(gateway.take("acme", &forged).await, "401");
    assert_eq!(gateway.take("unknown", &forged).await, "401");
}

async fn taken_again(gateway: &Gateway, delivery: &Delivery) -> String {
    eventually("the gateway takes deliveries again", || async {
        let said = gateway.take("acme", delivery).await;
        (said != "503").then_some(said)
    })
    .await
}

#[tokio::test]
async fn n5_n22_a_killed_server_is_503_and_found_again() {
    let mut site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    assert_eq!(gateway.take("acme", &moved(A, B)).await, "stored");
    site.nats.kill().await;
    let during = moved(B, C);
    nothing_is_taken(&gateway, &during).await;
    eventually("it says that it is not ready", || async {
        (!gateway.health.readiness().ready).then_some(())
    })
    .await;
    nothing_is_taken(&gateway, &during).await;
    site.nats.restart().await;
    assert_eq!(taken_again(&gateway, &during).await, "stored");
    eventually("it is ready again", || async {
        gateway.health.readiness().ready.then_some(())
    })
    .await;
    eventually("both are there", || async {
        (site.events().await.len() == 2).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_is_rejected_is_kept_before_it_is_taken() {
    // A 2xx means stored, and of what is not understood the ledger alone keeps anything.
    let mut site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    let odd = push().saying("{}").signed_with(SECRET);
    site.nats.kill().await;
    nothing_is_taken(&gateway, &odd).await;
    site.nats.restart().await;
    assert_eq!(taken_again(&gateway, &odd).await, "rejected");
    assert_eq!(site.ledger().await.len(), 1);
}

#[tokio::test]
async fn n6_an_ack_that_does_not_come_is_503_and_the_same_delivery_is_stored_once() {
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    let delivery = moved(A, B);
    site.nats.pause();
    nothing_is_taken(&gateway, &delivery).await;
    site.nats.resume();
    // Perhaps it came through after all: then it is a duplicate now.
    let said = taken_again(&gateway, &delivery).await;
    assert!(["stored", "duplicate"].contains(&said.as_str()), "{said}");
    assert_eq!(gateway.take("acme", &delivery).await, "duplicate");
    assert_eq!(site.events().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n7_many_deliveries_to_a_server_that_stands_still_are_answered_in_time() {
    let site = Site::with([acme()]).await;
    let gateway = std::sync::Arc::new(site.gateway().await);
    site.nats.pause();
    let mut posts = Vec::new();
    for at in 0..1000 {
        let gateway = std::sync::Arc::clone(&gateway);
        posts.push(tokio::spawn(async move {
            let begun = Instant::now();
            let answer = gateway
                .post("acme", &moved(A, B).branch(&format!("b{at}")))
                .await;
            (said(&answer), begun.elapsed())
        }));
    }
    for post in posts {
        let (said, elapsed) = post.await.unwrap();
        assert_eq!(said, "503");
        assert!(elapsed < Duration::from_secs(9), "{elapsed:?}");
    }
    site.nats.resume();
    assert_eq!(taken_again(&gateway, &moved(A, B)).await, "stored");
}

#[tokio::test]
async fn n10_a_full_stream_is_503_and_what_stands_there_is_a_duplicate_still() {
    let mut topology = Topology::current();
    topology.streams[0].max_bytes = 6000;
    let site = Site::on(topology.clone(), [acme()]).await;
    let gateway = site.gateway().await;
    let mut branches = (0..).map(|at| moved(A, B).branch(&format!("b{at}")));
    let refused = loop {
        let delivery = branches.next().unwrap();
        match gateway.take("acme", &delivery).await.as_str() {
            "stored" => {}
            "503" => break delivery,
            other => panic!("{other}"),
        }
    };
    let stored = site.events().await.len();
    assert!(stored > 0);
    nothing_is_taken(&gateway, &refused).await;
    // What stands there is a duplicate still.
    assert_eq!(
        gateway.take("acme", &moved(A, B).branch("b0")).await,
        "duplicate"
    );
    assert_eq!(site.events().await.len(), stored);
}

#[tokio::test]
async fn n21_without_its_stream_it_is_not_ready_and_says_so_and_503() {
    let mut without = Topology::current();
    without.streams.retain(|stream| stream.name != "SLUICE_GIT");
    without
        .consumers
        .retain(|consumer| consumer.stream != "SLUICE_GIT");
    let nats = Nats::empty(Topology::current()).await;
    nats.apply(&without).await;
    let registry = Registry::of(&nats).await;
    registry.declare(&[acme().manifest()]).await;
    let bus = nats.connection("gateway");
    let gateway = Gateway::start(bus, registry.opening_key(), shipped_limits()).await;
    eventually("the endpoints are read", || async {
        (gateway.take("unknown", &moved(A, B)).await == "401").then_some(())
    })
    .await;
    nothing_is_taken(&gateway, &moved(A, B)).await;
    eventually("it says what is missing", || async {
        let readiness = gateway.health.readiness();
        assert!(!readiness.ready);
        readiness
            .lines
            .contains("SLUICE_GIT: does not exist")
            .then_some(())
    })
    .await;
    nats.apply(&Topology::current()).await;
    assert_eq!(taken_again(&gateway, &moved(A, B)).await, "stored");
    gateway.ready().await;
}

#[tokio::test]
async fn n22_before_the_endpoints_were_read_everything_is_503() {
    let mut site = Site::with([acme()]).await;
    site.nats.kill().await;
    let gateway = site.starting_gateway(shipped_limits()).await;
    let delivery = moved(A, B);
    // Nobody knows yet which address is an endpoint.
    for endpoint in ["acme", "unknown"] {
        assert_eq!(gateway.take(endpoint, &delivery).await, "503");
        assert_eq!(
            gateway.take(endpoint, &delivery.clone().unsigned()).await,
            "503"
        );
    }
    assert!(!gateway.health.readiness().ready);
    site.nats.restart().await;
    let gateway = gateway.ready().await;
    assert_eq!(gateway.take("unknown", &delivery).await, "401");
    assert_eq!(gateway.take("acme", &delivery).await, "stored");
}

#[tokio::test]
async fn n24_a_user_without_the_rights_stores_nothing_and_is_not_ready() {
    let site = Site::with([acme()]).await;
    let mut connection = site.nats.connection("reader");
    connection.name = "reader".into();
    let key = site.registry.opening_key();
    let gateway = Gateway::start(connection, key, shipped_limits()).await;
    assert_eq!(gateway.take("acme", &moved(A, B)).await, "503");
    assert!(!gateway.health.readiness().ready);
    assert_eq!(site.events().await.len(), 0);
}
