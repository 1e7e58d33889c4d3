//! What a `pull_request` delivery says was changed.

use serde::Deserialize;
use sluice_events::v1::FieldChange;

use super::{change::Payload, payload::Account};
use crate::{
    observation::field_change,
    wire::{ObjectId, Text},
};

/// What an `edited` changed: the values before.
#[derive(Deserialize)]
pub(super) struct Changes<'a> {
    #[serde(borrow)]
    title: Option<From<'a>>,
    #[serde(borrow)]
    body: Option<From<'a>>,
    #[serde(borrow)]
    base: Option<Base<'a>>,
}

#[derive(Deserialize)]
struct Base<'a> {
    #[serde(borrow)]
    r#ref: Option<From<'a>>,
}

#[derive(Deserialize)]
struct From<'a> {
    #[serde(borrow)]
    from: Option<Text<'a>>,
}

/// The fields that the action is about, with the values that the payload tells.
pub(super) fn changed(payload: &Payload<'_>) -> Vec<FieldChange> {
    let label = payload.label.as_ref().map(|named| named.name.as_str());
    let assignee = payload.assignee.as_ref().map(Account::login);
    let milestone = payload
        .milestone
        .as_ref()
        .map(|milestone| milestone.title.as_str());
    let one = |field, from, to| vec![field_change(field, from, to)];
    match payload.action.as_str() {
        "synchronize" => one("source.sha", id(&payload.before), id(&payload.after)),
        "edited" => edited(payload),
        "labeled" => one("labels", None, label),
        "unlabeled" => one("labels", label, None),
        "assigned" => one("assignees", None, assignee),
        "unassigned" => one("assignees", assignee, None),
        "review_requested" => one("reviewers", None, reviewer(payload)),
        "review_request_removed" => one("reviewers", reviewer(payload), None),
        "milestoned" => one("milestone", None, milestone),
        "demilestoned" => one("milestone", milestone, None),
        "ready_for_review" => one("draft", Some("true"), Some("false")),
        "converted_to_draft" => one("draft", Some("false"), Some("true")),
        "locked" => one("locked", Some("false"), Some("true")),
        "unlocked" => one("locked", Some("true"), Some("false")),
        _ => Vec::new(),
    }
}

fn edited(payload: &Payload<'_>) -> Vec<FieldChange> {
    let Some(changes) = &payload.changes else {
        return Vec::new();
    };
    let now = &payload.pull_request;
    let base = changes.base.as_ref().and_then(|base| base.r#ref.as_ref());
    let fields = [
        ("title", changes.title.as_ref(), Some(&now.title)),
        ("body", changes.body.as_ref(), now.body.as_ref()),
        ("target.branch", base, Some(&now.base.branch)),
    ];
    let changed = fields.into_iter().filter_map(|(field, from, to)| {
        let from = from?.from.as_ref().map(Text::as_str);
        Some(field_change(field, from, to.map(Text::as_str)))
    });
    changed.collect()
}

/// A person or a team.
fn reviewer<'p>(payload: &'p Payload<'_>) -> Option<&'p str> {
    let person = payload.requested_reviewer.as_ref().map(Account::login);
    person.or_else(|| {
        payload
            .requested_team
            .as_ref()
            .map(|named| named.name.as_str())
    })
}

fn id(id: &Option<ObjectId>) -> Option<&str> {
    id.as_ref().and_then(|id| id.0.as_deref())
}
