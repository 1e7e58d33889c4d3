//! `push` and `tag_push`.

use serde_json::{Value, json};
use sluice_events::v1::{RefChange, RefEvent, RefKind};
use sluice_providers::Happening;

use super::sample;

const ZERO: &str = "0000000000000000000000000000000000000000";

fn pushed(event: &str, edit: impl FnOnce(&mut Value)) -> RefEvent {
    match sample(event).edited(edit).happening() {
        Happening::Ref(event) => *event,
        other => panic!("{other:?}"),
    }
}

/// A push that lists so many commits and counts so many.
fn counted(listed: usize, total: Value) -> RefEvent {
    pushed("push", |body| {
        let commits = (0..listed).map(|at| json!({"id": format!("{:040x}", at + 1)}));
        body["commits"] = commits.collect();
        body["total_commits_count"] = total;
    })
}

#[test]
fn zero_ids_say_what_happened() {
    let created = pushed("tag_push", |body| body["before"] = ZERO.into());
    assert_eq!(
        (created.kind(), created.change()),
        (RefKind::Tag, RefChange::Created)
    );
    assert_eq!(created.before, None);
    let deleted = pushed("push", |body| {
        body["after"] = ZERO.into();
        body["checkout_sha"] = Value::Null;
        body["commits"] = json!([]);
    });
    assert_eq!(
        (deleted.kind(), deleted.change()),
        (RefKind::Branch, RefChange::Deleted)
    );
    assert_eq!((deleted.after, deleted.head_commit), (None, None));
    assert!(deleted.before.is_some());
}

#[test]
fn nobody_says_whether_commits_were_taken_off() {
    assert_eq!(pushed("push", |_| ()).forced, None);
}

#[test]
fn a_push_that_moves_nothing_is_a_try() {
    let delivery = sample("push").edited(|body| body["before"] = body["after"].clone());
    assert!(matches!(delivery.happening(), Happening::Ping(_)));
}

#[test]
fn the_list_is_complete_if_it_is_as_long_as_counted_and_was_not_cut() {
    for (listed, total, complete) in [
        (0, json!(0), true),
        (3, json!(3), true),
        (19, json!(19), true),
        (20, json!(20), false),
        (20, json!(61), false),
        (3, json!(4), false),
        (3, json!(null), false),
    ] {
        let event = counted(listed, total.clone());
        assert_eq!(event.commits_complete, complete, "{listed} of {total}");
        assert_eq!(event.commits_total.map(u64::from), total.as_u64());
        assert_eq!(event.commits.len(), listed);
    }
}

#[test]
fn the_head_is_the_commit_behind_an_annotated_tag() {
    let event = pushed("tag_push", |body| body["after"] = "3c".repeat(20).into());
    assert_eq!(event.after, Some("3c".repeat(20)));
    assert_eq!(
        event.head_commit.map(|commit| commit.sha),
        Some("2b".repeat(20))
    );
}

#[test]
fn a_hidden_mail_address_is_none() {
    let event = pushed("push", |body| body["user_email"] = "[REDACTED]".into());
    assert_eq!(event.actor.unwrap().email, "");
    assert_eq!(event.commits[0].author_email, "");
}
