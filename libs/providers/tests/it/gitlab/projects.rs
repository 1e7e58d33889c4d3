//! What hooks of groups and of the instance tell of projects.

use serde_json::json;
use sluice_events::v1::{RepositoryAction as Action, RepositoryEvent, Visibility};
use sluice_providers::Happening;

use super::{remove, sample};
use crate::deliveries::Delivery;

fn told(delivery: &Delivery) -> RepositoryEvent {
    match delivery.happening() {
        Happening::Repository(event) => *event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn projects_come_go_and_move() {
    for (event, action, old) in [
        ("project_create", Action::Created, None),
        ("project_destroy", Action::Deleted, None),
        ("project_rename", Action::Renamed, Some("acme/old")),
        ("project_transfer", Action::Transferred, Some("old/web")),
    ] {
        for header in ["Project Hook", "System Hook"] {
            let delivery = Delivery::signed("gitlab", event).with_header("x-gitlab-event", header);
            let event = told(&delivery);
            assert_eq!((event.action(), event.old_name()), (action, old));
            let repository = delivery.observe().unwrap().repository.unwrap();
            assert_eq!(
                (&*repository.host_id, &*repository.full_name),
                ("42", "acme/web")
            );
        }
    }
}

#[test]
fn the_owner_of_a_project_in_a_subgroup_is_the_subgroup() {
    let delivery = sample("project_transfer").edited(|body| {
        body["old_path_with_namespace"] = "platform/web".into();
        body["path_with_namespace"] = "platform/payments/web".into();
    });
    let owner = told(&delivery).changed.remove(1);
    assert_eq!(owner.field, "owner");
    assert_eq!(owner.from.as_deref(), Some("platform"));
    assert_eq!(owner.to.as_deref(), Some("platform/payments"));
}

#[test]
fn s17_no_other_hook_tells_of_projects() {
    for header in ["Push Hook", "Issue Hook", "Member Hook", ""] {
        let delivery =
            Delivery::signed("gitlab", "project_destroy").with_header("x-gitlab-event", header);
        assert!(delivery.observe().is_err(), "{header}");
    }
    let push = Delivery::signed("gitlab", "push").with_header("x-gitlab-event", "Project Hook");
    assert!(push.observe().is_err());
}

#[test]
fn an_update_does_not_say_what_it_is() {
    let updated =
        sample("project_create").edited(|body| body["event_name"] = "project_update".into());
    assert!(matches!(updated.happening(), Happening::Other(_)));
}

#[test]
fn visibilities_are_words() {
    for (said, visibility) in [
        (json!("public"), Visibility::Public),
        (json!("visibilitylevel|internal"), Visibility::Internal),
        (json!("private"), Visibility::Private),
        (json!("secret"), Visibility::Unspecified),
        (json!(null), Visibility::Unspecified),
    ] {
        let delivery = sample("project_create").edited(|body| body["project_visibility"] = said);
        assert_eq!(
            delivery.observe().unwrap().repository.unwrap().visibility,
            visibility
        );
    }
}

#[test]
fn a_name_that_is_missing_is_said() {
    let delivery = sample("project_rename").edited(|body| remove(body, "path_with_namespace"));
    assert_eq!(delivery.problem(), "missing field `path_with_namespace`");
    let delivery = sample("project_rename").edited(|body| remove(body, "old_path_with_namespace"));
    assert_eq!(told(&delivery).old_name(), None);
}
