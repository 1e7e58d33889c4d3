//! What can go wrong between us and a remote.

use sluice_events::v1::GitProblem;
use thiserror::Error;

/// Why a job did not go: of what kind it is decides whether trying again helps. The text holds no secret, no control
/// characters, and is bounded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct GitError {
    /// What kind of problem it is.
    pub problem: GitProblem,
    /// What happened, in a sentence.
    pub message: String,
}

impl GitError {
    /// A problem of that kind.
    pub fn new(problem: GitProblem, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { problem, message }
    }

    /// Whether somebody has to mend it: trying again would only lock an account or hammer a host.
    #[must_use]
    pub fn needs_somebody(&self) -> bool {
        match self.problem {
            GitProblem::Credential
            | GitProblem::NotFound
            | GitProblem::Identity
            | GitProblem::Address
            | GitProblem::Unsupported => true,
            GitProblem::Unspecified
            | GitProblem::Network
            | GitProblem::Timeout
            | GitProblem::Limit
            | GitProblem::Corrupt
            | GitProblem::Local
            | GitProblem::Remote => false,
        }
    }
}

/// An error of a kind, with a message as `format!` has it: `problem!(Limit, "the pack is larger than {} bytes", 5)`.
#[macro_export]
macro_rules! problem {
    ($kind:ident, $($message:tt)*) => {
        $crate::GitError::new($crate::GitProblem::$kind, format!($($message)*))
    };
}
