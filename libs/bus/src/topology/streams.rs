//! The streams and buckets of this version. Sizes and ages are defaults that an operator may change.

use std::time::Duration;

use super::{DAY, HOUR, MIB, work};

/// A stream. Retention is by limits and storage on disk, always.
#[derive(Debug, Clone)]
pub struct StreamSpec {
    /// Its name, before the namespace's prefix.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// The families it keeps, each with the table's version that brought it.
    pub families: Vec<(String, u32)>,
    /// Where else its messages come from.
    pub sources: Option<Sources>,
    /// What happens when it is full.
    pub discard: Discard,
    /// How long a message id is remembered.
    pub duplicate_window: Duration,
    /// The operator's: how long messages are kept; zero is for ever.
    pub max_age: Duration,
    /// The operator's: how many bytes it may take.
    pub max_bytes: i64,
    /// The table's version that brought it.
    pub since: u32,
}

impl StreamSpec {
    /// How many messages a subject may have; -1: any number.
    pub(super) fn max_per_subject(&self) -> i64 {
        if self.sources.is_some() { 1 } else { -1 }
    }
}

/// Messages of another stream under other subjects, and the newest of each subject alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources {
    /// The stream that they come from, before the namespace's prefix.
    pub stream: String,
    /// Which of them, and what they become: subjects with wildcards, and subjects that name these by number.
    pub renames: Vec<(String, String)>,
    /// The same for what is published to this stream itself.
    pub own: (String, String),
}

/// What a full stream does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discard {
    /// Refuses new messages: for everything that must not get lost.
    New,
    /// Drops the oldest: for what is only a trace.
    Old,
}

/// A bucket of records, one value per key.
#[derive(Debug, Clone)]
pub struct BucketSpec {
    /// Its name, before the namespace's prefix.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// The operator's: how many bytes it may take.
    pub max_bytes: i64,
    /// The table's version that brought it.
    pub since: u32,
}

pub(super) fn streams() -> Vec<StreamSpec> {
    let stream = |name: &str, about: &str, families: &[&str]| StreamSpec {
        name: name.into(),
        about: about.into(),
        families: families
            .iter()
            .map(|family| ((*family).to_owned(), 1))
            .collect(),
        sources: None,
        discard: Discard::New,
        duplicate_window: 2 * HOUR,
        max_age: 7 * DAY,
        max_bytes: 1024 * MIB,
        since: 1,
    };
    vec![
        StreamSpec {
            // Hosts redeliver for three days.
            duplicate_window: 3 * DAY,
            max_age: 30 * DAY,
            max_bytes: 4096 * MIB,
            ..stream("SLUICE_GIT", "What happened at Git hosts.", &["git"])
        },
        stream(
            "SLUICE_DELIVERIES",
            "The ledger of verified deliveries.",
            &["delivery"],
        ),
        StreamSpec {
            discard: Discard::Old,
            max_bytes: 32 * MIB,
            ..stream(
                "SLUICE_ATTEMPTS",
                "A bounded trace of requests that were not verified.",
                &["attempt"],
            )
        },
        StreamSpec {
            max_bytes: 512 * MIB,
            ..stream(
                "SLUICE_RESULTS",
                "What the workers did.",
                &["sync", "webhook"],
            )
        },
        StreamSpec {
            max_age: 2 * DAY,
            max_bytes: 2048 * MIB,
            ..stream(
                "SLUICE_BULK",
                "What workers hand to each other in bulk.",
                &["bulk"],
            )
        },
        StreamSpec {
            max_age: Duration::ZERO,
            max_bytes: 4096 * MIB,
            ..stream("SLUICE_COMMITS", "The commit log.", &["commit"])
        },
        StreamSpec {
            max_age: DAY,
            max_bytes: 64 * MIB,
            ..stream(
                "SLUICE_COMMANDS",
                "What services are asked to do.",
                &["command"],
            )
        },
        work::stream(stream(
            work::STREAM,
            "Repositories that need work, by partition.",
            &["wake"],
        )),
        StreamSpec {
            max_age: 400 * DAY,
            max_bytes: 128 * MIB,
            ..stream("SLUICE_AUDIT", "Who changed what.", &["audit"])
        },
        StreamSpec {
            max_age: 90 * DAY,
            max_bytes: 512 * MIB,
            ..stream(
                "SLUICE_DEADLETTERS",
                "Messages that a worker gave up on.",
                &["deadletter"],
            )
        },
    ]
}

pub(super) fn buckets() -> Vec<BucketSpec> {
    let bucket = |name: &str, about: &str| BucketSpec {
        name: name.into(),
        about: about.into(),
        max_bytes: 64 * MIB,
        since: 1,
    };
    vec![
        bucket("projects", "Projects: who owns records."),
        bucket("hosts", "Installations of Git host software."),
        BucketSpec {
            max_bytes: 256 * MIB,
            ..bucket("endpoints", "Webhook URLs, without their secrets.")
        },
        bucket(
            "hook-secrets",
            "Webhook secrets, sealed to the gateway's key.",
        ),
        bucket(
            "endpoint-state",
            "What the gateways have learnt about endpoints.",
        ),
        bucket("repositories", "Repositories that are fetched from."),
        bucket("credentials", "What opens repositories, without values."),
        bucket(
            "credential-values",
            "Values of credentials, sealed to the key of those who fetch.",
        ),
        bucket(
            "issuer-values",
            "What makes credentials, such as Apps' private keys, sealed to a key of its own.",
        ),
        bucket(
            "access-tokens",
            "Who may use the API; digests, never tokens.",
        ),
        bucket("sync-state", "How repositories stand, kept by sync."),
        BucketSpec {
            max_bytes: 512 * MIB,
            ..bucket(
                "sync-refs",
                "Where refs were when repositories were last synced.",
            )
        },
        BucketSpec {
            max_bytes: 512 * MIB,
            ..bucket(
                "known-refs",
                "How the refs of repositories are known to stand, kept by the recoverer.",
            )
        },
        BucketSpec {
            max_bytes: 512 * MIB,
            ..bucket("known-tables", "Where refs are known to be, in parts.")
        },
        bucket(
            "commit-places",
            "Under which subjects a repository's commits are recorded.",
        ),
        BucketSpec {
            max_bytes: 256 * MIB,
            ..bucket(
                "connections",
                "How repositories are connected to their hosts, kept by the connector.",
            )
        },
        bucket(
            "installations",
            "How the tokens of Apps stand, kept by the connector.",
        ),
        bucket(
            "imports",
            "Repositories that are registered together, by a rule.",
        ),
        bucket("operations", "What became of commands."),
    ]
}
