//! Pushes to real repositories while every part is killed again and again and webhooks are dropped; afterwards mirrors
//! equal their repositories and every commit is recorded once. `SLUICE_FAULTS_SEED` chooses another course of events.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "everything here is a test, and a test fails by panicking"
)]

mod pushes;
mod strikes;
mod system;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use pushes::Pushing;
use sluice_bus::{Bus, StoredMessage};
use sluice_events::{
    from_json,
    v1::{CommitRecorded, RefEvent},
};
use sluice_tests::{Chance, Seed, ledger, say};
use strikes::Strikes;
use system::System;

/// Pushes of the long run.
const PUSHES: usize = 2_000;

/// Repositories that they go to.
const REPOSITORIES: usize = 20;

/// How often each part is killed.
const EACH: usize = 10;

/// How long everything may take to come to rest.
const REST: Duration = Duration::from_secs(180);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mirrors_and_records_are_right_whatever_is_killed() {
    let seed = Seed::of_environment();
    let mut chance = Chance::of(seed.0);
    let mut system = System::start(REPOSITORIES).await;
    system.swept().await;

    let (mut pushing, mut strikes) = (Pushing::default(), Strikes::default());
    let between = PUSHES / (EACH * 6 + 2);
    while pushing.pushes < PUSHES {
        pushing.push(&system, &mut chance).await;
        if pushing.pushes.is_multiple_of(between) {
            strikes.strike(&mut system, &mut chance).await;
        }
    }
    while strikes.kills.values().any(|kills| *kills < EACH) {
        pushing.push(&system, &mut chance).await;
        strikes.strike(&mut system, &mut chance).await;
    }

    let bus = system.nats.bus("bootstrap").await;
    let rested = rest(&system, &bus, &pushing).await;
    let stored = ledger::stored_facts(&bus).await;
    let findings = ledger::check(&pushing.accepted, &stored);
    let recovered = recovered(&bus).await;
    let (records, twice) = recorded(&bus).await;
    say(&format!(
        "pushes {}, webhooks accepted {}, dropped {}, unanswered {}, recovered {recovered}, lost {}, duplicate effects {}, \
         commits recorded {}, twice {twice}, kills {:?}, at rest after {rested:.1?}, seed {}",
        pushing.pushes,
        pushing.accepted.len(),
        pushing.dropped,
        pushing.unanswered,
        findings.lost.len(),
        findings.doubled.len(),
        records.len(),
        strikes.kills,
        seed.0
    ));
    if findings != ledger::Findings::default() {
        explain(&bus, &findings).await;
    }
    assert_eq!(findings, ledger::Findings::default());
    assert_eq!(
        system.differences(),
        BTreeMap::new(),
        "mirrors equal their repositories"
    );
    assert_eq!(twice, 0, "one record for each repository and sha");
    assert_eq!(missing(&system, &records), BTreeSet::new());
    assert_eq!(unknown(&pushing, &system, &records), BTreeSet::new());
    assert_eq!(repeated_ids(&bus).await, BTreeSet::new());
}

/// Waits until mirrors equal their repositories and everything that they have is recorded.
async fn rest(system: &System, bus: &Bus, _: &Pushing) -> Duration {
    let began = Instant::now();
    loop {
        let differences = system.differences();
        let missing = match differences.is_empty() {
            true => missing(system, &recorded(bus).await.0),
            false => BTreeSet::new(),
        };
        if differences.is_empty() && missing.is_empty() {
            return began.elapsed();
        }
        assert!(began.elapsed() < REST, "{differences:#?} {missing:#?}");
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// What is recorded, by repository and sha, and how many of that twice.
async fn recorded(bus: &Bus) -> (BTreeSet<(String, String)>, usize) {
    let messages = stored(bus, "SLUICE_COMMITS", "sluice.v1.commit.*.*.*.*.recorded.*").await;
    let (mut all, mut twice) = (BTreeSet::new(), 0);
    for message in messages {
        let record: CommitRecorded = from_json(&message.payload).unwrap();
        let name = record.repository.unwrap().full_name;
        twice += usize::from(!all.insert((name, record.commit.unwrap().sha)));
    }
    (all, twice)
}

/// Commits of repositories that are not recorded.
fn missing(system: &System, records: &BTreeSet<(String, String)>) -> BTreeSet<(String, String)> {
    all_commits(system).difference(records).cloned().collect()
}

/// Recorded commits that nobody made.
fn unknown(
    pushing: &Pushing,
    system: &System,
    records: &BTreeSet<(String, String)>,
) -> BTreeSet<(String, String)> {
    let known = all_commits(system);
    let unknown = records
        .iter()
        .filter(|record| !known.contains(*record) && !pushing.made.contains(*record));
    unknown.cloned().collect()
}

/// What the branches and tags of all repositories lead to.
fn all_commits(system: &System) -> BTreeSet<(String, String)> {
    let each = system.repositories.iter().flat_map(|pushed| {
        let repository = &pushed.repository;
        let shas = repository.git(&["rev-list", "--branches", "--tags"]);
        let pairs = shas
            .lines()
            .map(|sha| (repository.name().to_owned(), sha.to_owned()));
        pairs.collect::<Vec<_>>()
    });
    each.collect()
}

async fn recovered(bus: &Bus) -> usize {
    let events = ledger::stored(bus).await;
    let recovered = events.iter().filter(|message| {
        let event: RefEvent = from_json(&message.payload).unwrap();
        event
            .provenance
            .is_some_and(|provenance| provenance.recovered)
    });
    recovered.count()
}

/// What stands of the facts that are found, in its order.
async fn explain(bus: &Bus, findings: &ledger::Findings) {
    let messages = ledger::stored(bus).await;
    for fact in findings.lost.iter().chain(&findings.doubled) {
        say(&format!("about {fact}:"));
        let branch = fact.rsplit_once(' ').map_or("", |(branch, _)| branch);
        for message in &messages {
            let told = ledger::fact_of(message);
            if told.starts_with(branch) && (told == *fact || findings.doubled.len() < 3) {
                let header = |name| message.header(name).unwrap_or("-");
                let (time, trust) = (header("ce-time"), header("ce-sluicetrust"));
                let mark = if told == *fact { "*" } else { " " };
                say(&format!(
                    "{mark} {} {time} {trust} {told}",
                    message.sequence
                ));
            }
        }
    }
}

/// Ids that two messages of a stream have.
async fn repeated_ids(bus: &Bus) -> BTreeSet<String> {
    let mut repeated = BTreeSet::new();
    for (stream, subjects) in [
        ("SLUICE_GIT", "sluice.v1.git.>"),
        ("SLUICE_RESULTS", "sluice.v1.sync.>"),
        ("SLUICE_COMMITS", "sluice.v1.commit.>"),
    ] {
        let mut seen = BTreeSet::new();
        for message in stored(bus, stream, subjects).await {
            let id = message.header("ce-id").unwrap().to_owned();
            if !seen.insert(id.clone()) {
                repeated.insert(format!("{stream} {id}"));
            }
        }
    }
    repeated
}

async fn stored(bus: &Bus, stream: &str, subjects: &str) -> Vec<StoredMessage> {
    let (mut all, mut next) = (Vec::new(), 1);
    loop {
        let part = bus.read_forward(stream, subjects, next).await.unwrap();
        let Some(last) = part.last() else { return all };
        next = last.sequence + 1;
        all.extend(part);
    }
}
