//! What is published under which subject: one table, read by the bus, the documentation and the tests.

/// Everything that one family of subjects can say.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// The family's token.
    pub name: &'static str,
    /// What it is for, in a sentence.
    pub about: &'static str,
    /// The stream that keeps it.
    pub stream: &'static str,
    /// Its kinds of event.
    pub kinds: &'static [Kind],
}

/// One kind of event.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The name token.
    pub name: &'static str,
    /// The action tokens it comes with.
    pub actions: &'static [&'static str],
    /// The qualifiers that follow, in words.
    pub qualifiers: &'static str,
    /// The message that is its data.
    pub message: &'static str,
}

/// The families of this version.
pub const FAMILIES: &[Family] = &[
    Family {
        name: "git",
        about: "What happened at a Git host.",
        stream: "SLUICE_GIT",
        kinds: &[
            Kind {
                name: "branch",
                actions: MOVES,
                qualifiers: REF,
                message: "sluice.v1.RefEvent",
            },
            Kind {
                name: "tag",
                actions: MOVES,
                qualifiers: REF,
                message: "sluice.v1.RefEvent",
            },
            Kind {
                name: "change",
                actions: &["opened", "updated", "closed", "merged", "reopened"],
                qualifiers: "",
                message: "sluice.v1.ChangeEvent",
            },
            Kind {
                name: "repository",
                actions: &[
                    "created",
                    "renamed",
                    "transferred",
                    "archived",
                    "unarchived",
                    "deleted",
                    "visibility_changed",
                    "default_branch_changed",
                ],
                qualifiers: "",
                message: "sluice.v1.RepositoryEvent",
            },
            Kind {
                name: "ping",
                actions: &["received"],
                qualifiers: "",
                message: "sluice.v1.PingEvent",
            },
            Kind {
                name: "other",
                actions: &["received"],
                qualifiers: "",
                message: "sluice.v1.OtherEvent",
            },
        ],
    },
    Family {
        name: "delivery",
        about: "The ledger: every verified delivery, and what became of it.",
        stream: "SLUICE_DELIVERIES",
        kinds: &[Kind {
            name: "request",
            actions: &["stored", "duplicate", "ignored", "rejected"],
            qualifiers: "<hash of endpoint, delivery id and body>",
            message: "sluice.v1.DeliveryRecord",
        }],
    },
    Family {
        name: "attempt",
        about: "Requests that were not verified: bounded, sampled, without body.",
        stream: "SLUICE_ATTEMPTS",
        kinds: &[Kind {
            name: "request",
            actions: &["refused"],
            qualifiers: "",
            message: "sluice.v1.RefusedAttempt",
        }],
    },
    Family {
        name: "sync",
        about: "How the mirrors stand: what moved in a repository, and why it cannot be reached.",
        stream: "SLUICE_RESULTS",
        kinds: &[
            Kind {
                name: "repository",
                actions: &["completed"],
                qualifiers: "",
                message: "sluice.v1.SyncCompleted",
            },
            Kind {
                name: "repository",
                actions: &["failed"],
                qualifiers: "",
                message: "sluice.v1.SyncFailed",
            },
            Kind {
                name: "repository",
                actions: &["connected"],
                qualifiers: "",
                message: "sluice.v1.SyncConnected",
            },
            Kind {
                name: "repository",
                actions: &["disconnected"],
                qualifiers: "",
                message: "sluice.v1.SyncDisconnected",
            },
        ],
    },
    Family {
        name: "webhook",
        about: "What was done at Git hosts for us: webhooks, and whether a repository is connected.",
        stream: "SLUICE_RESULTS",
        kinds: &[
            Kind {
                name: "hook",
                actions: &["installed"],
                qualifiers: "",
                message: "sluice.v1.HookInstalled",
            },
            Kind {
                name: "hook",
                actions: &["repaired"],
                qualifiers: "",
                message: "sluice.v1.HookRepaired",
            },
            Kind {
                name: "hook",
                actions: &["removed"],
                qualifiers: "",
                message: "sluice.v1.HookRemoved",
            },
            Kind {
                name: "hook",
                actions: &["failed"],
                qualifiers: "",
                message: "sluice.v1.HookFailed",
            },
            Kind {
                name: "connection",
                actions: &["gained"],
                qualifiers: "",
                message: "sluice.v1.ConnectionGained",
            },
            Kind {
                name: "connection",
                actions: &["lost"],
                qualifiers: "",
                message: "sluice.v1.ConnectionLost",
            },
        ],
    },
    Family {
        name: "bulk",
        about: "Complete commits, in parts of bounded size. For workers; kept for two days.",
        stream: "SLUICE_BULK",
        kinds: &[Kind {
            name: "commits",
            actions: &["listed"],
            qualifiers: "",
            message: "sluice.v1.CommitsListed",
        }],
    },
    Family {
        name: "commit",
        about: "The commit log, kept for ever: each commit of a repository once, and each move of its refs.",
        stream: "SLUICE_COMMITS",
        kinds: &[
            Kind {
                name: "recorded",
                actions: &["<sha>"],
                qualifiers: "",
                message: "sluice.v1.CommitRecorded",
            },
            Kind {
                name: "moved",
                actions: &["<generation>"],
                qualifiers: "<branch|tag>.<ref>",
                message: "sluice.v1.RefMoved",
            },
        ],
    },
    Family {
        name: "audit",
        about: "Who changed what, or was not allowed to.",
        stream: "SLUICE_AUDIT",
        kinds: &[Kind {
            name: "entry",
            actions: &["allowed", "refused"],
            qualifiers: "",
            message: "sluice.v1.AuditEntry",
        }],
    },
    Family {
        name: "deadletter",
        about: "Messages that a worker gave up on. Its name is the consumer's, its action the message's family.",
        stream: "SLUICE_DEADLETTERS",
        kinds: &[Kind {
            name: "<consumer>",
            actions: &["<family>"],
            qualifiers: "",
            message: "sluice.v1.DeadLetter",
        }],
    },
];

const MOVES: &[&str] = &["created", "updated", "deleted"];
const REF: &str = "<default|other|unknown>.<ref>";
