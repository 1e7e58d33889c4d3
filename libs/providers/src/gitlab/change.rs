//! `merge_request`: something happened to a merge request.

use serde::Deserialize;
use sluice_events::v1::{Actor, ChangeAction, ChangeEvent, ChangeSide, ChangeState, PingEvent};

use super::{
    changed::{Changes, changed},
    payload::{Project, User},
};
use crate::{
    Happening, NotUnderstood, Observation, bounded, clipped,
    read::read,
    time::Time,
    wire::{Id, ObjectId, Text, id_text, said},
};

/// How many labels an event carries at most.
const LABELS: usize = 100;

#[derive(Deserialize)]
pub(super) struct Payload<'a> {
    /// Who acts, not who opened it.
    #[serde(borrow)]
    user: User<'a>,
    #[serde(borrow)]
    project: Project<'a>,
    #[serde(borrow)]
    pub(super) object_attributes: MergeRequest<'a>,
    #[serde(borrow)]
    labels: Option<Vec<Label<'a>>>,
    #[serde(borrow)]
    pub(super) changes: Option<Changes<'a>>,
    #[serde(default)]
    sluice_sample: bool,
}

#[derive(Deserialize)]
pub(super) struct MergeRequest<'a> {
    id: Option<Id>,
    iid: u64,
    #[serde(borrow)]
    title: Text<'a>,
    #[serde(borrow)]
    state: Text<'a>,
    /// Absent from what the hook's page sends to try the hook.
    #[serde(borrow)]
    action: Option<Text<'a>>,
    draft: Option<bool>,
    /// What `draft` was called before version 14.
    work_in_progress: Option<bool>,
    author_id: Option<Id>,
    target_project_id: Option<Id>,
    merge_commit_sha: Option<ObjectId>,
    /// With new commits: the source's object id before.
    pub(super) oldrev: Option<ObjectId>,
    pub(super) last_commit: Option<LastCommit>,
    #[serde(borrow)]
    source_branch: Text<'a>,
    #[serde(borrow)]
    target_branch: Text<'a>,
    /// Null for a fork that is gone.
    #[serde(borrow)]
    source: Option<Side<'a>>,
    #[serde(borrow)]
    target: Option<Side<'a>>,
    updated_at: Option<Time>,
}

#[derive(Deserialize)]
pub(super) struct LastCommit {
    pub(super) id: ObjectId,
}

#[derive(Deserialize)]
struct Side<'a> {
    #[serde(borrow)]
    path_with_namespace: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Label<'a> {
    #[serde(borrow)]
    pub(super) title: Text<'a>,
}

pub(super) fn observe(kind: &str, payload: &[u8]) -> Result<Observation, NotUnderstood> {
    let payload: Payload<'_> = read(kind, payload)?;
    let attributes = &payload.object_attributes;
    let project_id = attributes.target_project_id.as_ref();
    let repository = payload.project.required(kind, project_id)?;
    Ok(Observation {
        happenings: vec![payload.happening(&repository.full_name)],
        repository: Some(repository),
        owner: String::new(),
        occurred_at: attributes.updated_at.and_then(|time| time.0),
        native_kind: kind.to_owned(),
        native_action: bounded(attributes.action()),
        sample: payload.sluice_sample,
    })
}

impl Payload<'_> {
    fn happening(&self, full_name: &str) -> Happening {
        let attributes = &self.object_attributes;
        let actor = Some(self.user.actor());
        let action = match attributes.action() {
            "" => {
                return Happening::Ping(PingEvent {
                    actor,
                    ..PingEvent::default()
                });
            }
            "open" => ChangeAction::Opened,
            "reopen" => ChangeAction::Reopened,
            "close" => ChangeAction::Closed,
            "merge" => ChangeAction::Merged,
            _ => ChangeAction::Updated,
        };
        let labels = self.labels.iter().flatten().take(LABELS);
        Happening::Change(Box::new(ChangeEvent {
            action: action.into(),
            author: Some(self.author()),
            actor,
            // The path alone: the registered host's address goes before it, never one from the payload.
            web_url: format!("/{full_name}/-/merge_requests/{}", attributes.iid),
            labels: labels.map(|label| clipped(label.title.as_str())).collect(),
            // With other actions the list repeats what the action says.
            changed: match action {
                ChangeAction::Updated => changed(self),
                _ => Vec::new(),
            },
            ..attributes.event()
        }))
    }

    /// Only the author's id is told, unless it is the author who acts.
    fn author(&self) -> Actor {
        let author_id = id_text(&self.object_attributes.author_id);
        let actor = self.user.actor();
        if actor.host_id == author_id {
            return actor;
        }
        Actor {
            host_id: author_id,
            ..Actor::default()
        }
    }
}

impl MergeRequest<'_> {
    fn action(&self) -> &str {
        self.action.as_ref().map_or("", Text::as_str)
    }

    fn event(&self) -> ChangeEvent {
        let state = self.change_state();
        let merge_commit = self.merge_commit_sha.as_ref().and_then(|id| id.0.clone());
        ChangeEvent {
            number: self.iid,
            host_id: id_text(&self.id),
            title: clipped(self.title.as_str()),
            state: state.into(),
            draft: self.draft.or(self.work_in_progress) == Some(true),
            merge_commit: merge_commit.filter(|_| state == ChangeState::Merged),
            source: Some(ChangeSide {
                sha: self
                    .last_commit
                    .as_ref()
                    .and_then(|commit| commit.id.0.clone()),
                ..side(&self.source, &self.source_branch)
            }),
            target: Some(side(&self.target, &self.target_branch)),
            updated_at: self.updated_at.and_then(|time| time.0),
            ..ChangeEvent::default()
        }
    }

    fn change_state(&self) -> ChangeState {
        match self.state.as_str() {
            // Locked is what it is while it is being merged.
            "opened" | "locked" => ChangeState::Open,
            "closed" => ChangeState::Closed,
            "merged" => ChangeState::Merged,
            _ => ChangeState::Unspecified,
        }
    }
}

fn side(side: &Option<Side<'_>>, branch: &Text<'_>) -> ChangeSide {
    let repository = side.as_ref().map(|side| said(&side.path_with_namespace));
    ChangeSide {
        repository: repository.unwrap_or_default(),
        branch: branch.as_str().to_owned(),
        sha: None,
    }
}
