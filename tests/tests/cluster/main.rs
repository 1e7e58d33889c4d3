//! Three nodes by the shipped profile: one is lost, and nothing that was accepted is.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "everything here is a test, and a test fails by panicking"
)]

mod three;

use std::{collections::BTreeSet, ops::Range, time::Instant};

use sluice_test_support::eventually;
use sluice_tests::{Gateway, Load, Posting, SECRET, ledger, push, say};
use three::{NODES, Three};

/// How many deliveries there are while a node is lost, and as many while it comes back.
const EACH: usize = 2000;

/// Delivers a part of the pushes, each until it is accepted.
fn load(gateway: &Gateway, hook: &str, part: Range<usize>) -> Load {
    let posting = |index: usize| Posting {
        push: push()
            .branch(&format!("b{index}"))
            .delivered_as(&format!("cluster-{index}")),
        path: hook.to_owned(),
        secret: SECRET,
    };
    Load::start(gateway.hooks(), part.map(posting).collect(), 8)
}

/// What was accepted: everything, and nothing was answered that nobody may get.
async fn accepted(load: Load, number: usize) -> Vec<String> {
    let (answered, progress) = load.finish().await;
    assert_eq!(progress.wrong, Vec::<String>::new());
    assert_eq!(answered.len(), number, "{progress:?}");
    answered
}

/// The node that leads a stream, as another one tells.
async fn leader(three: &Three, stream: &str, by: &str) -> &'static str {
    let leader = eventually("the stream is led", async || {
        three.streams(by).await?.remove(stream)?.leader
    });
    let leader = leader.await;
    NODES.into_iter().find(|name| *name == leader).unwrap()
}

/// Waits until every stream is led by one of these nodes, and returns how many.
async fn led_by(three: &Three, alive: &[&str]) -> usize {
    eventually("every stream is led by a node that is there", async || {
        let streams = three.streams(alive[0]).await?;
        let led = streams.values().all(|stream| {
            let leader = stream.leader.as_deref();
            leader.is_some_and(|leader| alive.contains(&leader))
        });
        led.then_some(streams.len())
    })
    .await
}

/// Waits until all nodes have the same in every stream and bucket, and returns how many messages that is.
async fn alike(three: &Three) -> u64 {
    eventually("all nodes have the same", async || {
        let mut told = Vec::new();
        for name in NODES {
            let streams = three.streams(name).await?.into_iter();
            told.push(
                streams
                    .map(|(name, stream)| (name, stream.messages))
                    .collect::<Vec<_>>(),
            );
        }
        let alike = told.iter().all(|one| *one == told[0]);
        let counts = told[0].iter().map(|(_, (number, _))| number);
        alike.then(|| counts.sum())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_is_lost_and_nothing_that_was_accepted() {
    let begun = Instant::now();
    let mut three = Three::start().await;
    let apply = ["topology", "apply", "--durability", "quorum"];
    let applied = three.as_user("bootstrap").run(&apply).await;
    assert_eq!(
        (applied.code, applied.stderr.as_str()),
        (Some(0), ""),
        "{}",
        applied.stdout
    );
    let everywhere: BTreeSet<_> = NODES.map(str::to_owned).into();
    let streams = three.streams(NODES[0]).await.unwrap();
    assert!(
        streams.values().all(|stream| stream.nodes == everywhere),
        "{streams:?}"
    );
    let operator = three.as_user("operator");
    let diff = ["topology", "diff", "--all", "--durability", "quorum"];
    assert_eq!(operator.does(&diff).await, "the bus is as it must be\n");
    say(&format!(
        "cluster: {} streams and buckets on three nodes after {:.1?}",
        streams.len(),
        begun.elapsed()
    ));

    let keys = operator.makes_keys().await;
    let hook = operator.declares_endpoint("acme", SECRET).await;
    let doctor = operator.does(&["doctor", "--durability", "quorum"]).await;
    let verified = "[+] durability: quorum: verified, everything has three replicas\n";
    assert!(doctor.contains(verified), "{doctor}");
    let gateway = Gateway::start(&three.connection("gateway"), &keys);
    gateway.ready().await;
    let sending = load(&gateway, &hook, 0..EACH);
    sending.until(|progress| progress.accepted >= 200).await;

    // The node that everything that is accepted passes through.
    let lost = leader(&three, "SLUICE_GIT", NODES[0]).await;
    let alive: Vec<_> = NODES.into_iter().filter(|name| *name != lost).collect();
    three.kill(lost).await;
    let (killed, before) = (Instant::now(), sending.progress());
    assert!(before.accepted + 50 < EACH, "it was killed under load");
    // More than were under way.
    let more = before.accepted + 50;
    sending.until(|progress| progress.accepted >= more).await;
    let went_on = killed.elapsed();
    let number = led_by(&three, &alive).await;
    let now = leader(&three, "SLUICE_GIT", alive[0]).await;
    say(&format!(
        "cluster: node {lost} killed after {} accepted; publishing went on after {went_on:.1?} ({} refused meanwhile), \
         SLUICE_GIT is led by {now}, {number} streams and buckets by {} after {:.1?}",
        before.accepted,
        sending.progress().refused - before.refused,
        alive.join(" and "),
        killed.elapsed()
    ));

    let mut answered = accepted(sending, EACH).await;
    let sending = load(&gateway, &hook, EACH..2 * EACH);
    three.start_again(lost);
    three.well(lost).await;
    let during = sending.progress().accepted;
    answered.extend(accepted(sending, EACH).await);
    let messages = alike(&three).await;
    say(&format!(
        "cluster: node {lost} came back while {during} were accepted, and has all that was accepted without it: \
         {messages} messages on each node"
    ));

    // Now it counts: without it there is no majority, and what it says is what is there.
    let next = alive.into_iter().find(|name| *name != now).unwrap();
    three.kill(next).await;
    let rest: Vec<_> = NODES.into_iter().filter(|name| *name != next).collect();
    led_by(&three, &rest).await;
    let later = load(&gateway, &hook, 2 * EACH..2 * EACH + 50);
    answered.extend(accepted(later, 50).await);
    let stored = ledger::stored_facts(&three.bus("reader").await).await;
    let findings = ledger::check(&answered, &stored);
    say(&format!(
        "cluster: accepted {}, lost {}, stored twice {}, with node {lost} in the majority; {:.1?} in all",
        answered.len(),
        findings.lost.len(),
        findings.doubled.len(),
        begun.elapsed()
    ));
    assert_eq!(findings, ledger::Findings::default());
}

#[tokio::test]
async fn no_two_replicas_stand_in_one_zone() {
    let three = Three::start_in(["a", "a", "b"]).await;
    let apply = ["topology", "apply", "--durability", "quorum"];
    let refused = three.as_user("bootstrap").run(&apply).await;
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("cannot create `SLUICE_GIT`"),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("no suitable peers for placement"),
        "{}",
        refused.stderr
    );
}
