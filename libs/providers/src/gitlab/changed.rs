//! What a `merge_request` delivery says was changed.

use serde::Deserialize;
use sluice_events::v1::FieldChange;

use super::{
    change::{Label, Payload},
    payload::User,
};
use crate::{
    observation::field_change,
    wire::{Id, Text},
};

/// How many entries of a list are looked at.
const LISTED: usize = 100;

#[derive(Deserialize)]
pub(super) struct Changes<'a> {
    #[serde(borrow)]
    title: Option<Change<Text<'a>>>,
    #[serde(borrow)]
    description: Option<Change<Text<'a>>>,
    draft: Option<Change<bool>>,
    #[serde(borrow)]
    source_branch: Option<Change<Text<'a>>>,
    #[serde(borrow)]
    target_branch: Option<Change<Text<'a>>>,
    milestone_id: Option<Change<Id>>,
    #[serde(borrow)]
    labels: Option<Change<Vec<Label<'a>>>>,
    #[serde(borrow)]
    assignees: Option<Change<Vec<User<'a>>>>,
    #[serde(borrow)]
    reviewers: Option<Change<Vec<User<'a>>>>,
}

#[derive(Deserialize)]
struct Change<T> {
    previous: Option<T>,
    current: Option<T>,
}

/// The fields that an update changed. Of a list each thing that came or went is one.
pub(super) fn changed(payload: &Payload<'_>) -> Vec<FieldChange> {
    let mut changed: Vec<_> = moved_source(payload).into_iter().collect();
    let Some(changes) = &payload.changes else {
        return changed;
    };
    let fields = [
        value("title", &changes.title, Text::as_str),
        value("body", &changes.description, Text::as_str),
        value("draft", &changes.draft, |draft| {
            if *draft { "true" } else { "false" }
        }),
        value("source.branch", &changes.source_branch, Text::as_str),
        value("target.branch", &changes.target_branch, Text::as_str),
        value("milestone.id", &changes.milestone_id, |id| id.0.as_str()),
    ];
    changed.extend(fields.into_iter().flatten());
    changed.extend(list("labels", &changes.labels, |label| {
        label.title.as_str()
    }));
    changed.extend(list("assignees", &changes.assignees, username));
    changed.extend(list("reviewers", &changes.reviewers, username));
    changed
}

/// New commits.
fn moved_source(payload: &Payload<'_>) -> Option<FieldChange> {
    let attributes = &payload.object_attributes;
    let before = attributes.oldrev.as_ref()?.0.as_deref();
    let after = attributes.last_commit.as_ref();
    let after = after.and_then(|commit| commit.id.0.as_deref());
    Some(field_change("source.sha", before, after))
}

fn value<T>(field: &str, change: &Option<Change<T>>, text: fn(&T) -> &str) -> Option<FieldChange> {
    let change = change.as_ref()?;
    let from = change.previous.as_ref().map(text);
    Some(field_change(field, from, change.current.as_ref().map(text)))
}

fn list<T>(field: &str, change: &Option<Change<Vec<T>>>, name: fn(&T) -> &str) -> Vec<FieldChange> {
    let names = |list: fn(&Change<Vec<T>>) -> &Option<Vec<T>>| -> Vec<&str> {
        let items = change
            .iter()
            .flat_map(|change| list(change).iter().flatten());
        items.take(LISTED).map(name).collect()
    };
    let before = names(|change| &change.previous);
    let after = names(|change| &change.current);
    let gone = before.iter().filter(|name| !after.contains(name));
    let new = after.iter().filter(|name| !before.contains(name));
    let gone = gone.map(|name| field_change(field, Some(name), None));
    gone.chain(new.map(|name| field_change(field, None, Some(name))))
        .collect()
}

fn username<'u>(user: &'u User<'_>) -> &'u str {
    user.username.as_ref().map_or("", Text::as_str)
}
