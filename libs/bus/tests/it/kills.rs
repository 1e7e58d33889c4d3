//! What was acknowledged is there, however often the server is killed (N2).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sluice_bus::Bus;
use sluice_test_support::{Nats, eventually};

use crate::publish::message;

const KILLS: usize = 30;
const PUBLISHERS: usize = 8;

/// What is wrong with the stream, given what was acknowledged.
fn compare(acknowledged: &BTreeSet<String>, stored: &[String]) -> Vec<String> {
    let mut times = BTreeMap::<&String, usize>::new();
    stored
        .iter()
        .for_each(|id| *times.entry(id).or_default() += 1);
    let lost = acknowledged.iter().filter(|id| !times.contains_key(id));
    let lost = lost.map(|id| format!("{id} is lost"));
    let doubled = times.iter().filter(|(_, times)| **times > 1);
    let doubled = doubled.map(|(id, times)| format!("{id} stands there {times} times"));
    lost.chain(doubled).collect()
}

async fn stored(bus: &Bus) -> Vec<String> {
    let mut ids = Vec::new();
    let mut from = 1;
    loop {
        let part = bus
            .read_forward("SLUICE_GIT", "sluice.v1.git.>", from)
            .await
            .unwrap();
        let Some(last) = part.last() else { return ids };
        from = last.sequence + 1;
        ids.extend(
            part.iter()
                .map(|message| message.header("ce-id").unwrap().to_owned()),
        );
    }
}

/// Publishes until told to stop; what fails is tried once more under the same id, as a host does.
async fn publish(
    bus: Bus,
    publisher: usize,
    acknowledged: Arc<Mutex<BTreeSet<String>>>,
    stop: Arc<AtomicBool>,
) {
    for number in 0.. {
        let id = format!("{publisher}-{number}");
        for _ in 0..2 {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            if bus
                .publish(message(&id), Duration::from_secs(2))
                .await
                .is_ok()
            {
                acknowledged.lock().unwrap().insert(id);
                break;
            }
            bus.connected().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_and_nothing_is_stored_twice() {
    let mut nats = Nats::start().await;
    let acknowledged = Arc::<Mutex<BTreeSet<String>>>::default();
    let stop = Arc::new(AtomicBool::new(false));
    let mut publishers = Vec::new();
    for publisher in 0..PUBLISHERS {
        let bus = nats.bus("gateway").await;
        publishers.push(tokio::spawn(publish(
            bus,
            publisher,
            Arc::clone(&acknowledged),
            Arc::clone(&stop),
        )));
    }
    for kill in 1..=KILLS {
        let before = acknowledged.lock().unwrap().len();
        eventually("messages flow", || async {
            (acknowledged.lock().unwrap().len() > before + 20).then_some(())
        })
        .await;
        nats.kill().await;
        nats.restart().await;
        if kill == KILLS {
            stop.store(true, Ordering::Relaxed);
        }
    }
    for publisher in publishers {
        publisher.await.unwrap();
    }

    let mut acknowledged = acknowledged.lock().unwrap().clone();
    let stored = stored(&nats.bus("operator").await).await;
    println!(
        "acknowledged {}, stored {}, kills {KILLS}",
        acknowledged.len(),
        stored.len()
    );
    assert!(acknowledged.len() > KILLS * 20);
    assert_eq!(compare(&acknowledged, &stored), Vec::<String>::new());

    // The same check finds what is planted.
    acknowledged.insert("planted".into());
    let doubled = [stored.clone(), vec![stored[0].clone()]].concat();
    assert_eq!(
        compare(&acknowledged, &doubled),
        [
            "planted is lost".to_owned(),
            format!("{} stands there 2 times", stored[0])
        ]
    );
}
