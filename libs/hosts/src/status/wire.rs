//! Statuses as hosts write and read them, which is alike at all of them but for a few words.

use serde::{Deserialize, Serialize};

use super::{CommitStatus, StatusState};
use crate::{
    ApiError,
    client::{Call, Route, Session},
    wire::{Name, Words},
};

/// One as it is read: GitHub's, Gitea's with `status`, GitLab's with `name` as well.
#[derive(Deserialize)]
pub(crate) struct Described {
    #[serde(alias = "status")]
    state: Name,
    #[serde(alias = "name")]
    context: Name,
    description: Option<Words>,
    target_url: Option<Words>,
}

/// One as it is written: GitLab takes `context`, too.
#[derive(Serialize)]
struct Wanted<'a> {
    state: &'a str,
    context: &'a str,
    description: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    target_url: &'a str,
}

impl Described {
    pub(crate) fn status(self) -> CommitStatus {
        CommitStatus {
            state: StatusState::of(&self.state.0),
            context: self.context.0,
            description: self.description.unwrap_or_default().0,
            target_url: self.target_url.unwrap_or_default().0,
        }
    }
}

/// Writes one, with the host's word for its state.
pub(crate) async fn set(
    session: &Session,
    route: Route,
    status: &CommitStatus,
    state: &str,
) -> Result<(), ApiError> {
    let wanted = Wanted {
        state,
        context: &status.context,
        description: status.short_description(),
        target_url: &status.target_url,
    };
    session.call(Call::create(route).with(&wanted)?).await?;
    Ok(())
}
