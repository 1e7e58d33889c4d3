//! Branches and tags.

use serde_json::{Value, json};
use sluice_events::v1::{ActorKind, RefChange, RefEvent, RefKind};
use sluice_providers::Happening;

use super::{NEW, OLD, ZERO, fact, sample};
use crate::deliveries::{Delivery, NOW};

fn ref_event(delivery: Delivery) -> RefEvent {
    match delivery.happening() {
        Happening::Ref(event) => *event,
        other => panic!("{other:?}"),
    }
}

fn push(before: &str, after: &str, full: &str) -> Delivery {
    sample("push").edited(|body| {
        body["before"] = before.into();
        body["after"] = after.into();
        body["ref"] = full.into();
    })
}

#[test]
fn a_push_says_what_moved_and_who_moved_it() {
    let event = ref_event(sample("push"));
    assert_eq!(event.r#ref, "refs/heads/topic");
    assert_eq!(
        (event.kind(), event.change()),
        (RefKind::Branch, RefChange::Updated)
    );
    assert_eq!(
        (event.before.as_deref(), event.after.as_deref()),
        (Some(OLD), Some(NEW))
    );
    assert_eq!(event.forced, None);
    let head = event.head_commit.unwrap();
    assert_eq!(
        (&*head.sha, &*head.subject, head.time),
        (NEW, "Try Sluice", Some(NOW))
    );
    let actor = event.actor.unwrap();
    assert_eq!(
        (&*actor.login, &*actor.host_id, actor.kind()),
        ("octocat", "7", ActorKind::User)
    );
    assert_eq!(event.pusher.unwrap().login, "octocat");
}

#[test]
fn zeros_of_either_length_are_no_object() {
    let long = "0".repeat(64);
    let sha256 = "3".repeat(64);
    for (before, after, change) in [
        (ZERO, NEW, RefChange::Created),
        (OLD, ZERO, RefChange::Deleted),
        (&long, &sha256, RefChange::Created),
    ] {
        let event = ref_event(push(before, after, "refs/tags/v1"));
        assert_eq!((event.kind(), event.change()), (RefKind::Tag, change));
        assert_eq!(event.before.is_none(), change == RefChange::Created);
        assert_eq!(event.after.is_none(), change == RefChange::Deleted);
    }
}

#[test]
fn create_and_its_push_are_one_fact() {
    for (kind, full) in [("branch", "refs/heads/a/b"), ("tag", "refs/tags/a/b")] {
        let create = sample("create").edited(|body| {
            body["ref"] = "a/b".into();
            body["ref_type"] = kind.into();
        });
        assert_eq!(fact(&create), fact(&push(ZERO, NEW, full)));
    }
    assert_ne!(fact(&sample("create")), fact(&sample("push")));
}

#[test]
fn delete_and_its_push_are_one_fact_though_one_knows_more() {
    let delete = || sample("delete").edited(|body| body["ref_type"] = "tag".into());
    assert_eq!(fact(&delete()), fact(&push(OLD, ZERO, "refs/tags/topic")));
    assert_eq!(ref_event(delete()).before, None);
}

#[test]
fn a_create_without_object_leaves_it_to_the_push() {
    let without = sample("create").edited(|body| body["sha"] = "".into());
    assert!(matches!(without.happening(), Happening::Other(_)));
}

#[test]
fn a_test_call_is_a_ping() {
    for (before, after, full) in [
        (OLD, OLD, "refs/heads/main"),
        (OLD, OLD, "main"),
        (ZERO, ZERO, "refs/heads/main"),
    ] {
        assert!(matches!(
            push(before, after, full).happening(),
            Happening::Ping(_)
        ));
    }
}

#[test]
fn refs_that_are_neither_branch_nor_tag_are_other() {
    for full in ["refs/notes/commits", "main", "refs/pull/1/head"] {
        assert!(matches!(
            push(OLD, NEW, full).happening(),
            Happening::Other(_)
        ));
    }
}

#[test]
fn commits_are_complete_only_when_that_is_known() {
    let listed = |before: &str, listed: usize, total: usize| {
        let commits = vec![json!({"id": NEW}); listed];
        let delivery = push(before, NEW, "refs/heads/main");
        ref_event(delivery.edited(|body| {
            body["commits"] = commits.into();
            body["total_commits"] = total.into();
        }))
    };
    assert!(listed(OLD, 2, 2).commits_complete);
    assert!(listed(OLD, 0, 0).commits_complete);
    assert!(!listed(OLD, 2, 3).commits_complete);
    assert!(!listed(OLD, 5, 5).commits_complete);
    assert!(!listed(ZERO, 2, 2).commits_complete);
    assert_eq!(listed(OLD, 5, 60).commits_total, Some(60));
    assert_eq!(listed(ZERO, 5, 10).commits_total, None);
    assert_eq!(listed(OLD, 60, 60).commits.len(), 50);
    let tag = ref_event(push(OLD, NEW, "refs/tags/v1"));
    assert!(!tag.commits_complete && tag.commits_total.is_none());
}

#[test]
fn the_body_must_be_of_the_kind_that_the_header_names() {
    let kinds = ["push", "create", "delete", "pull_request", "issue_comment"];
    for body in kinds {
        for header in kinds {
            let agrees = body == header;
            let delivery = sample(body).with_header("x-gitea-event", header);
            assert_eq!(delivery.observe().is_ok(), agrees, "{body} as {header}");
        }
    }
}

#[test]
fn what_is_missing_or_wrong_is_named_and_not_shown() {
    for (event, pointer, field) in [
        ("push", "/ref", "ref"),
        ("push", "/before", "before"),
        ("push", "/after", "after"),
        ("push", "/repository", "repository"),
        ("push", "/repository/id", "repository.id"),
        ("push", "/repository/full_name", "repository.full_name"),
        ("create", "/ref_type", "ref_type"),
        ("pull_request", "/action", "action"),
        ("pull_request", "/number", "number"),
        ("pull_request", "/pull_request", "pull_request"),
        (
            "pull_request",
            "/pull_request/number",
            "pull_request.number",
        ),
        ("pull_request", "/pull_request/head", "pull_request.head"),
    ] {
        for wrong in [json!(null), json!({"hunter2": 1}), json!(["hunter2", 5])] {
            let delivery = sample(event);
            let problem = delivery
                .edited(|body| *body.pointer_mut(pointer).unwrap() = wrong)
                .problem();
            assert!(problem.starts_with(field), "{event} {pointer}: {problem}");
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }
    let delivery = sample("push").edited(|body| {
        body.as_object_mut().unwrap().remove("after");
    });
    assert_eq!(delivery.problem(), "missing field `after`");
}

#[test]
fn what_is_good_to_have_may_be_missing() {
    let bare = sample("push").edited(|body| {
        for field in [
            "commits",
            "head_commit",
            "pusher",
            "sender",
            "total_commits",
        ] {
            body[field] = Value::Null;
        }
    });
    assert_eq!(ref_event(bare).after.as_deref(), Some(NEW));
}

#[test]
fn what_the_hosts_own_workflows_do_a_bot_does() {
    let delivery = sample("push").edited(|body| body["sender"]["id"] = (-2).into());
    assert_eq!(ref_event(delivery).actor.unwrap().kind(), ActorKind::Bot);
}
