//! `merge_request`.

use serde_json::{Value, json};
use sluice_events::v1::{ChangeAction, ChangeEvent, ChangeState};
use sluice_providers::Happening;

use super::{remove, sample};

fn changed(event: &str, edit: impl FnOnce(&mut Value)) -> ChangeEvent {
    match sample(event).edited(edit).happening() {
        Happening::Change(event) => *event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn actions_become_five() {
    for (action, meant) in [
        ("open", ChangeAction::Opened),
        ("reopen", ChangeAction::Reopened),
        ("close", ChangeAction::Closed),
        ("merge", ChangeAction::Merged),
        ("update", ChangeAction::Updated),
        ("approved", ChangeAction::Updated),
        ("unapproval", ChangeAction::Updated),
        ("unheard_of", ChangeAction::Updated),
    ] {
        let event = changed("merge_request", |body| {
            body["object_attributes"]["action"] = action.into()
        });
        assert_eq!(event.action(), meant, "{action}");
    }
}

#[test]
fn states_become_three() {
    for (state, meant) in [
        ("opened", ChangeState::Open),
        ("locked", ChangeState::Open),
        ("closed", ChangeState::Closed),
        ("merged", ChangeState::Merged),
        ("unheard_of", ChangeState::Unspecified),
    ] {
        let event = changed("merge_request_merge", |body| {
            body["object_attributes"]["state"] = state.into()
        });
        assert_eq!(event.state(), meant, "{state}");
        assert_eq!(event.merge_commit.is_some(), state == "merged", "{state}");
    }
}

#[test]
fn what_the_hooks_page_sends_is_a_try() {
    let delivery =
        sample("merge_request").edited(|body| remove(&mut body["object_attributes"], "action"));
    assert!(matches!(delivery.happening(), Happening::Ping(_)));
}

#[test]
fn what_changed_is_told_of_updates() {
    let user = |name: &str| json!({"id": 1, "username": name});
    let event = changed("merge_request_update", |body| {
        body["changes"] = json!({
            "updated_at": {"previous": "2015-05-17 18:08:09 UTC", "current": "2015-05-17 18:08:10 UTC"},
            "title": {"previous": "Draft: A", "current": "A"},
            "draft": {"previous": true, "current": false},
            "target_branch": {"previous": "dev", "current": "main"},
            "milestone_id": {"previous": null, "current": 5},
            "labels": {"previous": [{"title": "a"}, {"title": "b"}], "current": [{"title": "b"}, {"title": "c"}]},
            "assignees": {"previous": [], "current": [user("hubot")]},
            "reviewers": {"previous": [user("hubot")], "current": []},
        });
    });
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "?".into());
    let told: Vec<_> = event
        .changed
        .iter()
        .map(|change| {
            format!(
                "{}: {} -> {}",
                change.field,
                text(&change.from),
                text(&change.to)
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            format!("source.sha: {} -> {}", "1a".repeat(20), "2b".repeat(20)),
            "title: Draft: A -> A".into(),
            "draft: true -> false".into(),
            "target.branch: dev -> main".into(),
            "milestone.id: ? -> 5".into(),
            "labels: a -> ?".into(),
            "labels: ? -> c".into(),
            "assignees: ? -> hubot".into(),
            "reviewers: hubot -> ?".into(),
        ]
    );
    let opened = changed("merge_request", |body| {
        body["changes"] = json!({"title": {"previous": null, "current": "A"}});
    });
    assert!(opened.changed.is_empty());
}

#[test]
fn the_author_is_not_the_one_who_acts() {
    let event = changed("merge_request", |body| {
        body["object_attributes"]["author_id"] = 2002.into()
    });
    let author = event.author.unwrap();
    assert_eq!(
        (author.host_id.as_str(), author.login.as_str()),
        ("2002", "")
    );
    assert_eq!(event.actor.unwrap().login, "octocat");
    let same = changed("merge_request", |_| ());
    assert_eq!(same.author, same.actor);
}

#[test]
fn the_address_is_a_path_and_never_the_payloads() {
    // XW13
    let event = changed("merge_request", |body| {
        body["project"]["path_with_namespace"] = "platform/payments/api".into();
        body["object_attributes"]["url"] = "https://evil.example/".into();
    });
    assert_eq!(event.web_url, "/platform/payments/api/-/merge_requests/7");
}

#[test]
fn older_times_and_drafts_are_read() {
    let event = changed("merge_request", |body| {
        let attributes = &mut body["object_attributes"];
        attributes["updated_at"] = "2015-05-17 18:08:09 UTC".into();
        remove(attributes, "draft");
        attributes["work_in_progress"] = true.into();
    });
    assert_eq!(
        event.updated_at.unwrap().to_string(),
        "2015-05-17T18:08:09Z"
    );
    assert!(event.draft);
}

#[test]
fn the_source_may_be_gone() {
    let event = changed("merge_request", |body| {
        body["object_attributes"]["source"] = Value::Null;
        body["object_attributes"]["last_commit"] = Value::Null;
    });
    let source = event.source.unwrap();
    assert_eq!(
        (source.repository.as_str(), source.branch.as_str()),
        ("", "topic")
    );
    assert_eq!(source.sha, None);
}
