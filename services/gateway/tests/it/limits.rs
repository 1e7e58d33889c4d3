//! What a sender can take of us: bytes, time, connections. Others do not feel it.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use sluice_gateway::Listen;
use sluice_test_support::{
    Delivery,
    http::{Answer, Wire},
    push,
    registry::id_of,
};
use tokio::task::JoinSet;

use crate::{
    gateway::{Gateway, allowed, shipped_limits},
    site::{SECRET, Site, acme},
};

const MIB: usize = 1 << 20;

fn signed() -> Delivery {
    push().signed_with(SECRET)
}

fn head(endpoint: &str, more: &str) -> String {
    let id = id_of(endpoint);
    format!(
        "POST /hooks/{id} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{more}\r\n\r\n"
    )
}

/// A request whose body has begun, with that many bytes of it.
async fn begun(addr: SocketAddr, length: usize, bytes: usize) -> Wire {
    let mut wire = Wire::connect(addr).await.unwrap();
    let head = head("acme", &format!("content-length: {length}"));
    wire.send(head.as_bytes()).await.unwrap();
    wire.send(&vec![b' '; bytes]).await.unwrap();
    wire
}

/// The answer to a chunked body that has no end.
async fn to_endless(addr: SocketAddr, endpoint: &str) -> Answer {
    let mut wire = Wire::connect(addr).await.unwrap();
    let chunk = [b"10000\r\n".as_slice(), &[b' '; 65536], b"\r\n"].concat();
    let endless = chunk.repeat(30 * MIB / 65536);
    let head = head(endpoint, "transfer-encoding: chunked");
    allowed(
        wire.say(&[head.as_bytes(), &endless].concat())
            .await
            .unwrap(),
    )
}

#[tokio::test]
async fn xw14_a_body_of_more_than_25_mib_is_413() {
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    let declared = head("acme", &format!("content-length: {}", 25 * MIB + 1));
    let answer = gateway.send(declared.as_bytes()).await;
    assert_eq!((answer.status, answer.header("connection")), (413, "close"));
    // Before the endpoint is looked for, so it betrays none.
    let declared = head("unknown", &format!("content-length: {}", 25 * MIB + 1));
    assert_eq!(gateway.send(declared.as_bytes()).await.status, 413);

    assert_eq!(to_endless(gateway.addr, "acme").await.status, 413);
    // Of what comes to no endpoint next to nothing is read.
    assert_eq!(to_endless(gateway.addr, "unknown").await.status, 401);
    let large = signed().saying(vec![b' '; 25 * MIB]);
    assert_eq!(gateway.take("acme", &large).await, "rejected");
}

#[tokio::test]
async fn a_slow_body_is_408() {
    let site = Site::with([acme()]).await;
    let listen = Listen {
        body_deadline: Duration::from_millis(200),
        ..shipped_limits()
    };
    let gateway = site.limited_gateway(listen).await;
    let mut slow = begun(gateway.addr, 100, 10).await;
    let begun = Instant::now();
    let answer = allowed(slow.answer().await.unwrap());
    assert_eq!((answer.status, answer.header("connection")), (408, "close"));
    assert!(begun.elapsed() < Duration::from_secs(6));
}

/// A gateway that holds 4 MiB of bodies at once.
async fn with_small_budget(site: &Site) -> Gateway {
    let listen = Listen {
        body_budget: 4 * MIB as u64,
        ..shipped_limits()
    };
    site.limited_gateway(listen).await
}

#[tokio::test]
async fn xw14_bodies_have_a_budget_of_which_a_part_is_for_those_who_proved_themselves() {
    let site = Site::with([acme(), crate::site::hook("quiet", "github")]).await;
    let gateway = with_small_budget(&site).await;
    assert_eq!(gateway.take("quiet", &signed()).await, "stored");
    // Unverified, and each a megabyte of which the last byte never comes: one of them finds no room.
    let mut held = JoinSet::new();
    for _ in 0..4 {
        let mut wire = begun(gateway.addr, MIB + 1, MIB).await;
        held.spawn(async move { wire.answer().await.unwrap() });
    }
    let first = held.join_next().await.unwrap().unwrap();
    assert_eq!(allowed(first).status, 503);
    assert_eq!(gateway.take("quiet", &signed().anew()).await, "duplicate");
    held.shutdown().await;
    // Whatever was held comes back.
    let large = || signed().saying(vec![b' '; 2 * MIB]);
    for _ in 0..20 {
        sluice_test_support::eventually("room again", || async {
            (gateway.take("acme", &large()).await == "rejected").then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn xw18_heads_and_bodies_in_drops_disturb_nobody() {
    let site = Site::with([acme()]).await;
    let gateway = site.gateway().await;
    let mut dripping = Vec::new();
    for at in 0..200 {
        let mut wire = Wire::connect(gateway.addr).await.unwrap();
        let whole = head("acme", "content-length: 50");
        let part = if at % 2 == 0 { 20 } else { whole.len() };
        wire.send(&whole.as_bytes()[..part]).await.unwrap();
        dripping.push(wire);
    }
    for _ in 0..20 {
        for wire in &mut dripping {
            wire.send(b"x").await.unwrap();
        }
        let begun = Instant::now();
        gateway.post("acme", &signed().anew()).await;
        assert!(begun.elapsed() < Duration::from_secs(6));
    }
    // A head that does not come to its end is not waited for.
    let answers = dripping[0].answers().await;
    assert!(
        answers
            .iter()
            .all(|answer| [400, 408].contains(&answer.status)),
        "{answers:?}"
    );
}
