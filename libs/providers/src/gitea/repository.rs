//! `repository`: it was created or deleted, which hooks of organizations, users and the host tell of.

use serde::Deserialize;
use sluice_events::v1::{RepositoryAction, RepositoryEvent};

use super::payload::{Account, Repository, actor, other};
use crate::{Happening, NotUnderstood, Observation, became, bounded, read::read, wire::Text};

/// The name of the kind.
pub(super) const KIND: &str = "repository";

/// What its bodies have. The header that names the kind is not signed, and other kinds have the same actions.
const FIELDS: &[&str] = &[
    "action",
    "organization",
    "repository",
    // The hook's own, in old versions.
    "secret",
    "sender",
    "sluice_sample",
];

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    action: Text<'a>,
    #[serde(borrow)]
    repository: Repository<'a>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
    #[serde(default)]
    sluice_sample: bool,
}

fn action_of(word: &str) -> Option<RepositoryAction> {
    match word {
        "created" => Some(RepositoryAction::Created),
        "deleted" => Some(RepositoryAction::Deleted),
        _ => None,
    }
}

/// Whether a body with that action is one of this kind.
pub(super) fn has_shape(action: &str, payload: &[u8]) -> bool {
    action_of(action).is_some() && became::has_only(payload, FIELDS)
}

/// Reads a body of that shape.
pub(super) fn observe(kind: &str, payload: &[u8]) -> Result<Observation, NotUnderstood> {
    let body: Payload<'_> = read(kind, payload)?;
    let happening = match action_of(body.action.as_str()) {
        Some(action) => Happening::Repository(Box::new(RepositoryEvent {
            action: action.into(),
            actor: actor(&body.sender),
            updated_at: body.repository.updated_at.and_then(|time| time.0),
            ..RepositoryEvent::default()
        })),
        None => other(&body.sender),
    };
    let observation = body
        .repository
        .observation(kind, happening, body.sluice_sample);
    Ok(Observation {
        native_action: bounded(body.action.as_str()),
        ..observation
    })
}
