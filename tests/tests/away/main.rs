//! NATS is away, and nothing else keeps what comes: everybody is told so in time, and when it is back, so is the gateway.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "everything here is a test, and a test fails by panicking"
)]

use std::time::Duration;

use sluice_test_support::Nats;
use sluice_tests::{Chance, Gateway, Http, Load, Operator, Posting, SECRET, ledger, push};
use tokio::time::Instant;

/// How long an answer may take: hosts hang up after five seconds.
const ANSWER: Duration = Duration::from_secs(4);

/// Senders at once.
const CONNECTIONS: usize = 1000;

/// How much memory the gateway may take at most, in bytes.
const MEMORY: u64 = 256 << 20;

struct Site {
    nats: Nats,
    gateway: Gateway,
    hook: String,
}

impl Site {
    async fn start() -> Self {
        let nats = Nats::start().await;
        let operator = Operator::of_nats(&nats.connection("operator"), nats.folder());
        let keys = operator.makes_keys().await;
        let hook = operator.declares_endpoint("first", SECRET).await;
        let gateway = Gateway::start(&nats.connection("gateway"), &keys);
        gateway.ready().await;
        Self {
            nats,
            gateway,
            hook,
        }
    }

    /// Delivers a push that is signed with this secret. Returns status, `Retry-After` and how long it took.
    async fn deliver(&self, secret: &str) -> (u16, Option<String>, Duration) {
        let sample = push().signed_with(secret);
        let mut http = Http::open(self.gateway.hooks()).await.unwrap();
        let begun = Instant::now();
        let answer = http
            .post(&self.hook, &sample.headers, &sample.body)
            .await
            .unwrap();
        let retry = answer.header("retry-after").map(str::to_owned);
        (answer.status, retry, begun.elapsed())
    }

    /// What is right is put off, what is forged is refused as ever, and both at once.
    async fn puts_off(&self) {
        let (status, retry, took) = self.deliver(SECRET).await;
        assert_eq!(status, 503);
        assert!(retry.is_some_and(|retry| retry.parse::<u32>().is_ok()));
        assert!(took < ANSWER, "{took:?}");
        let (status, retry, took) = self.deliver("a-secret-that-nobody-declared").await;
        assert_eq!((status, retry), (401, None));
        assert!(took < ANSWER, "{took:?}");
    }

    /// Many senders that repeat themselves.
    fn crowd(&self) -> Load {
        let mut chance = Chance::of(1);
        let posting = |index: usize| Posting {
            push: push()
                .branch(&format!("b{index}"))
                .upto(&chance.sha())
                .delivered_as(&format!("crowd-{index}")),
            path: self.hook.clone(),
            secret: SECRET,
        };
        let postings = (0..CONNECTIONS).map(posting).collect();
        Load::start(self.gateway.hooks(), postings, CONNECTIONS)
    }

    /// Everybody was put off, twice on average; nobody was told anything else; memory stays bounded.
    async fn bears(&mut self, crowd: &Load) {
        crowd
            .until(|progress| progress.refused >= 2 * CONNECTIONS)
            .await;
        let progress = crowd.progress();
        assert_eq!(progress.accepted, 0, "{progress:?}");
        assert_eq!(progress.wrong, Vec::<String>::new());
        let memory = self.gateway.process().most_memory();
        assert!(memory < MEMORY, "{} MiB", memory >> 20);
    }

    /// The same process is ready again, and takes everything that was put off, once.
    async fn recovers(&self, crowd: Load) {
        self.gateway.ready().await;
        let (answered, progress) = crowd.finish().await;
        assert_eq!(answered.len(), CONNECTIONS, "{progress:?}");
        assert_eq!(progress.wrong, Vec::<String>::new());
        let stored = ledger::stored_facts(&self.nats.bus("operator").await).await;
        assert_eq!(
            ledger::check(&answered, &stored),
            ledger::Findings::default()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nats_is_gone_and_comes_back() {
    let mut site = Site::start().await;
    site.nats.kill().await;
    let health = site.gateway.unready().await;
    assert!(health.contains("nats"), "{health}");
    site.puts_off().await;
    let crowd = site.crowd();
    site.bears(&crowd).await;
    site.nats.restart().await;
    site.recovers(crowd).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nats_stops_in_its_tracks_and_goes_on() {
    let mut site = Site::start().await;
    site.nats.pause();
    site.puts_off().await;
    let crowd = site.crowd();
    site.bears(&crowd).await;
    site.puts_off().await;
    site.nats.resume();
    site.recovers(crowd).await;
}
