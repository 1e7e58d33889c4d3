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
    /// Somebody has to mend it at the host, which does not tell us when: at the usual time.
    Usual,
    /// Only once somebody has changed something here, or asks for it.
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
        let later = Again::Later(error.retry_at);
        let (kind, remedy, again) = match error.problem {
            Problem::Network | Problem::Timeout => (
                Kind::Network,
                "it is tried again; check that the host can be reached from here",
                later,
            ),
            Problem::Tls | Problem::Address => (
                Kind::Address,
                "check the host's address and certificate authority",
                Again::Usual,
            ),
            // Whoever goes on with what the host has refused is locked out.
            Problem::Credential | Problem::Unauthorized => (
                Kind::Credential,
                "give a credential that the host accepts",
                match error.status {
                    // It was not asked, and what it has said before may have been a mishap.
                    Some(401) if error.retry_at.is_some() => Again::Usual,
                    None | Some(401) => Again::Changed,
                    Some(_) => Again::Usual,
                },
            ),
            Problem::Forbidden => (
                Kind::Rights,
                "give the credential the right, or another credential",
                Again::Usual,
            ),
            Problem::NotFound => (
                Kind::NotFound,
                "check its name, and that the credential may see it",
                Again::Usual,
            ),
            Problem::Moved if error.moved_to.is_some() => {
                (Kind::Moved, "give its present address", Again::Usual)
            }
            // All of the host may do so for a while: it says nothing of this repository.
            Problem::Moved => (
                Kind::Address,
                "check the host's address; it is tried again",
                Again::Usual,
            ),
            Problem::RateLimited => (
                Kind::Limit,
                "it is tried again once the host allows it",
                later,
            ),
            Problem::Empty => (Kind::Branch, "push a first commit", later),
            Problem::Conflict | Problem::Refused => (
                Kind::Host,
                "read what the host says, mend it, then `sluice repositories recheck`",
                Again::Changed,
            ),
            Problem::Server | Problem::Answer => (
                Kind::Host,
                "it is tried again; look at the host's own status",
                later,
            ),
            Problem::NotOffered => (
                Kind::NotOffered,
                "take care of its webhook by hand: `webhook: manual`",
                Again::Changed,
            ),
        };
        Self::Host {
            again,
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
