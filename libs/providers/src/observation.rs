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
    /// Something became of the repository.
    Repository(Box<v1::RepositoryEvent>),
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

impl NotUnderstood {
    pub(crate) fn new(kind: &str, problem: impl Into<String>) -> Self {
        Self {
            kind: bounded(kind),
            problem: problem.into(),
        }
    }
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

/// The first line of a commit message, at most 1,000 bytes of it.
pub fn first_line(message: &str) -> String {
    clipped(message.lines().next().unwrap_or_default())
}

/// A text of any length as data of bounded form: its first 1,000 bytes, without half a character at the end.
///
/// Git and some hosts know no limit for names and titles, and an event must fit into a message.
pub fn clipped(text: &str) -> String {
    const LIMIT: usize = 1000;
    let mut end = text.len().min(LIMIT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}

/// What the full name of a ref says it is; `None` for what is neither branch nor tag.
pub(crate) fn ref_kind(full_ref: &str) -> Option<v1::RefKind> {
    let (kind, name) = match full_ref.strip_prefix("refs/heads/") {
        Some(branch) => (v1::RefKind::Branch, branch),
        None => (v1::RefKind::Tag, full_ref.strip_prefix("refs/tags/")?),
    };
    (!name.is_empty()).then_some(kind)
}

/// What a move of a ref from one object to another is; `None` if it tells of nothing new.
pub(crate) fn ref_change(before: Option<&str>, after: Option<&str>) -> Option<v1::RefChange> {
    match (before, after) {
        (before, after) if before == after => None,
        (None, _) => Some(v1::RefChange::Created),
        (_, None) => Some(v1::RefChange::Deleted),
        _ => Some(v1::RefChange::Updated),
    }
}

/// One changed field, its values clipped.
pub(crate) fn field_change(field: &str, from: Option<&str>, to: Option<&str>) -> v1::FieldChange {
    v1::FieldChange {
        field: field.to_owned(),
        from: from.map(clipped),
        to: to.map(clipped),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_printable_and_short() {
        assert_eq!(bounded("push"), "push");
        assert_eq!(bounded("a\nb\u{e9}"), "a?b?");
        assert_eq!(bounded(&"x".repeat(200)).len(), 100);
    }

    #[test]
    fn texts_are_clipped_between_characters() {
        assert_eq!(clipped("short"), "short");
        let long = format!("x{}", "é".repeat(600));
        assert_eq!(clipped(&long).len(), 999);
        assert_eq!(first_line("one\r\ntwo"), "one");
    }

    #[test]
    fn refs_say_what_they_are() {
        assert_eq!(ref_kind("refs/heads/a/b"), Some(v1::RefKind::Branch));
        assert_eq!(ref_kind("refs/tags/v1"), Some(v1::RefKind::Tag));
        for other in [
            "refs/heads/",
            "refs/tags/",
            "refs/notes/commits",
            "main",
            "",
        ] {
            assert_eq!(ref_kind(other), None, "{other}");
        }
    }

    #[test]
    fn a_move_to_the_same_object_is_none() {
        assert_eq!(
            ref_change(Some("a"), Some("b")),
            Some(v1::RefChange::Updated)
        );
        assert_eq!(ref_change(None, Some("b")), Some(v1::RefChange::Created));
        assert_eq!(ref_change(Some("a"), None), Some(v1::RefChange::Deleted));
        assert_eq!(ref_change(Some("a"), Some("a")), None);
        assert_eq!(ref_change(None, None), None);
    }
}
