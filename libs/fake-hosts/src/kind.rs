//! In what the four kinds of hosts differ as a whole.

use std::time::Duration;

/// Kind of Git host software.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// GitHub: all as at github.com, but for the base of the API, which is that of an Enterprise Server.
    GitHub,
    /// GitLab.
    GitLab,
    /// Gitea.
    Gitea,
    /// Forgejo, which is a Gitea but for what it does otherwise.
    Forgejo,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::GitHub, Self::GitLab, Self::Gitea, Self::Forgejo];

    /// As Sluice calls the provider: `github`.
    pub fn name(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
            Self::Gitea => "gitea",
            Self::Forgejo => "forgejo",
        }
    }

    pub(crate) fn api_base(self) -> &'static str {
        match self {
            Self::GitHub => "/api/v3",
            Self::GitLab => "/api/v4",
            Self::Gitea | Self::Forgejo => "/api/v1",
        }
    }

    pub(crate) fn usual_version(self) -> (u32, u32) {
        match self {
            Self::GitHub => (3, 19),
            Self::GitLab => (19, 1),
            Self::Gitea => (1, 26),
            Self::Forgejo => (11, 0),
        }
    }

    /// How long it waits for the answer to a webhook.
    pub(crate) fn deadline(self) -> Duration {
        match self {
            Self::GitHub | Self::GitLab => Duration::from_secs(10),
            Self::Gitea | Self::Forgejo => Duration::from_secs(5),
        }
    }

    /// Whether it is Gitea or what came of it.
    pub(crate) fn is_gitea(self) -> bool {
        matches!(self, Self::Gitea | Self::Forgejo)
    }

    /// Whether an answer says that a webhook was taken. GitLab takes a redirection for one, and does not follow it.
    pub(crate) fn takes_for_success(self, status: Option<u16>) -> bool {
        let end = if self == Self::GitLab { 400 } else { 300 };
        status.is_some_and(|status| (200..end).contains(&status))
    }
}
