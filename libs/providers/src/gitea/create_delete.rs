//! `create` and `delete`: what they say of a branch or a tag, by its short name.
//!
//! `create` and its `push` tell one fact: same ref, nothing before, the same object after. That holds for annotated
//! tags, where both name the tag object, and for tags moved by force, which the host tells of as created anew.

use serde::{Deserialize, de::IgnoredAny};
use sluice_events::v1::{RefChange, RefEvent};

use super::payload::{Account, Repository, actor, other};
use crate::{
    Happening, NotUnderstood, Observation,
    observation::ref_kind,
    read::read,
    wire::{ObjectId, Text},
};

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    r#ref: Text<'a>,
    /// `branch` or `tag`.
    #[serde(borrow)]
    ref_type: Text<'a>,
    /// In a `create`; absent or empty in old versions. Then the push beside it says all.
    sha: Option<ObjectId>,
    /// In a `delete`, and in every one.
    pusher_type: Option<IgnoredAny>,
    #[serde(borrow)]
    repository: Repository<'a>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
    #[serde(default)]
    sluice_sample: bool,
}

pub(super) fn observe_create(kind: &str, payload: &[u8]) -> Result<Observation, NotUnderstood> {
    let mut payload: Payload<'_> = read(kind, payload)?;
    if payload.pusher_type.is_some() {
        return Err(NotUnderstood::new(kind, "the body is that of a deletion"));
    }
    let happening = match payload.sha.take() {
        Some(ObjectId(Some(sha))) => payload.happening(RefChange::Created, Some(sha)),
        _ => other(&payload.sender),
    };
    Ok(payload.observation(kind, happening))
}

pub(super) fn observe_delete(kind: &str, payload: &[u8]) -> Result<Observation, NotUnderstood> {
    let payload: Payload<'_> = read(kind, payload)?;
    if payload.pusher_type.is_none() {
        return Err(NotUnderstood::new(kind, "missing field `pusher_type`"));
    }
    let happening = payload.happening(RefChange::Deleted, None);
    Ok(payload.observation(kind, happening))
}

impl Payload<'_> {
    fn observation(&self, kind: &str, happening: Happening) -> Observation {
        self.repository
            .observation(kind, happening, self.sluice_sample)
    }

    fn happening(&self, change: RefChange, after: Option<String>) -> Happening {
        let full_ref = match self.ref_type.as_str() {
            "branch" => format!("refs/heads/{}", self.r#ref.as_str()),
            "tag" => format!("refs/tags/{}", self.r#ref.as_str()),
            _ => return other(&self.sender),
        };
        let Some(kind) = ref_kind(&full_ref) else {
            return other(&self.sender);
        };
        Happening::Ref(Box::new(RefEvent {
            r#ref: full_ref,
            kind: kind.into(),
            change: change.into(),
            after,
            actor: actor(&self.sender),
            ..RefEvent::default()
        }))
    }
}
