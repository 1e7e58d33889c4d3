//! `push`.

use serde_json::json;
use sluice_events::v1::{RefChange, RefEvent, RefKind};
use sluice_providers::Happening;

use super::sample;

const ZERO: &str = "0000000000000000000000000000000000000000";

fn pushed(edit: impl FnOnce(&mut serde_json::Value)) -> RefEvent {
    match sample("push").edited(edit).happening() {
        Happening::Ref(event) => *event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn branches_and_tags_are_created_updated_and_deleted() {
    let (old, new) = ("1a".repeat(20), "2b".repeat(20));
    for (name, kind) in [
        ("refs/heads/a/b", RefKind::Branch),
        ("refs/tags/v1", RefKind::Tag),
    ] {
        for (before, after, change) in [
            (ZERO, new.as_str(), RefChange::Created),
            (&old, &new, RefChange::Updated),
            (&old, ZERO, RefChange::Deleted),
        ] {
            let event = pushed(|body| {
                body["ref"] = name.into();
                body["before"] = before.into();
                body["after"] = after.into();
            });
            assert_eq!((event.kind(), event.change()), (kind, change));
            let id = |id: &str| (id != ZERO).then(|| id.to_owned());
            assert_eq!((event.before, event.after), (id(before), id(after)));
        }
    }
}

#[test]
fn object_ids_may_be_sha256() {
    let event = pushed(|body| {
        body["before"] = "0".repeat(64).into();
        body["after"] = "2b".repeat(32).into();
    });
    assert_eq!((event.change(), event.before), (RefChange::Created, None));
}

#[test]
fn a_push_that_moves_nothing_is_a_try() {
    for id in [ZERO.to_owned(), "2b".repeat(20)] {
        let delivery = sample("push").edited(|body| {
            body["before"] = id.clone().into();
            body["after"] = id.into();
        });
        assert!(matches!(delivery.happening(), Happening::Ping(_)));
    }
}

#[test]
fn other_refs_are_other() {
    for name in [
        "refs/notes/commits",
        "refs/pull/7/head",
        "refs/heads/",
        "main",
    ] {
        let delivery = sample("push").edited(|body| body["ref"] = name.into());
        assert!(
            matches!(delivery.happening(), Happening::Other(_)),
            "{name}"
        );
    }
}

#[test]
fn forced_is_what_the_host_says() {
    for (said, told) in [
        (json!(true), Some(true)),
        (json!(false), Some(false)),
        (json!(null), None),
    ] {
        assert_eq!(pushed(|body| body["forced"] = said).forced, told);
    }
}

#[test]
fn the_newest_fifty_commits_are_told_and_never_as_all() {
    let event = pushed(|body| {
        let ids = (1..=60).map(|id| json!({"id": format!("{id:040x}"), "message": "m"}));
        body["commits"] = ids.collect();
    });
    assert_eq!(event.commits.len(), 50);
    assert_eq!(event.commits[49].sha, format!("{:040x}", 60));
    assert!(!event.commits_complete);
    assert_eq!(event.commits_total, None);
}

#[test]
fn it_happened_when_it_was_received_by_the_host() {
    let delivery =
        sample("push").edited(|body| body["repository"]["pushed_at"] = 1_431_886_089.into());
    let time = delivery.observe().unwrap().occurred_at.unwrap();
    assert_eq!(time.to_string(), "2015-05-17T18:08:09Z");
}

#[test]
fn what_must_be_there_is_named() {
    // XW17
    for (pointer, value, problem) in [
        ("/before", json!("abc"), "before: expected an object id"),
        ("/ref", json!(7), "ref: expected a string"),
        (
            "/repository/id",
            json!(null),
            "repository.id: expected an id",
        ),
        (
            "/repository/id",
            json!(1e30),
            "repository.id: expected an id",
        ),
        (
            "/commits/0/id",
            json!([]),
            "commits.0.id: expected an object id",
        ),
        (
            "/commits/0/author/name",
            json!(1),
            "commits.0.author.name: expected a string",
        ),
    ] {
        let delivery = sample("push").edited(|body| *body.pointer_mut(pointer).unwrap() = value);
        let said = delivery.problem();
        assert!(said.starts_with(problem), "{said}");
    }
    let delivery = sample("push").edited(|body| {
        drop(
            body["repository"]
                .as_object_mut()
                .unwrap()
                .remove("full_name"),
        )
    });
    assert_eq!(delivery.problem(), "repository: missing field `full_name`");
}

#[test]
fn ids_may_be_huge() {
    let delivery = sample("push").edited(|body| body["repository"]["id"] = u64::MAX.into());
    let repository = delivery.observe().unwrap().repository.unwrap();
    assert_eq!(repository.host_id, u64::MAX.to_string());
}
