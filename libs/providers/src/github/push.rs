//! `push`: a branch or a tag was created, updated or deleted.

use serde::Deserialize;
use sluice_events::v1::{OtherEvent, PingEvent, RefEvent};

use super::payload::{Account, Repository, actor};
use crate::{
    Happening, NotUnderstood, Observation,
    commit::{self, Commit, Person},
    observation::{ref_change, ref_kind},
    read::read,
    wire::{ObjectId, Text},
};

#[derive(Deserialize)]
struct Push<'a> {
    #[serde(borrow)]
    r#ref: Text<'a>,
    before: ObjectId,
    after: ObjectId,
    forced: Option<bool>,
    /// Oldest first, at most 2,048, and no word of how many there are.
    #[serde(borrow)]
    commits: Vec<Commit<'a>>,
    #[serde(borrow)]
    head_commit: Option<Commit<'a>>,
    #[serde(borrow)]
    pusher: Option<Person<'a>>,
    #[serde(borrow)]
    repository: Repository<'a>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
    #[serde(default)]
    sluice_sample: bool,
}

pub(super) fn observe(payload: &[u8]) -> Result<Observation, NotUnderstood> {
    let push: Push<'_> = read("push", payload)?;
    Ok(Observation {
        happenings: vec![push.happening()],
        repository: Some(push.repository.observed()),
        owner: String::new(),
        occurred_at: push.repository.pushed_at.and_then(|time| time.0),
        native_kind: "push".to_owned(),
        native_action: String::new(),
        sample: push.sluice_sample,
    })
}

impl Push<'_> {
    fn happening(&self) -> Happening {
        let full_ref = self.r#ref.as_str();
        let change = ref_change(self.before.0.as_deref(), self.after.0.as_deref());
        match (ref_kind(full_ref), change) {
            // The test button of the hook's page sends the latest push again; one that moves nothing is a try.
            (_, None) => Happening::Ping(PingEvent {
                actor: actor(&self.sender),
                ..PingEvent::default()
            }),
            (None, _) => Happening::Other(OtherEvent {
                actor: actor(&self.sender),
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
        RefEvent {
            before: self.before.0.clone(),
            after: self.after.0.clone(),
            forced: self.forced,
            commits: commit::newest(&self.commits),
            head_commit: self.head_commit.as_ref().map(Commit::told),
            actor: actor(&self.sender),
            pusher: self.pusher.as_ref().map(Person::actor),
            ..RefEvent::default()
        }
    }
}
