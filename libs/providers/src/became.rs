//! What every provider says alike of what became of a repository.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use sluice_events::{
    field,
    v1::{FieldChange, Visibility},
};

use crate::{observation::field_change, wire::Text};

/// It has the second name now; the first one is not always told.
pub(crate) fn renamed(from: Option<&str>, to: &str) -> Vec<FieldChange> {
    vec![field_change(field::FULL_NAME, from, Some(to))]
}

/// It belongs to the owner in the second name now.
pub(crate) fn transferred(from: Option<&str>, to: &str) -> Vec<FieldChange> {
    let owner = |name: &str| name.rsplit_once('/').map(|(owner, _)| owner.to_owned());
    let owners = [from, Some(to)].map(|name| name.and_then(owner));
    let [old, new] = owners.each_ref().map(Option::as_deref);
    let mut changed = renamed(from, to);
    changed.push(field_change(field::OWNER, old, new));
    changed
}

/// It takes no pushes any more, or takes them again.
pub(crate) fn archived(archived: bool) -> Vec<FieldChange> {
    let word = |archived| if archived { "true" } else { "false" };
    let (from, to) = (word(!archived), word(archived));
    vec![field_change(field::ARCHIVED, Some(from), Some(to))]
}

/// It is shown to these now.
pub(crate) fn shown_to(now: Visibility) -> Vec<FieldChange> {
    vec![field_change(field::VISIBILITY, None, Some(now.word()))]
}

/// Another branch is its default one.
pub(crate) fn default_branch(from: Option<&str>, to: &str) -> Vec<FieldChange> {
    vec![field_change(field::DEFAULT_BRANCH, from, Some(to))]
}

/// Whether a body has no fields but these. What happens to other things than repositories says so in fields of its own,
/// and names the repository and an action no less.
pub(crate) fn has_only(payload: &[u8], fields: &[&str]) -> bool {
    let body: Result<BTreeMap<Text<'_>, IgnoredAny>, _> = serde_json::from_slice(payload);
    body.is_ok_and(|body| body.keys().all(|field| fields.contains(&field.as_str())))
}
