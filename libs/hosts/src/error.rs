//! What can go wrong between us and a host's API.

use std::fmt;

use sluice_events::Timestamp;
use thiserror::Error;

/// What kind of problem it is; by this a caller chooses what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Problem {
    /// No connection, or it broke.
    Network,
    /// No answer in time.
    Timeout,
    /// An address that nothing is sent to, or a name that would lead to another path.
    Address,
    /// Nobody who is trusted vouches for the host's certificate.
    Tls,
    /// What was given cannot be sent to an API, such as an SSH key.
    Credential,
    /// The host does not know the credential, or wants one.
    Unauthorized,
    /// The host knows the credential and does not let it.
    Forbidden,
    /// Missing, or hidden from the credential: hosts do not say which.
    NotFound,
    /// It is elsewhere now; see [`ApiError::moved_to`].
    Moved,
    /// What is there already stands against it.
    Conflict,
    /// The repository has no commit, without which it cannot be done.
    Empty,
    /// The host does not accept what was asked.
    Refused,
    /// Too many calls; see [`ApiError::retry_at`].
    RateLimited,
    /// The host failed.
    Server,
    /// The answer cannot be understood.
    Answer,
    /// This kind of host has no such thing, or not for whoever asks.
    NotOffered,
}

/// Why a call did not go. The message holds no secret, no control characters, and is bounded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}{}", if *unknown { "; whether it was done is not known" } else { "" })]
pub struct ApiError {
    /// What kind of problem it is.
    pub problem: Problem,
    /// What was asked, what happened, and what the host says of it.
    pub message: String,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// When it makes sense to try again, where the host or the budget says so.
    pub retry_at: Option<Timestamp>,
    /// Where it is now: a path below the address of the API. Never anything of another origin.
    pub moved_to: Option<String>,
    /// What the host's clock showed then.
    host_time: Option<Timestamp>,
    unknown: bool,
}

impl ApiError {
    /// A problem of that kind.
    pub(crate) fn new(problem: Problem, message: impl Into<String>) -> Self {
        Self {
            problem,
            message: message.into(),
            status: None,
            retry_at: None,
            moved_to: None,
            host_time: None,
            unknown: false,
        }
    }

    /// Whether the host may have done it all the same: it was sent, it changes something, and no answer says that it
    /// was not done. Whoever repeats it looks first.
    #[must_use]
    pub fn may_have_happened(&self) -> bool {
        self.unknown
    }

    /// What the host's clock showed when it answered, if it answered and said so.
    pub(crate) fn host_time(&self) -> Option<Timestamp> {
        self.host_time
    }

    pub(crate) fn at_host_time(self, host_time: Option<Timestamp>) -> Self {
        Self { host_time, ..self }
    }

    pub(crate) fn at_status(self, status: u16) -> Self {
        Self {
            status: Some(status),
            ..self
        }
    }

    pub(crate) fn until(self, retry_at: Timestamp) -> Self {
        Self {
            retry_at: Some(retry_at),
            ..self
        }
    }

    pub(crate) fn to(self, path: String) -> Self {
        Self {
            moved_to: Some(path),
            ..self
        }
    }

    pub(crate) fn with_unknown_outcome(self) -> Self {
        Self {
            unknown: true,
            ..self
        }
    }

    /// The same in other words.
    pub(crate) fn saying(self, message: String) -> Self {
        Self { message, ..self }
    }

    /// Nothing is left of it.
    pub(crate) fn undone(self) -> Self {
        Self {
            unknown: false,
            ..self
        }
    }

    /// The same under another name.
    pub(crate) fn turned_into(self, problem: Problem) -> Self {
        Self { problem, ..self }
    }

    /// It comes of the repository's having no commit, which the host does not say in a way of its own.
    pub(crate) fn of_empty(self) -> Self {
        self.turned_into(Problem::Empty)
            .and("the repository has no commit, and a test needs one")
            .undone()
    }

    /// With what else is to be said of it.
    pub(crate) fn and(mut self, more: &str) -> Self {
        self.message.push_str("; ");
        self.message.push_str(more);
        self
    }
}

/// What a kind of host does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotOffered {
    /// The kind of host, such as `gitea`.
    pub provider: &'static str,
    /// What is missing.
    pub what: &'static str,
    /// Why, and what there is instead.
    pub why: &'static str,
}

impl fmt::Display for NotOffered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            provider,
            what,
            why,
        } = self;
        write!(f, "{provider} does not offer {what}: {why}")
    }
}

impl std::error::Error for NotOffered {}

impl From<NotOffered> for ApiError {
    fn from(missing: NotOffered) -> Self {
        Self::new(Problem::NotOffered, missing.to_string())
    }
}

/// An error of a kind, with a message as `format!` has it.
macro_rules! problem {
    ($kind:ident, $($message:tt)*) => {
        $crate::ApiError::new($crate::Problem::$kind, format!($($message)*))
    };
}
pub(crate) use problem;
