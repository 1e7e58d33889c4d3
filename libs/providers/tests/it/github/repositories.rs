//! `repository`.

use serde_json::{Value, json};
use sluice_events::v1::{RepositoryAction as Action, RepositoryEvent, Visibility};
use sluice_providers::Happening;

use super::sample;
use crate::deliveries::Delivery;

fn told(delivery: &Delivery) -> RepositoryEvent {
    match delivery.happening() {
        Happening::Repository(event) => *event,
        other => panic!("{other:?}"),
    }
}

/// The changed fields as `field: from -> to`.
fn changed(event: &RepositoryEvent) -> Vec<String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "?".into());
    let line = event.changed.iter().map(|change| {
        let (from, to) = (text(&change.from), text(&change.to));
        format!("{}: {from} -> {to}", change.field)
    });
    line.collect()
}

#[test]
fn each_action_says_what_it_changed() {
    for (event, action, expected) in [
        ("created", Action::Created, vec![]),
        ("deleted", Action::Deleted, vec![]),
        (
            "archived",
            Action::Archived,
            vec!["archived: false -> true"],
        ),
        (
            "unarchived",
            Action::Unarchived,
            vec!["archived: true -> false"],
        ),
        (
            "renamed",
            Action::Renamed,
            vec!["full_name: acme/old -> acme/web"],
        ),
        (
            "transferred",
            Action::Transferred,
            vec!["full_name: old/web -> acme/web", "owner: old -> acme"],
        ),
        (
            "publicized",
            Action::VisibilityChanged,
            vec!["visibility: ? -> public"],
        ),
        (
            "privatized",
            Action::VisibilityChanged,
            vec!["visibility: ? -> private"],
        ),
        (
            "default_branch",
            Action::DefaultBranchChanged,
            vec!["default_branch: old -> main"],
        ),
    ] {
        let event = told(&Delivery::signed("github", &format!("repository_{event}")));
        assert_eq!(
            (event.action(), changed(&event)),
            (action, expected.iter().map(ToString::to_string).collect())
        );
    }
}

#[test]
fn the_action_says_who_can_see_it_now() {
    let shown_to = |event: &str, said: &str| {
        let delivery = sample(event).edited(|body| body["repository"]["visibility"] = said.into());
        let seen = delivery.observe().unwrap().repository.unwrap().visibility;
        assert_eq!(
            changed(&told(&delivery)),
            [format!("visibility: ? -> {}", seen.word())]
        );
        seen
    };
    assert_eq!(
        shown_to("repository_privatized", "public"),
        Visibility::Private
    );
    assert_eq!(
        shown_to("repository_privatized", "internal"),
        Visibility::Internal
    );
    assert_eq!(
        shown_to("repository_publicized", "private"),
        Visibility::Public
    );
}

#[test]
fn an_old_owner_may_be_a_user_and_what_is_not_said_is_left_out() {
    let from = |owner: Value| {
        let delivery =
            sample("repository_transferred").edited(|body| body["changes"]["owner"] = owner);
        changed(&told(&delivery)).remove(0)
    };
    let user = json!({"from": {"user": {"login": "hubot", "id": 2}, "organization": null}});
    assert_eq!(from(user), "full_name: hubot/web -> acme/web");
    assert_eq!(from(json!(null)), "full_name: ? -> acme/web");
    assert_eq!(from(json!({"from": {}})), "full_name: ? -> acme/web");
}

#[test]
fn what_else_was_edited_is_other() {
    for changes in [json!({"description": {"from": "old"}}), json!(null)] {
        let edited = sample("repository_default_branch").edited(|body| body["changes"] = changes);
        assert!(matches!(edited.happening(), Happening::Other(_)));
    }
    let unheard_of = sample("repository_created").edited(|body| body["action"] = "melted".into());
    assert!(matches!(unheard_of.happening(), Happening::Other(_)));
}

#[test]
fn s17_what_became_of_something_else_is_no_word_about_the_repository() {
    for (field, action) in [
        ("label", "deleted"),
        ("release", "created"),
        ("account", "renamed"),
    ] {
        let body = |body: &mut Value| {
            body["action"] = action.into();
            body[field] = json!({"id": 1});
        };
        let captured = sample("repository_deleted").edited(body);
        assert!(
            matches!(captured.happening(), Happening::Other(_)),
            "{field}"
        );
    }
}
