//! What anybody on the machine sees of our processes, and what their owner sees besides.

use std::{
    collections::BTreeSet,
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use crate::evidence::{Evidence, Sink};

/// How often it is looked: no process of ours is as quick as this.
const OFTEN: Duration = Duration::from_millis(4);

/// Looks at every process that comes of this one, as long as it is there.
pub(crate) struct Processes {
    stop: Arc<AtomicBool>,
    looking: Option<JoinHandle<()>>,
}

impl Processes {
    /// From now on.
    pub(crate) fn watched(evidence: &Arc<Evidence>) -> Self {
        let (stop, evidence) = (Arc::new(AtomicBool::new(false)), Arc::clone(evidence));
        let stopped = Arc::clone(&stop);
        let looking = std::thread::spawn(move || {
            let mut seen = BTreeSet::new();
            while !stopped.load(Ordering::Relaxed) {
                look(&evidence, &mut seen);
                std::thread::park_timeout(OFTEN);
            }
        });
        Self {
            stop,
            looking: Some(looking),
        }
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(looking) = self.looking.take() {
            looking.thread().unpark();
            let _ = looking.join();
        }
    }
}

/// Keeps what was not seen before.
fn look(evidence: &Evidence, seen: &mut BTreeSet<(Sink, Vec<u8>)>) {
    for pid in offspring() {
        for (sink, file) in [(Sink::Arguments, "cmdline"), (Sink::Environment, "environ")] {
            // It may have ended; and what its owner may not read, nobody sees there.
            let bytes = fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
            let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            if !bytes.is_empty() && seen.insert((sink, bytes.clone())) {
                evidence.add(sink, name.trim(), bytes);
            }
        }
    }
}

/// The processes that come of this one: proc_pid_task(5) names the children of each thread.
fn offspring() -> Vec<u32> {
    let (mut all, mut next) = (Vec::new(), vec![std::process::id()]);
    while let Some(parent) = next.pop() {
        // It may have ended, and a thread of it, too.
        let threads = fs::read_dir(format!("/proc/{parent}/task"));
        for thread in threads.into_iter().flatten().flatten() {
            let children = fs::read_to_string(thread.path().join("children"));
            let children = children.unwrap_or_default();
            let children = children.split_whitespace().flat_map(str::parse::<u32>);
            next.extend(children);
        }
        all.push(parent);
    }
    all.split_off(1)
}
