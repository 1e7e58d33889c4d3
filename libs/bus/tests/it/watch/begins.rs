//! A watch that begins while others write and servers come and go: what stood there before it began is told before it says
//! that it has told everything, and nothing is passed over.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{FutureExt, StreamExt};
use sluice_bus::{Bus, Change, RecordError, Records, Watch};
use sluice_events::v1::Project;
use sluice_test_support::Nats;

use super::project;

/// How many keys are written, over and over.
const KEYS: usize = 7;

/// Watches that begin in one life of a server.
const WATCHES: usize = 12;

/// Lives of a server.
const LIVES: usize = 3;

/// Writes again and again: the key `p<number % KEYS>` says `number`.
struct Writer {
    /// Everything below has been acked.
    written: Arc<AtomicUsize>,
    ended: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<()>,
}

impl Writer {
    fn start(bus: Bus) -> Self {
        let (written, ended) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        let (count, end) = (Arc::clone(&written), Arc::clone(&ended));
        let task = tokio::spawn(async move {
            let records = Records::<Project>::new(&bus, "projects");
            while !end.load(Ordering::SeqCst) {
                let number = count.load(Ordering::SeqCst);
                if write(&records, number).await.is_ok() {
                    count.store(number + 1, Ordering::SeqCst);
                }
            }
        });
        Self {
            written,
            ended,
            task,
        }
    }

    fn written(&self) -> usize {
        self.written.load(Ordering::SeqCst)
    }

    async fn until(&self, written: usize) {
        while self.written() < written {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn end(self) -> usize {
        self.ended.store(true, Ordering::SeqCst);
        self.task.await.unwrap();
        self.written.load(Ordering::SeqCst)
    }
}

/// Writes one, unless it stands there: a write whose ack was lost.
async fn write(records: &Records<Project>, number: usize) -> Result<(), RecordError> {
    let key = format!("p{}", number % KEYS);
    let said = number.to_string();
    let stands = records.get(&key).await?;
    if stands
        .as_ref()
        .is_some_and(|stands| stands.record.description == said)
    {
        return Ok(());
    }
    let revision = stands.map(|stands| stands.revision);
    let written = records.put(&key, &project("p", &said), revision).await;
    written.map(|_| ())
}

/// What a watch has told: the last number of each key.
#[derive(Default)]
struct Told(BTreeMap<String, usize>);

impl Told {
    /// Listens until everything is told.
    async fn hear(&mut self, watch: &mut Watch<Project>) {
        loop {
            let change = tokio::time::timeout(Duration::from_secs(30), watch.next());
            match change.await.expect("a change") {
                Change::Put(put) => {
                    let number = put.record.description.parse().unwrap();
                    let before = self.0.insert(put.key, number);
                    assert!(
                        before <= Some(number),
                        "told backwards: {before:?}, then {number}"
                    );
                }
                Change::Current => return,
                Change::Interrupted(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Every key must say what was acked when there were so many writes, or something later.
    fn has_all_of(&self, written: usize) {
        for number in written.saturating_sub(KEYS)..written {
            let told = self.0.get(&format!("p{}", number % KEYS));
            assert!(
                told.is_some_and(|told| *told >= number),
                "{number} of {written} was passed over: {:?}",
                self.0
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_that_begins_amid_writes_and_restarts_passes_nothing_over() {
    let mut nats = Nats::start().await;
    let writer = Writer::start(nats.bus("operator").await);
    let mut watches = Vec::new();
    for life in 1..=LIVES {
        for _ in 0..WATCHES {
            writer.until(writer.written() + 2).await;
            let watch = Records::<Project>::new(&nats.bus("operator").await, "projects").watch();
            let before = writer.written();
            watches.push(tokio::spawn(begin(watch, before)));
        }
        if life < LIVES {
            nats.kill().await;
            nats.restart().await;
        }
    }
    let written = writer.end().await;
    for begun in watches {
        let (mut watch, mut told) = begun.await.unwrap();
        // What was written last may have been written after it said that it had told everything.
        while !told.0.values().any(|number| *number + 1 >= written) {
            told.hear(&mut watch).await;
        }
        told.has_all_of(written);
    }
}

async fn begin(mut watch: Watch<Project>, written: usize) -> (Watch<Project>, Told) {
    let mut told = Told::default();
    told.hear(&mut watch).await;
    told.has_all_of(written);
    (watch, told)
}

/// Whoever waits for other things as well cancels again and again.
#[tokio::test]
async fn who_cancels_again_and_again_does_not_ask_again_and_again() {
    let nats = Nats::start().await;
    let records = Records::<Project>::new(&nats.bus("operator").await, "projects");
    records.put("a", &project("a", "1"), None).await.unwrap();
    let jetstream = crate::admin::jetstream(&nats.connection("bootstrap")).await;
    let listener = jetstream.client();
    let mut asked = listener.subscribe("$JS.API.>").await.unwrap();
    listener.flush().await.unwrap();
    let mut watch = records.watch();
    let mut changes = Vec::new();
    while changes.last() != Some(&Change::Current) {
        match watch.next().now_or_never() {
            Some(change) => changes.push(change),
            None => tokio::time::sleep(Duration::from_micros(50)).await,
        }
    }
    assert_eq!(changes.len(), 2, "{changes:?}");
    listener.flush().await.unwrap();
    let mut count = 0;
    while asked.next().now_or_never().flatten().is_some() {
        count += 1;
    }
    assert!(count <= 4, "{count} requests");
}
