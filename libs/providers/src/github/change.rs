//! `pull_request`: something happened to a pull request.

use serde::Deserialize;
use sluice_events::v1::{ChangeAction, ChangeEvent, ChangeSide, ChangeState};

use super::{
    changed::{Changes, changed},
    payload::{Account, Named, Repository, RepositoryName, Titled, actor},
};
use crate::{
    Happening, NotUnderstood, Observation, bounded, clipped,
    read::read,
    time::Time,
    wire::{Id, ObjectId, Text, id_text},
};

/// How many labels an event carries at most.
const LABELS: usize = 100;

#[derive(Deserialize)]
pub(super) struct Payload<'a> {
    #[serde(borrow)]
    pub(super) action: Text<'a>,
    number: u64,
    #[serde(borrow)]
    pub(super) pull_request: PullRequest<'a>,
    #[serde(borrow)]
    repository: Repository<'a>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
    #[serde(default)]
    sluice_sample: bool,
    /// With `synchronize`: the source's object ids.
    pub(super) before: Option<ObjectId>,
    pub(super) after: Option<ObjectId>,
    /// With `edited`.
    #[serde(borrow)]
    pub(super) changes: Option<Changes<'a>>,
    /// With `labeled`, `assigned`, `review_requested`, `milestoned` and their opposites.
    #[serde(borrow)]
    pub(super) label: Option<Named<'a>>,
    #[serde(borrow)]
    pub(super) assignee: Option<Account<'a>>,
    #[serde(borrow)]
    pub(super) requested_reviewer: Option<Account<'a>>,
    #[serde(borrow)]
    pub(super) requested_team: Option<Named<'a>>,
    #[serde(borrow)]
    pub(super) milestone: Option<Titled<'a>>,
}

#[derive(Deserialize)]
pub(super) struct PullRequest<'a> {
    id: Option<Id>,
    #[serde(borrow)]
    pub(super) title: Text<'a>,
    #[serde(borrow)]
    pub(super) body: Option<Text<'a>>,
    #[serde(borrow)]
    state: Text<'a>,
    draft: Option<bool>,
    merged: Option<bool>,
    /// Of one that is not merged, too: then it is a trial, which no branch has.
    merge_commit_sha: Option<ObjectId>,
    #[serde(borrow)]
    pub(super) head: Side<'a>,
    #[serde(borrow)]
    pub(super) base: Side<'a>,
    #[serde(borrow)]
    user: Option<Account<'a>>,
    #[serde(borrow)]
    labels: Option<Vec<Named<'a>>>,
    updated_at: Option<Time>,
}

#[derive(Deserialize)]
pub(super) struct Side<'a> {
    #[serde(borrow, rename = "ref")]
    pub(super) branch: Text<'a>,
    pub(super) sha: ObjectId,
    /// Null for a fork that is gone.
    #[serde(borrow)]
    repo: Option<RepositoryName<'a>>,
}

pub(super) fn observe(payload: &[u8]) -> Result<Observation, NotUnderstood> {
    let payload: Payload<'_> = read("pull_request", payload)?;
    Ok(Observation {
        happenings: vec![Happening::Change(Box::new(payload.event()))],
        repository: Some(payload.repository.observed()),
        owner: String::new(),
        occurred_at: payload.pull_request.updated_at.and_then(|time| time.0),
        native_kind: "pull_request".to_owned(),
        native_action: bounded(payload.action.as_str()),
        sample: payload.sluice_sample,
    })
}

impl Payload<'_> {
    fn event(&self) -> ChangeEvent {
        ChangeEvent {
            action: self.change_action().into(),
            number: self.number,
            actor: actor(&self.sender),
            // The path alone: the registered host's address goes before it, never one from the payload.
            web_url: format!("/{}/pull/{}", self.repository.full_name(), self.number),
            changed: changed(self),
            ..self.pull_request.event()
        }
    }

    fn change_action(&self) -> ChangeAction {
        match self.action.as_str() {
            "opened" => ChangeAction::Opened,
            "reopened" => ChangeAction::Reopened,
            "closed" if self.pull_request.is_merged() => ChangeAction::Merged,
            "closed" => ChangeAction::Closed,
            _ => ChangeAction::Updated,
        }
    }
}

impl PullRequest<'_> {
    fn event(&self) -> ChangeEvent {
        let merge_commit = self.merge_commit_sha.as_ref().and_then(|id| id.0.clone());
        let labels = self.labels.iter().flatten().take(LABELS);
        ChangeEvent {
            host_id: id_text(&self.id),
            title: clipped(self.title.as_str()),
            state: self.change_state().into(),
            draft: self.draft == Some(true),
            merge_commit: merge_commit.filter(|_| self.is_merged()),
            source: Some(self.head.told()),
            target: Some(self.base.told()),
            author: actor(&self.user),
            labels: labels.map(|label| clipped(label.name.as_str())).collect(),
            updated_at: self.updated_at.and_then(|time| time.0),
            ..ChangeEvent::default()
        }
    }

    fn is_merged(&self) -> bool {
        self.merged == Some(true)
    }

    fn change_state(&self) -> ChangeState {
        match self.state.as_str() {
            _ if self.is_merged() => ChangeState::Merged,
            "open" => ChangeState::Open,
            "closed" => ChangeState::Closed,
            _ => ChangeState::Unspecified,
        }
    }
}

impl Side<'_> {
    fn told(&self) -> ChangeSide {
        let repository = self.repo.as_ref().map(|repo| repo.full_name.as_str());
        ChangeSide {
            repository: clipped(repository.unwrap_or_default()),
            branch: self.branch.as_str().to_owned(),
            sha: self.sha.0.clone(),
        }
    }
}
