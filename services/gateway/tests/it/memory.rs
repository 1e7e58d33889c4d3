//! Bodies of many senders at once cost no more memory than their budget (XW14).

use sluice_test_support::{http::Wire, push, registry::id_of};

use crate::{
    gateway::allowed,
    process::Program,
    site::{SECRET, Site, acme},
};

const MIB: usize = 1 << 20;

/// Bodies may grow in memory by doubling; beside them there are buffers of 200 connections.
const MOST: u64 = 100 << 20;

#[tokio::test]
async fn xw14_two_hundred_bodies_of_25_mib_cost_what_the_budget_allows() {
    let site = Site::with([acme()]).await;
    let variables = [
        ("SLUICE_BODY_BUDGET", "32MiB"),
        ("SLUICE_BODY_DEADLINE", "3s"),
    ];
    let program = Program::start(&site, &variables).await;
    let before = program.memory().await;
    let id = id_of("acme");
    let head = format!(
        "POST /hooks/{id} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        25 * MIB
    );
    let mut wires = Vec::new();
    for _ in 0..200 {
        let mut wire = Wire::connect(program.addr).await.unwrap();
        wire.send(head.as_bytes()).await.unwrap();
        wires.push(wire);
    }
    let part = vec![b' '; 4 * MIB];
    let (mut most, mut early) = (before, Vec::new());
    for wire in &mut wires {
        early.push(wire.say_all(&part).await);
        most = most.max(program.memory().await);
    }
    // Whoever found no room was told so; whoever is held has sent four of his 25, and the rest does not come.
    let mut held = 0;
    for (wire, early) in wires.iter_mut().zip(early) {
        let answer = match early {
            Some(answer) => Some(answer),
            None => wire.answer().await.ok(),
        };
        match answer.map(|answer| allowed(answer).status) {
            Some(503) | None => {}
            Some(408) => held += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!((1..10).contains(&held), "{held}");
    assert!(most < before + MOST, "{before} {most}");
    drop(wires);
    assert_eq!(
        program.take("acme", &push().signed_with(SECRET)).await,
        "stored"
    );
}
