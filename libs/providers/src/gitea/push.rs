//! `push`: a branch was created or updated, or anything happened to a tag.

use serde::Deserialize;
use sluice_events::v1::{RefChange, RefEvent, RefKind};

use super::payload::{Account, Repository, actor, other, ping};
use crate::{
    Happening, NotUnderstood, Observation,
    commit::{self, Commit},
    observation::{ref_change, ref_kind},
    read::read,
    wire::{ObjectId, Text},
};

/// Below this many listed commits no version has cut the list.
const LISTED_BELOW: usize = 5;

#[derive(Deserialize)]
struct Push<'a> {
    #[serde(borrow)]
    r#ref: Text<'a>,
    before: ObjectId,
    after: ObjectId,
    /// In an order that differs between versions.
    #[serde(borrow)]
    commits: Option<Vec<Commit<'a>>>,
    /// Right for updated branches alone: of a new one ten commits are looked at, of a tag none.
    total_commits: Option<u32>,
    /// The commit behind `after`, which may be an annotated tag.
    #[serde(borrow)]
    head_commit: Option<Commit<'a>>,
    #[serde(borrow)]
    pusher: Option<Account<'a>>,
    #[serde(borrow)]
    repository: Repository<'a>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
    #[serde(default)]
    sluice_sample: bool,
}

pub(super) fn observe(kind: &str, payload: &[u8]) -> Result<Observation, NotUnderstood> {
    let push: Push<'_> = read(kind, payload)?;
    let happening = push.happening();
    Ok(push
        .repository
        .observation(kind, happening, push.sluice_sample))
}

impl Push<'_> {
    fn happening(&self) -> Happening {
        let full_ref = self.r#ref.as_str();
        let change = ref_change(self.before.0.as_deref(), self.after.0.as_deref());
        match (ref_kind(full_ref), change) {
            // The test button. Some versions send the branch's commit twice, some zeros, some a short name.
            (_, None) => ping(&self.sender),
            (None, _) => other(&self.sender),
            (Some(kind), Some(change)) => Happening::Ref(Box::new(RefEvent {
                r#ref: full_ref.to_owned(),
                kind: kind.into(),
                change: change.into(),
                ..self.event(kind, change)
            })),
        }
    }

    fn event(&self, kind: RefKind, change: RefChange) -> RefEvent {
        let listed = self.commits.as_deref().unwrap_or_default();
        let counted = kind == RefKind::Branch && change == RefChange::Updated;
        let total = self.total_commits.filter(|_| counted);
        let all_listed = total.is_some_and(|total| total as usize == listed.len());
        RefEvent {
            before: self.before.0.clone(),
            after: self.after.0.clone(),
            commits: listed
                .iter()
                .take(commit::LIMIT)
                .map(Commit::told)
                .collect(),
            commits_complete: all_listed && listed.len() < LISTED_BELOW,
            commits_total: total,
            head_commit: self.head_commit.as_ref().map(Commit::told),
            actor: actor(&self.sender),
            pusher: actor(&self.pusher),
            ..RefEvent::default()
        }
    }
}
