//! `push` and `tag_push`: a branch or a tag was created, updated or deleted.

use serde::Deserialize;
use sluice_events::v1::{self, Actor, OtherEvent, PingEvent, RefEvent};

use super::payload::Project;
use crate::{
    Happening, NotUnderstood, Observation,
    commit::{self, Commit},
    observation::{ref_change, ref_kind},
    read::read,
    wire::{Id, ObjectId, Text, id_text, mail, said},
};

/// GitLab lists the newest commits up to this many: a list as long may have been cut.
const LISTED_AT_MOST: usize = 20;

#[derive(Deserialize)]
struct Push<'a> {
    #[serde(borrow)]
    r#ref: Text<'a>,
    before: ObjectId,
    after: ObjectId,
    /// The commit: `after` of an annotated tag is the tag's object. Null for a deletion.
    checkout_sha: Option<ObjectId>,
    /// The newest, oldest first.
    #[serde(borrow)]
    commits: Option<Vec<Commit<'a>>>,
    total_commits_count: Option<u32>,
    user_id: Option<Id>,
    #[serde(borrow)]
    user_username: Option<Text<'a>>,
    #[serde(borrow)]
    user_name: Option<Text<'a>>,
    #[serde(borrow)]
    user_email: Option<Text<'a>>,
    project_id: Option<Id>,
    #[serde(borrow)]
    project: Project<'a>,
    #[serde(default)]
    sluice_sample: bool,
}

pub(super) fn observe(kind: &str, payload: &[u8]) -> Result<Observation, NotUnderstood> {
    let push: Push<'_> = read(kind, payload)?;
    Ok(Observation {
        happenings: vec![push.happening()],
        repository: Some(push.project.required(kind, push.project_id.as_ref())?),
        owner: String::new(),
        occurred_at: None,
        native_kind: kind.to_owned(),
        native_action: String::new(),
        sample: push.sluice_sample,
    })
}

impl Push<'_> {
    fn happening(&self) -> Happening {
        let full_ref = self.r#ref.as_str();
        let change = ref_change(self.before.0.as_deref(), self.after.0.as_deref());
        match (ref_kind(full_ref), change) {
            // A try from the hook's page may name the latest commit twice.
            (_, None) => Happening::Ping(PingEvent {
                actor: Some(self.actor()),
                ..PingEvent::default()
            }),
            (None, _) => Happening::Other(OtherEvent {
                actor: Some(self.actor()),
                ..OtherEvent::default()
            }),
            (Some(kind), Some(change)) => Happening::Ref(Box::new(RefEvent {
                r#ref: full_ref.to_owned(),
                kind: kind.into(),
                change: change.into(),
                ..self.event()
            })),
        }
    }

    fn event(&self) -> RefEvent {
        let commits = self.commits.as_deref().unwrap_or_default();
        let listed = u32::try_from(commits.len()).ok();
        RefEvent {
            before: self.before.0.clone(),
            after: self.after.0.clone(),
            commits: commit::newest(commits),
            commits_complete: commits.len() < LISTED_AT_MOST && listed == self.total_commits_count,
            commits_total: self.total_commits_count,
            head_commit: self.head_commit(),
            actor: Some(self.actor()),
            ..RefEvent::default()
        }
    }

    /// The commit that the ref points to, if it is among those listed.
    fn head_commit(&self) -> Option<v1::Commit> {
        let head = self
            .checkout_sha
            .as_ref()
            .unwrap_or(&self.after)
            .0
            .as_deref()?;
        let mut commits = self.commits.iter().flatten();
        commits
            .find(|commit| commit.id() == Some(head))
            .map(Commit::told)
    }

    fn actor(&self) -> Actor {
        Actor {
            login: said(&self.user_username),
            host_id: id_text(&self.user_id),
            name: said(&self.user_name),
            email: mail(&self.user_email),
            ..Actor::default()
        }
    }
}
