//! `pull_request`.

use serde_json::{Value, json};
use sluice_events::v1::{ChangeAction, ChangeEvent, ChangeState};
use sluice_providers::Happening;

use super::sample;

fn changed(edit: impl FnOnce(&mut Value)) -> ChangeEvent {
    match sample("pull_request").edited(edit).happening() {
        Happening::Change(event) => *event,
        other => panic!("{other:?}"),
    }
}

/// The changed fields as `field: from -> to`.
fn fields(event: &ChangeEvent) -> Vec<String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "?".into());
    let fields = event.changed.iter();
    fields
        .map(|change| {
            format!(
                "{}: {} -> {}",
                change.field,
                text(&change.from),
                text(&change.to)
            )
        })
        .collect()
}

#[test]
fn actions_become_five() {
    for (action, merged, meant) in [
        ("opened", false, ChangeAction::Opened),
        ("reopened", false, ChangeAction::Reopened),
        ("closed", false, ChangeAction::Closed),
        ("closed", true, ChangeAction::Merged),
        ("synchronize", false, ChangeAction::Updated),
        ("enqueued", false, ChangeAction::Updated),
        ("unheard_of", false, ChangeAction::Updated),
    ] {
        let event = changed(|body| {
            body["action"] = action.into();
            body["pull_request"]["merged"] = merged.into();
        });
        assert_eq!(event.action(), meant, "{action}");
    }
}

#[test]
fn a_trial_merge_is_no_merge() {
    let event = changed(|body| body["pull_request"]["merge_commit_sha"] = "5a".repeat(20).into());
    assert_eq!(
        (event.merge_commit.as_deref(), event.state()),
        (None, ChangeState::Open)
    );
    let event = changed(|body| {
        body["action"] = "closed".into();
        body["pull_request"]["merged"] = true.into();
        body["pull_request"]["state"] = "closed".into();
    });
    assert_eq!(event.state(), ChangeState::Merged);
    assert_eq!(event.merge_commit, Some("5a".repeat(20)));
}

#[test]
fn what_changed_is_told() {
    let person = json!({"login": "hubot", "id": 2, "type": "User"});
    for (with, told) in [
        (
            json!({"action": "synchronize", "before": "1a".repeat(20), "after": "2b".repeat(20)}),
            format!("source.sha: {} -> {}", "1a".repeat(20), "2b".repeat(20)),
        ),
        (
            json!({"action": "labeled", "label": {"name": "bug"}}),
            "labels: ? -> bug".into(),
        ),
        (
            json!({"action": "unlabeled", "label": {"name": "bug"}}),
            "labels: bug -> ?".into(),
        ),
        (
            json!({"action": "assigned", "assignee": person}),
            "assignees: ? -> hubot".into(),
        ),
        (
            json!({"action": "unassigned", "assignee": person}),
            "assignees: hubot -> ?".into(),
        ),
        (
            json!({"action": "review_requested", "requested_reviewer": person}),
            "reviewers: ? -> hubot".into(),
        ),
        (
            json!({"action": "review_request_removed", "requested_team": {"name": "ops"}}),
            "reviewers: ops -> ?".into(),
        ),
        (
            json!({"action": "milestoned", "milestone": {"title": "1.0"}}),
            "milestone: ? -> 1.0".into(),
        ),
        (
            json!({"action": "ready_for_review"}),
            "draft: true -> false".into(),
        ),
        (
            json!({"action": "converted_to_draft"}),
            "draft: false -> true".into(),
        ),
        (json!({"action": "locked"}), "locked: false -> true".into()),
        (
            json!({"action": "edited", "changes": {"title": {"from": "Old"}}}),
            "title: Old -> Try Sluice".into(),
        ),
        (
            json!({"action": "edited", "changes": {"base": {"ref": {"from": "dev"}, "sha": {"from": ""}}}}),
            "target.branch: dev -> main".into(),
        ),
    ] {
        let event = changed(|body| {
            body.as_object_mut()
                .unwrap()
                .extend(with.as_object().unwrap().clone())
        });
        assert_eq!(fields(&event), [told]);
        assert_eq!(event.action(), ChangeAction::Updated);
    }
}

#[test]
fn long_values_are_clipped() {
    let event = changed(|body| {
        body["action"] = "edited".into();
        body["changes"] = json!({"body": {"from": "é".repeat(5000)}});
    });
    assert_eq!(event.changed[0].from.as_ref().map(String::len), Some(1000));
}

#[test]
fn the_address_is_a_path_and_never_the_payloads() {
    // XW13
    let event = changed(|body| body["pull_request"]["html_url"] = "https://evil.example/".into());
    assert_eq!(event.web_url, "/acme/web/pull/7");
}

#[test]
fn the_source_may_be_a_fork_or_gone() {
    let event =
        changed(|body| body["pull_request"]["head"]["repo"]["full_name"] = "hubot/web".into());
    assert_eq!(event.source.unwrap().repository, "hubot/web");
    let event = changed(|body| body["pull_request"]["head"]["repo"] = Value::Null);
    let source = event.source.unwrap();
    assert_eq!(
        (source.repository.as_str(), source.branch.as_str()),
        ("", "topic")
    );
}
