//! What a delivery says, in the same words for every host.

use sluice_events::{Timestamp, v1};
use thiserror::Error;

/// What a verified delivery says.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// What happened. One delivery may tell of several refs.
    pub happenings: Vec<Happening>,
    /// The repository that it happened in, where the body names one.
    pub repository: Option<ObservedRepository>,
    /// The top-level owner where the body names no repository but an organization or group.
    pub owner: String,
    /// When it happened, as the host says.
    pub occurred_at: Option<Timestamp>,
    /// The host's name of the kind, bounded.
    pub native_kind: String,
    /// The host's name of the action, bounded; empty where there is none.
    pub native_action: String,
    /// Whether the signed body says that it is a sample (`"sluice_sample": true`).
    pub sample: bool,
}

/// A repository as a payload names it. Its addresses are not read: they come from the registry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObservedRepository {
    /// The host's own immutable id.
    pub host_id: String,
    /// Full name, `owner/name`.
    pub full_name: String,
    /// Short name of the default branch; empty if the body does not say.
    pub default_branch: String,
    /// Who can see it.
    pub visibility: v1::Visibility,
}

/// One thing that happened. `provenance` and `repository` of the messages are left for the gateway to fill.
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    /// A branch or tag moved.
    Ref(Box<v1::RefEvent>),
    /// Something happened to a pull or merge request.
    Change(Box<v1::ChangeEvent>),
    /// The host tried the endpoint.
    Ping(v1::PingEvent),
    /// Anything else.
    Other(v1::OtherEvent),
}

/// A verified body that does not say what its kind must say.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind}: {problem}")]
pub struct NotUnderstood {
    /// The kind that the delivery claims, bounded.
    pub kind: String,
    /// What is missing or wrong. Never contains the body's values.
    pub problem: String,
}

/// A host's word as data of bounded form: printable ASCII, at most 100 bytes, everything else becomes `?`.
pub fn bounded(word: &str) -> String {
    word.chars()
        .take(100)
        .map(|c| {
            if c.is_ascii_graphic() || c == ' ' {
                c
            } else {
                '?'
            }
        })
        .collect()
}

/// An object id: `None` for the absent, the empty and the all-zero one of either hash length.
pub fn object_id(id: &str) -> Option<String> {
    (!id.bytes().all(|byte| byte == b'0')).then(|| id.to_owned())
}

/// The first line of a commit message.
pub fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}
