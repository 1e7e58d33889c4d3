//! What an update of a pull request changed.

use serde::Deserialize;
use sluice_events::v1::FieldChange;

use super::{
    change::{Payload, PullRequest},
    payload::Account,
};
use crate::{
    observation::field_change,
    wire::{Text, said},
};

/// With `edited`.
#[derive(Deserialize)]
pub(super) struct Changes<'a> {
    #[serde(borrow)]
    title: Option<From<'a>>,
    #[serde(borrow)]
    body: Option<From<'a>>,
    /// Its `from` is the new base, and no field holds the old one.
    #[serde(borrow)]
    r#ref: Option<From<'a>>,
}

#[derive(Deserialize)]
struct From<'a> {
    #[serde(borrow)]
    from: Option<Text<'a>>,
}

/// What the action says was changed, with the values that the body tells. Where it tells only what is there now, that
/// still tells two updates in one second apart.
pub(super) fn changed(payload: &Payload<'_>) -> Vec<FieldChange> {
    let request = &payload.pull_request;
    let one = |field: &str, to: Option<String>| vec![field_change(field, None, to.as_deref())];
    match payload.action.as_str() {
        "edited" => payload
            .changes
            .as_ref()
            .map_or_else(Vec::new, |changes| changes.told(request)),
        "synchronized" => one("source.sha", request.head.sha()),
        "label_updated" | "label_cleared" => one("labels", Some(request.labels().join(", "))),
        "assigned" | "unassigned" => one("assignees", Some(assignees(request))),
        "milestoned" | "demilestoned" => {
            let title = request
                .milestone
                .as_ref()
                .map(|milestone| said(&milestone.title));
            one("milestone", title)
        }
        "review_requested" => one("reviewers", login(&payload.requested_reviewer)),
        "review_request_removed" => {
            let removed = login(&payload.requested_reviewer);
            vec![field_change("reviewers", removed.as_deref(), None)]
        }
        _ => Vec::new(),
    }
}

impl Changes<'_> {
    fn told(&self, request: &PullRequest<'_>) -> Vec<FieldChange> {
        let change = |field: &str, from: &Option<From<'_>>, to: Option<&Text<'_>>| {
            let from = from.as_ref()?.from.as_ref().map(Text::as_str);
            Some(field_change(field, from, to.map(Text::as_str)))
        };
        let target = self
            .r#ref
            .as_ref()
            .map(|_| field_change("target.branch", None, Some(request.base.r#ref.as_str())));
        [
            change("title", &self.title, Some(&request.title)),
            change("body", &self.body, request.body.as_ref()),
            target,
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

fn assignees(request: &PullRequest<'_>) -> String {
    let accounts = request.assignees.as_deref().unwrap_or_default().iter();
    accounts.map(Account::login).collect::<Vec<_>>().join(", ")
}

fn login(account: &Option<Account<'_>>) -> Option<String> {
    account.as_ref().map(Account::login)
}
