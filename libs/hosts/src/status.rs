//! What is said of a commit at its host: whether it is good, by whom, and where to read more.

pub(crate) mod combined;
mod wire;

use futures_util::future::BoxFuture;

pub(crate) use wire::{Described, set};

use crate::ApiError;

/// What stands at a commit under one context. A later one of the same context takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitStatus {
    /// How it is.
    pub state: StatusState,
    /// Whose word it is, such as `sluice/production`.
    pub context: String,
    /// In a few words. What is longer than hosts take is cut.
    pub description: String,
    /// Where to read more. Empty: nowhere.
    pub target_url: String,
}

/// How a commit is. Hosts know more words; each is read as one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusState {
    /// Not known yet.
    Pending,
    /// It is good.
    Success,
    /// It is not.
    Failure,
    /// It could not be found out.
    Error,
}

/// What can be said of commits, and read.
pub trait Statuses: Send + Sync {
    /// Says something of a commit. To say the same again changes nothing that is shown.
    fn set_status<'a>(
        &'a self,
        full_name: &'a str,
        sha: &'a str,
        status: &'a CommitStatus,
    ) -> BoxFuture<'a, Result<(), ApiError>>;

    /// What stands at a commit, one for each context.
    fn statuses_of<'a>(
        &'a self,
        full_name: &'a str,
        sha: &'a str,
    ) -> BoxFuture<'a, Result<Vec<CommitStatus>, ApiError>>;
}

/// Most characters of a description: what GitHub takes, which takes least.
const DESCRIPTION: usize = 140;

impl CommitStatus {
    /// The description as hosts take it.
    pub(crate) fn short_description(&self) -> String {
        match self.description.chars().count() > DESCRIPTION {
            true => {
                let kept = self.description.chars().take(DESCRIPTION - 1);
                kept.chain(['…']).collect()
            }
            false => self.description.clone(),
        }
    }
}

impl StatusState {
    /// As GitHub, Gitea and Forgejo call it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Error => "error",
        }
    }

    /// What a host's word means. An unknown one says nothing of the commit.
    pub(crate) fn of(word: &str) -> Self {
        match word {
            "success" | "skipped" => Self::Success,
            "failure" | "failed" | "canceled" => Self::Failure,
            "error" | "warning" => Self::Error,
            _ => Self::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_cut_between_characters() {
        let status = |description: String| CommitStatus {
            state: StatusState::Success,
            context: "sluice".into(),
            description,
            target_url: String::new(),
        };
        assert_eq!(status("ü".repeat(140)).short_description(), "ü".repeat(140));
        let cut = status("ü".repeat(141)).short_description();
        assert_eq!((cut.chars().count(), cut.ends_with("ü…")), (140, true));
    }

    #[test]
    fn what_is_not_known_is_pending() {
        assert_eq!(
            StatusState::of("waiting_for_resource"),
            StatusState::Pending
        );
        for state in [
            StatusState::Pending,
            StatusState::Success,
            StatusState::Failure,
            StatusState::Error,
        ] {
            assert_eq!(StatusState::of(state.word()), state);
        }
    }
}
