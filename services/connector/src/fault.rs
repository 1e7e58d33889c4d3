//! Why work on a repository stopped.

use sluice_bus::{PublishError, RecordError};
use sluice_events::{
    Timestamp,
    v1::{ConnectionProblem, ConnectionProblemKind, GitProblem},
};
use sluice_git::GitError;
use sluice_hosts::{ApiError, Problem};
use sluice_registry as registry;

/// Why it stopped.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Something about the repository or its host: it is noted, and shown.
    Host {
        problem: ConnectionProblem,
        again: Again,
    },
    /// The bus: nothing is noted, and it is tried again.
    Bus(String),
}

/// Whether trying again helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// It may pass; not before this time, where the host says one.
    Later(Option<Timestamp>),
    /// Only once somebody has changed something, or asks for it.
    Changed,
}

impl Fault {
    /// What somebody has to mend.
    pub(crate) fn mend(
        kind: ConnectionProblemKind,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::Host {
            problem: problem(kind, message, remedy),
            again: Again::Changed,
        }
    }
}

/// A problem that begins now.
pub(crate) fn problem(
    kind: ConnectionProblemKind,
    message: impl Into<String>,
    remedy: impl Into<String>,
) -> ConnectionProblem {
    ConnectionProblem {
        kind: kind.into(),
        message: message.into(),
        remedy: remedy.into(),
        since: Some(Timestamp::now()),
    }
}

impl From<RecordError> for Fault {
    fn from(error: RecordError) -> Self {
        Self::Bus(error.to_string())
    }
}

impl From<PublishError> for Fault {
    fn from(error: PublishError) -> Self {
        Self::Bus(error.to_string())
    }
}

impl From<registry::Problem> for Fault {
    fn from(error: registry::Problem) -> Self {
        Self::mend(
            ConnectionProblemKind::Settings,
            error.to_string(),
            "mend what it says",
        )
    }
}

impl From<ApiError> for Fault {
    fn from(error: ApiError) -> Self {
        use ConnectionProblemKind as Kind;
        let (kind, remedy, passes) = match error.problem {
            Problem::Network | Problem::Timeout => (
                Kind::Network,
                "it is tried again; check that the host can be reached from here",
                true,
            ),
            Problem::Tls | Problem::Address => (
                Kind::Address,
                "check the host's address and certificate authority",
                false,
            ),
            Problem::Credential | Problem::Unauthorized => (
                Kind::Credential,
                "give a credential that the host accepts",
                false,
            ),
            Problem::Forbidden => (
                Kind::Rights,
                "give the credential the right, or another credential",
                false,
            ),
            Problem::NotFound => (
                Kind::NotFound,
                "check its name, and that the credential may see it",
                false,
            ),
            Problem::Moved => (Kind::Moved, "give its present address", false),
            Problem::RateLimited => (
                Kind::Limit,
                "it is tried again once the host allows it",
                true,
            ),
            Problem::Empty => (Kind::Branch, "push a first commit", true),
            Problem::Conflict | Problem::Refused => (
                Kind::Host,
                "read what the host says, mend it, then `sluice repositories recheck`",
                false,
            ),
            Problem::Server | Problem::Answer => (
                Kind::Host,
                "it is tried again; look at the host's own status",
                true,
            ),
            Problem::NotOffered => (
                Kind::NotOffered,
                "take care of its webhook by hand: `webhook: manual`",
                false,
            ),
        };
        Self::Host {
            again: match passes {
                true => Again::Later(error.retry_at),
                false => Again::Changed,
            },
            problem: problem(kind, error.message, remedy),
        }
    }
}

impl From<GitError> for Fault {
    fn from(error: GitError) -> Self {
        use ConnectionProblemKind as Kind;
        let (kind, remedy) = match error.problem {
            GitProblem::Credential => (Kind::Credential, "give a credential that the host accepts"),
            GitProblem::NotFound => (
                Kind::NotFound,
                "check its address, and that the credential may see it",
            ),
            GitProblem::Identity | GitProblem::Address => (
                Kind::Address,
                "check the host's address, certificate authority and SSH host keys",
            ),
            GitProblem::Network | GitProblem::Timeout => (
                Kind::Network,
                "it is tried again; check that the host can be reached from here",
            ),
            _ => (
                Kind::Host,
                "it is tried again; look at the host's own status",
            ),
        };
        Self::Host {
            again: match error.needs_somebody() {
                true => Again::Changed,
                false => Again::Later(None),
            },
            problem: problem(kind, error.message, remedy),
        }
    }
}
