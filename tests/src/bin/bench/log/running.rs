//! A nats-server with a long log on it, and commit logs that read it.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use sluice_bus::{AskError, Bus, Credentials};
use sluice_events::{
    Call, CallKind,
    v1::{CommitPage, ListCommits},
};
use sluice_test_support::{Nats, commits};
use sluice_tests::{Process, Program};
use tempfile::TempDir;

use super::history::History;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long to wait between two questions.
const PAUSE: Duration = Duration::from_millis(20);

/// How often what an answer says of progress is kept.
const TELLS: usize = 4;

/// A nats-server, and somebody who asks.
pub(crate) struct Site {
    nats: Nats,
    operator: Bus,
}

/// A commit log, with an index of its own.
pub(crate) struct Log {
    process: Process,
    _folder: TempDir,
}

/// How an index was read anew.
pub(crate) struct Rebuilt {
    pub(crate) time: Duration,
    /// The most memory that the process held, in bytes.
    pub(crate) memory: u64,
    /// Bytes of the index on disk.
    pub(crate) file: u64,
    /// Questions that were answered meanwhile.
    pub(crate) answers: usize,
    /// The slowest of these answers.
    pub(crate) slowest: Duration,
    /// How far it was when, as some of them said.
    pub(crate) told: Vec<(Duration, u64)>,
}

impl Site {
    pub(crate) async fn open() -> Self {
        let nats = Nats::start().await;
        Self {
            operator: nats.bus("operator").await,
            nats,
        }
    }

    /// Records all of a history, as the commit log would.
    pub(crate) async fn record(&self, history: &History) {
        let log = self.nats.bus("commit-log").await;
        let recorded = commits::History {
            project: "default",
            full_name: "acme/web",
        };
        let all = history.commits();
        let last = all.last().unwrap().sha.clone();
        recorded.record(&log, all).await;
        recorded.stands(&log, "main", &last, 1).await;
    }

    /// Starts a commit log without an index, and asks until it has read everything.
    pub(crate) async fn rebuild(&self) -> (Log, Rebuilt) {
        let folder = tempfile::tempdir().unwrap();
        let begun = Instant::now();
        let process = self.start(folder.path());
        let (mut answers, mut slowest, mut told) = (0, Duration::ZERO, Vec::new());
        loop {
            let asked = Instant::now();
            let asking = ListCommits {
                repository: "web".into(),
                ..Default::default()
            };
            match self.ask(&asking).await {
                Ok(page) => {
                    slowest = slowest.max(asked.elapsed());
                    let index = page.index.unwrap();
                    told.push((begun.elapsed(), index.indexed));
                    if index.indexed == index.last {
                        break;
                    }
                    assert!(index.indexed < index.last);
                    answers += 1;
                }
                // It is not there yet, or knows nothing of that repository yet.
                Err(AskError::Nobody(_)) => {}
                Err(AskError::Refused(refusal)) if refusal.code == 404 => {}
                Err(other) => panic!("{other}"),
            }
            tokio::time::sleep(PAUSE).await;
        }
        let rebuilt = Rebuilt {
            time: begun.elapsed(),
            memory: process.most_memory(),
            file: size(&folder.path().join("commit-log")),
            answers,
            slowest,
            told: told
                .iter()
                .step_by(told.len() / TELLS + 1)
                .copied()
                .collect(),
        };
        let log = Log {
            process,
            _folder: folder,
        };
        (log, rebuilt)
    }

    /// Ends a commit log, and waits until nobody answers any more.
    pub(crate) async fn end(&self, mut log: Log) {
        log.process.kill().await;
        while !matches!(
            self.ask(&ListCommits::default()).await,
            Err(AskError::Nobody(_))
        ) {
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// One page.
    pub(crate) async fn ask(&self, asking: &ListCommits) -> Result<CommitPage, AskError> {
        let call = Call {
            kind: CallKind::Query,
            project: "default".into(),
            principal: "operator".into(),
            service: "commit-log".into(),
            verb: "list".into(),
        };
        self.operator.ask(&call, asking, PATIENCE).await
    }

    fn start(&self, folder: &Path) -> Process {
        let connection = self.nats.connection("commit-log");
        let Credentials::UserPassword(user, password) = &connection.credentials else {
            panic!("the commit log has a user of its own");
        };
        Program::ours("commit-log")
            .set("SLUICE_NATS", connection.url.as_str())
            .set("SLUICE_NATS_USER", user)
            .set("SLUICE_NATS_PASSWORD", password)
            .set("SLUICE_DATA_DIR", folder.to_str().unwrap())
            .set("SLUICE_ADMIN", "127.0.0.1:0")
            .set("RUST_LOG", "warn,async_nats=error")
            .start(&folder.join("log"))
    }
}

fn size(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).unwrap().flatten();
    files.map(|file| file.metadata().unwrap().len()).sum()
}
