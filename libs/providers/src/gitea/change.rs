//! `pull_request` and all kinds that begin so.

use serde::Deserialize;
use sluice_events::{
    Timestamp,
    v1::{ChangeAction, ChangeEvent, ChangeSide, ChangeState},
};

use super::{
    changed::{Changes, changed},
    payload::{Account, Repository, actor, other},
};
use crate::{
    Happening, NotUnderstood, Observation, bounded, clipped,
    read::read,
    time::Time,
    wire::{Id, ObjectId, Text, said},
};

/// How many labels an event carries at most.
const LABELS: usize = 100;

/// What a title begins with whose change is not ready, in upper case, unless the host is configured otherwise.
const DRAFT_PREFIXES: [&str; 2] = ["WIP:", "[WIP]"];

#[derive(Deserialize)]
pub(super) struct Payload<'a> {
    #[serde(borrow)]
    pub(super) action: Text<'a>,
    /// Comments have a `pull_request` too, but no number beside it.
    number: u64,
    #[serde(borrow)]
    pub(super) pull_request: PullRequest<'a>,
    #[serde(borrow)]
    pub(super) changes: Option<Changes<'a>>,
    #[serde(borrow)]
    pub(super) requested_reviewer: Option<Account<'a>>,
    #[serde(borrow)]
    repository: Repository<'a>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
    #[serde(default)]
    sluice_sample: bool,
}

#[derive(Deserialize)]
pub(super) struct PullRequest<'a> {
    id: Option<Id>,
    number: u64,
    #[serde(borrow)]
    pub(super) title: Text<'a>,
    #[serde(borrow)]
    pub(super) body: Option<Text<'a>>,
    #[serde(borrow)]
    state: Option<Text<'a>>,
    /// Not sent by every version.
    draft: Option<bool>,
    merged: Option<bool>,
    merge_commit_sha: Option<ObjectId>,
    #[serde(borrow)]
    user: Option<Account<'a>>,
    #[serde(borrow)]
    pub(super) head: Side<'a>,
    #[serde(borrow)]
    pub(super) base: Side<'a>,
    #[serde(borrow)]
    labels: Option<Vec<Label<'a>>>,
    #[serde(borrow)]
    pub(super) assignees: Option<Vec<Account<'a>>>,
    #[serde(borrow)]
    pub(super) milestone: Option<Milestone<'a>>,
    updated_at: Option<Time>,
}

#[derive(Deserialize)]
pub(super) struct Side<'a> {
    #[serde(borrow)]
    pub(super) r#ref: Text<'a>,
    pub(super) sha: Option<ObjectId>,
    /// `null` if it is gone.
    #[serde(borrow)]
    repo: Option<SideRepository<'a>>,
}

#[derive(Deserialize)]
struct SideRepository<'a> {
    #[serde(borrow)]
    full_name: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Label<'a> {
    #[serde(borrow)]
    name: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Milestone<'a> {
    #[serde(borrow)]
    pub(super) title: Option<Text<'a>>,
}

pub(super) fn observe(kind: &str, payload: &[u8]) -> Result<Observation, NotUnderstood> {
    let payload: Payload<'_> = read(kind, payload)?;
    if payload.number != payload.pull_request.number {
        return Err(NotUnderstood::new(
            kind,
            "pull_request.number: expected what `number` says",
        ));
    }
    let happening = match payload.action() {
        Some(action) => Happening::Change(Box::new(payload.event(action))),
        None => other(&payload.sender),
    };
    let repository = &payload.repository;
    Ok(Observation {
        occurred_at: payload.pull_request.updated_at(),
        native_action: bounded(payload.action.as_str()),
        ..repository.observation(kind, happening, payload.sluice_sample)
    })
}

impl Payload<'_> {
    /// What happened; `None` for reviews and for what is not known.
    fn action(&self) -> Option<ChangeAction> {
        match self.action.as_str() {
            "opened" => Some(ChangeAction::Opened),
            "reopened" => Some(ChangeAction::Reopened),
            "closed" if self.pull_request.is_merged() => Some(ChangeAction::Merged),
            "closed" => Some(ChangeAction::Closed),
            "edited"
            | "synchronized"
            | "label_updated"
            | "label_cleared"
            | "assigned"
            | "unassigned"
            | "milestoned"
            | "demilestoned"
            | "review_requested"
            | "review_request_removed" => Some(ChangeAction::Updated),
            _ => None,
        }
    }

    fn event(&self, action: ChangeAction) -> ChangeEvent {
        let request = &self.pull_request;
        ChangeEvent {
            action: action.into(),
            number: self.number,
            state: request.state().into(),
            actor: actor(&self.sender),
            web_url: self.web_path(),
            changed: changed(self),
            ..request.event()
        }
    }

    /// Below the address that the registry has: what the body says of addresses is not read.
    fn web_path(&self) -> String {
        let repository = clipped(self.repository.full_name());
        format!("/{repository}/pulls/{}", self.number)
    }
}

impl PullRequest<'_> {
    fn event(&self) -> ChangeEvent {
        let merge_commit = self.merge_commit_sha.as_ref().and_then(|id| id.0.clone());
        ChangeEvent {
            host_id: self.id.as_ref().map(|id| id.0.clone()).unwrap_or_default(),
            title: clipped(self.title.as_str()),
            draft: self.is_draft(),
            merge_commit: merge_commit.filter(|_| self.is_merged()),
            source: Some(self.head.told()),
            target: Some(self.base.told()),
            author: actor(&self.user),
            labels: self.labels(),
            updated_at: self.updated_at(),
            ..ChangeEvent::default()
        }
    }

    fn is_merged(&self) -> bool {
        self.merged == Some(true)
    }

    fn state(&self) -> ChangeState {
        match self.state.as_ref().map(Text::as_str) {
            _ if self.is_merged() => ChangeState::Merged,
            Some("open") => ChangeState::Open,
            Some("closed") => ChangeState::Closed,
            _ => ChangeState::Unspecified,
        }
    }

    /// By the title where the body does not say: the hosts go by it, too.
    fn is_draft(&self) -> bool {
        let title = clipped(self.title.as_str()).to_uppercase();
        let by_title = || {
            DRAFT_PREFIXES
                .iter()
                .any(|prefix| title.starts_with(prefix))
        };
        self.draft.unwrap_or_else(by_title)
    }

    pub(super) fn labels(&self) -> Vec<String> {
        let labels = self.labels.as_deref().unwrap_or_default().iter();
        labels
            .take(LABELS)
            .map(|label| clipped(label.name.as_str()))
            .collect()
    }

    fn updated_at(&self) -> Option<Timestamp> {
        self.updated_at.and_then(|time| time.0)
    }
}

impl Side<'_> {
    pub(super) fn sha(&self) -> Option<String> {
        self.sha.as_ref().and_then(|id| id.0.clone())
    }

    fn told(&self) -> ChangeSide {
        let repository = self.repo.as_ref();
        ChangeSide {
            repository: repository
                .map_or_else(String::new, |repository| said(&repository.full_name)),
            branch: clipped(self.r#ref.as_str()),
            sha: self.sha(),
        }
    }
}
