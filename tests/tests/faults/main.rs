//! Gateway and nats-server are killed again and again under load; afterwards what was answered is compared with what is
//! stored. `SLUICE_FAULTS_SEED` chooses another course of events.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "everything here is a test, and a test fails by panicking"
)]

mod plan;
mod strikes;
mod system;

use sluice_bus::Outgoing;
use sluice_events::MessageId;
use sluice_tests::{Chance, Load, Seed, Wire, ledger, push, say};
use system::System;

/// Deliveries of the long run.
const DELIVERIES: usize = 20_000;

/// Senders at once.
const CONNECTIONS: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_accepted_is_stored_once_whatever_is_killed() {
    let seed = Seed::of_environment();
    let mut chance = Chance::of(seed.0);
    let mut system = System::start().await;
    let postings = plan::postings(DELIVERIES, &system.hooks, &mut chance);
    let planned = plan::facts(&postings);

    let load = Load::start(system.gateway.hooks(), postings, CONNECTIONS);
    let faults = strikes::strike(&mut system, &load, DELIVERIES, CONNECTIONS, &mut chance).await;
    let (answered, progress) = load.finish().await;

    let stored = ledger::stored_facts(&system.nats.bus("operator").await).await;
    let findings = ledger::check(&answered, &stored);
    say(&format!(
        "accepted {}, lost {}, duplicate effects {}, faults {faults}, seed {}",
        answered.len(),
        findings.lost.len(),
        findings.doubled.len(),
        seed.0
    ));
    if findings != ledger::Findings::default() {
        explain(&mut system, &findings).await;
    }
    assert_eq!(findings, ledger::Findings::default());
    assert_eq!(progress.wrong, Vec::<String>::new());
    assert_eq!(progress.given_up, 0, "{progress:?}");
    assert!(stored.iter().all(|fact| planned.contains(fact)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_planted_loss_and_a_planted_double_are_found() {
    let mut chance = Chance::of(1);
    let system = System::start().await;
    let load = Load::start(
        system.gateway.hooks(),
        plan::postings(200, &system.hooks, &mut chance),
        20,
    );
    let (answered, _) = load.finish().await;
    let bus = system.nats.bus("bootstrap").await;
    let stored = ledger::stored_facts(&bus).await;
    assert_eq!(
        ledger::check(&answered, &stored),
        ledger::Findings::default()
    );

    let messages = ledger::stored(&bus).await;
    let (lost, doubled) = (&messages[17], &messages[40]);
    let mut wire = Wire::connect(&system.nats.connection("bootstrap")).await;
    let deletion = serde_json::json!({"seq": lost.sequence});
    let deleted = wire.ask("STREAM.MSG.DELETE.SLUICE_GIT", &deletion).await;
    assert_eq!(deleted["success"], true, "{deleted}");
    let again = Outgoing {
        subject: doubled.subject.clone(),
        stream: "SLUICE_GIT".into(),
        id: Some(MessageId::of(&[b"planted"])),
        first: false,
        headers: doubled
            .headers()
            .map(|(name, value)| (name.into(), value))
            .collect(),
        payload: doubled.payload.clone(),
    };
    bus.publish(again, std::time::Duration::from_secs(5))
        .await
        .unwrap();

    let stored = ledger::stored_facts(&bus).await;
    let findings = ledger::check(&answered, &stored);
    assert_eq!(findings.lost, [ledger::fact_of(lost)].into());
    assert_eq!(findings.doubled, [ledger::fact_of(doubled)].into());
}

#[tokio::test]
async fn a_push_that_comes_late_makes_no_second_one_of_its_successor() {
    let system = System::start().await;
    let (a, b, c) = ("a".repeat(40), "b".repeat(40), "c".repeat(40));
    let first = push().from(&a).upto(&b).at(1_795_248_000);
    let second = push().from(&b).upto(&c).at(1_795_248_000);
    let (repository, organization) = (&system.hooks.first, &system.hooks.second);

    assert_eq!(
        system.told(repository, second.delivered_as("1")).await,
        "stored"
    );
    assert_eq!(
        system.told(repository, first.delivered_as("2")).await,
        "stored"
    );
    assert_eq!(
        system.told(organization, second.delivered_as("3")).await,
        "duplicate"
    );

    // Back, and the same way again.
    let back = push().from(&c).upto(&b).at(1_795_248_001);
    assert_eq!(
        system.told(repository, back.delivered_as("4")).await,
        "stored"
    );
    let again = second.at(1_795_248_001);
    assert_eq!(
        system.told(repository, again.delivered_as("5")).await,
        "stored"
    );
    assert_eq!(
        system.told(organization, again.delivered_as("6")).await,
        "duplicate"
    );
    assert_eq!(
        ledger::stored(&system.nats.bus("operator").await)
            .await
            .len(),
        4
    );
}

#[tokio::test]
async fn nor_does_it_where_the_successor_has_a_successor_within_the_same_second() {
    let system = System::start().await;
    let (a, b) = ("a".repeat(40), "b".repeat(40));
    let (c, d) = ("c".repeat(40), "d".repeat(40));
    let first = push().from(&a).upto(&b).at(1_795_248_000);
    let second = push().from(&b).upto(&c).at(1_795_248_003);
    let third = push().from(&c).upto(&d).at(1_795_248_003);
    let (repository, organization) = (&system.hooks.first, &system.hooks.second);

    for (push, id) in [(&second, "1"), (&third, "2"), (&first, "3")] {
        assert_eq!(
            system.told(repository, push.delivered_as(id)).await,
            "stored"
        );
    }
    assert_eq!(
        system.told(organization, second.delivered_as("4")).await,
        "duplicate"
    );

    // There and back again within that second: once more, since nobody can tell.
    let back = push().from(&d).upto(&b).at(1_795_248_003);
    assert_eq!(
        system.told(repository, back.delivered_as("5")).await,
        "stored"
    );
    assert_eq!(
        system.told(repository, second.delivered_as("6")).await,
        "stored"
    );
}

/// What stands of the facts that are found, in its order, and what the gateways said.
async fn explain(system: &mut System, findings: &ledger::Findings) {
    let messages = ledger::stored(&system.nats.bus("operator").await).await;
    for fact in findings.lost.iter().chain(&findings.doubled) {
        say(&format!("about {fact}:"));
        let branch = fact.rsplit_once(' ').map_or("", |(branch, _)| branch);
        let told = messages
            .iter()
            .map(|message| (message, ledger::fact_of(message)));
        for (message, told) in told.filter(|(_, told)| told.starts_with(branch)) {
            let header = |name| message.header(name).unwrap_or("-");
            let (time, delivery) = (header("ce-time"), header("ce-sluicedelivery"));
            let mark = if told == *fact { "*" } else { " " };
            say(&format!(
                "{mark} {} {time} {delivery} {told}",
                message.sequence
            ));
        }
    }
    let complaints = system.gateway.process().complaints();
    let looked = complaints.lines().filter(|line| line.contains("a repeat"));
    looked.for_each(say);
}
