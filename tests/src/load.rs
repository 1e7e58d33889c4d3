//! Senders that repeat themselves, as hosts with patience would: the same delivery, with the same id, until it is
//! accepted or given up.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use sluice_providers::Sample;
use tokio::{sync::watch, task::JoinSet, time::Instant};

use crate::{Answer, Http, Push};

/// How long a host waits for an answer: GitHub's ten seconds.
const ANSWER: Duration = Duration::from_secs(10);

/// How long a sender waits before it repeats itself.
const PAUSE: Duration = Duration::from_millis(50);

/// After how long a delivery is given up.
const GIVE_UP: Duration = Duration::from_secs(120);

/// A delivery and where it goes.
#[derive(Debug, Clone)]
pub struct Posting {
    /// What it tells.
    pub push: Push,
    /// The endpoint's path, `/hooks/<id>`.
    pub path: String,
    /// The endpoint's secret.
    pub secret: &'static str,
}

/// How far the senders are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Deliveries that are under way at this moment.
    pub unanswered: usize,
    /// Deliveries that were answered 202.
    pub accepted: usize,
    /// Answers 503.
    pub refused: usize,
    /// Requests without an answer.
    pub broken: usize,
    /// Deliveries that were given up.
    pub given_up: usize,
    /// Answers that nobody may get: neither 202 nor 503.
    pub wrong: Vec<String>,
}

/// Senders at work.
pub struct Load {
    shared: Arc<Shared>,
    senders: JoinSet<()>,
}

struct Shared {
    gateway: SocketAddr,
    postings: Vec<Posting>,
    next: AtomicUsize,
    progress: watch::Sender<Progress>,
    /// Which postings were answered 202.
    accepted: Mutex<Vec<usize>>,
}

impl Load {
    /// Begins to send these, in their order, on so many connections.
    pub fn start(gateway: SocketAddr, postings: Vec<Posting>, connections: usize) -> Self {
        let shared = Arc::new(Shared {
            gateway,
            postings,
            next: AtomicUsize::new(0),
            progress: watch::Sender::default(),
            accepted: Mutex::default(),
        });
        let senders = (0..connections).map(|_| Arc::clone(&shared).send_all());
        Self {
            senders: senders.collect(),
            shared,
        }
    }

    /// Waits until the senders are so far, or have nothing left to send.
    pub async fn until(&self, mut far: impl FnMut(&Progress) -> bool) {
        let all = self.shared.postings.len();
        let mut progress = self.shared.progress.subscribe();
        let done = |progress: &Progress| progress.accepted + progress.given_up == all;
        // The sender lives in `self`.
        let _ = progress
            .wait_for(|progress| far(progress) || done(progress))
            .await;
    }

    /// How far they are.
    pub fn progress(&self) -> Progress {
        self.shared.progress.borrow().clone()
    }

    /// Waits until every delivery is accepted or given up. Returns the facts of those accepted, each time that one was.
    pub async fn finish(mut self) -> (Vec<String>, Progress) {
        while let Some(ended) = self.senders.join_next().await {
            ended.unwrap();
        }
        let accepted = self
            .shared
            .accepted
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let facts = accepted
            .iter()
            .map(|&index| self.shared.postings[index].push.fact());
        (facts.collect(), self.shared.progress.borrow().clone())
    }
}

impl Shared {
    async fn send_all(self: Arc<Self>) {
        let mut connection = None;
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(posting) = self.postings.get(index) else {
                return;
            };
            let request = posting.push.signed_with(posting.secret);
            if self.send(&posting.path, &request, &mut connection).await {
                let mut accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
                accepted.push(index);
            }
        }
    }

    /// Sends a delivery until it is accepted; false if it is given up.
    async fn send(&self, path: &str, request: &Sample, connection: &mut Option<Http>) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < GIVE_UP {
            self.progress
                .send_modify(|progress| progress.unanswered += 1);
            let answer = tokio::time::timeout(ANSWER, self.ask(path, request, connection)).await;
            let answer = answer.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
            if answer.as_ref().map_or(true, Answer::closes) {
                *connection = None;
            }
            self.note(&answer);
            match answer {
                Ok(answer) if answer.status == 202 => return true,
                Ok(answer) if answer.status != 503 => break,
                _ => tokio::time::sleep(PAUSE).await,
            }
        }
        self.progress.send_modify(|progress| progress.given_up += 1);
        false
    }

    async fn ask(
        &self,
        path: &str,
        request: &Sample,
        connection: &mut Option<Http>,
    ) -> io::Result<Answer> {
        let connection = match connection {
            Some(connection) => connection,
            None => connection.insert(Http::open(self.gateway).await?),
        };
        connection.post(path, &request.headers, &request.body).await
    }

    fn note(&self, answer: &io::Result<Answer>) {
        self.progress.send_modify(|progress| {
            progress.unanswered -= 1;
            match answer {
                Ok(answer) => match answer.status {
                    202 => progress.accepted += 1,
                    503 => progress.refused += 1,
                    status => progress.wrong.push(format!("{status} {}", answer.body)),
                },
                Err(_) => progress.broken += 1,
            }
        });
    }
}
