//! Pull requests, and everything else.

use serde_json::{Value, json};
use sluice_events::v1::{ChangeAction, ChangeEvent, ChangeState, FieldChange, Visibility};
use sluice_providers::Happening;

use super::{NEW, fact, sample};
use crate::deliveries::{Delivery, NOW};

fn change(delivery: Delivery) -> ChangeEvent {
    match delivery.happening() {
        Happening::Change(event) => *event,
        other => panic!("{other:?}"),
    }
}

fn updated(action: &str, edit: impl FnOnce(&mut Value)) -> Vec<FieldChange> {
    let event = change(sample("pull_request").edited(|body| {
        body["action"] = action.into();
        edit(body);
    }));
    assert_eq!(event.action(), ChangeAction::Updated);
    event.changed
}

fn field(name: &str, from: Option<&str>, to: Option<&str>) -> Vec<FieldChange> {
    vec![FieldChange {
        field: name.to_owned(),
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
    }]
}

#[test]
fn a_pull_request_says_what_happened_and_where_it_stands() {
    use {ChangeAction as Action, ChangeState as State};
    for (event, action, state, merge) in [
        ("", Action::Opened, State::Open, None),
        ("_synchronized", Action::Updated, State::Open, None),
        ("_retargeted", Action::Updated, State::Open, None),
        ("_closed", Action::Closed, State::Closed, None),
        ("_merged", Action::Merged, State::Merged, Some(NEW)),
    ] {
        let event = change(sample(&format!("pull_request{event}")));
        assert_eq!((event.action(), event.state()), (action, state));
        assert_eq!(event.merge_commit.as_deref(), merge);
        assert_eq!((event.number, &*event.host_id), (7, "1007"));
        assert_eq!(event.web_url, "/acme/web/pulls/7");
        assert_eq!(event.updated_at, Some(NOW));
        let source = event.source.unwrap();
        assert_eq!(
            (&*source.branch, source.sha.as_deref()),
            ("topic", Some(NEW))
        );
        assert_eq!(source.repository, "acme/web");
    }
}

#[test]
fn an_update_says_what_changed() {
    assert_eq!(
        updated("synchronized", |_| ()),
        field("source.sha", None, Some(NEW))
    );
    assert_eq!(
        updated("label_cleared", |_| ()),
        field("labels", None, Some("sample"))
    );
    assert_eq!(
        updated("assigned", |body| body["pull_request"]["assignees"] =
            json!([{"login": "a"}, {"login": "b"}])),
        field("assignees", None, Some("a, b"))
    );
    assert_eq!(
        updated("demilestoned", |_| ()),
        field("milestone", None, None)
    );
    assert_eq!(
        updated(
            "review_request_removed",
            |body| body["requested_reviewer"] = json!({"login": "a"})
        ),
        field("reviewers", Some("a"), None)
    );
    assert_eq!(
        updated("edited", |body| body["changes"] =
            json!({"title": {"from": "Hello"}})),
        field("title", Some("Hello"), Some("Try Sluice"))
    );
}

#[test]
fn a_retarget_names_the_new_base_alone() {
    let event = change(sample("pull_request_retargeted"));
    assert_eq!(event.changed, field("target.branch", None, Some("main")));
}

#[test]
fn a_long_value_is_cut_between_characters() {
    let long = "é".repeat(2000);
    let changed = updated("edited", |body| {
        body["changes"] = json!({"title": {"from": long}})
    });
    assert_eq!(changed[0].from.as_deref(), Some("é".repeat(500).as_str()));
}

#[test]
fn two_updates_in_one_second_are_two_facts() {
    let labels = |labels: Value| {
        sample("pull_request").edited(|body| {
            body["action"] = "label_updated".into();
            body["pull_request"]["labels"] = labels;
        })
    };
    let one = || labels(json!([{"name": "a"}]));
    assert_eq!(fact(&one()), fact(&one()));
    assert_ne!(
        fact(&one()),
        fact(&labels(json!([{"name": "a"}, {"name": "b"}])))
    );
}

#[test]
fn a_title_tells_of_a_draft_where_nothing_else_does() {
    let titled = |title: &str, draft: Value| {
        change(sample("pull_request").edited(|body| {
            body["pull_request"]["title"] = title.into();
            body["pull_request"]["draft"] = draft;
        }))
    };
    assert!(titled("wip: hello", Value::Null).draft);
    assert!(!titled("hello", Value::Null).draft);
    assert!(!titled("WIP: hello", false.into()).draft);
    assert!(titled("hello", true.into()).draft);
}

#[test]
fn a_side_whose_repository_is_gone_has_none() {
    let delivery = sample("pull_request_closed");
    let event = change(delivery.edited(|body| body["pull_request"]["head"]["repo"] = Value::Null));
    assert_eq!(event.source.unwrap().repository, "");
}

#[test]
fn reviews_and_unknown_actions_are_other() {
    let unknown = sample("pull_request").edited(|body| body["action"] = "sung".into());
    for delivery in [sample("pull_request_approved"), unknown] {
        assert!(matches!(delivery.happening(), Happening::Other(_)));
    }
    let observation = sample("pull_request_approved").observe().unwrap();
    assert_eq!(observation.native_kind, "pull_request_review_approved");
    assert_eq!(observation.native_action, "reviewed");
}

#[test]
fn a_body_without_repository_names_its_organization() {
    let package = sample("issue_comment").with_header("x-gitea-event", "package");
    let observation = package
        .edited(|body| {
            body["repository"] = Value::Null;
            body["organization"] = json!({"username": "acme"});
        })
        .observe()
        .unwrap();
    assert_eq!(
        (observation.repository, &*observation.owner),
        (None, "acme")
    );
}

#[test]
fn visibility_is_the_stricter_of_repository_and_owner() {
    for (private, internal, owner, expected) in [
        (json!(true), false, "public", Visibility::Private),
        (json!(false), true, "private", Visibility::Internal),
        (json!(false), false, "limited", Visibility::Internal),
        (json!(false), false, "public", Visibility::Public),
        (json!(null), false, "public", Visibility::Unspecified),
    ] {
        let delivery = sample("push").edited(|body| {
            body["repository"]["private"] = private;
            body["repository"]["internal"] = internal.into();
            body["repository"]["owner"]["visibility"] = owner.into();
        });
        let observation = delivery.observe().unwrap();
        assert_eq!(observation.repository.unwrap().visibility, expected);
    }
}
