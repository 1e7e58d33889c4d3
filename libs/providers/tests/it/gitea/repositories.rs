//! `repository`.

use serde_json::json;
use sluice_events::v1::RepositoryAction as Action;
use sluice_providers::Happening;

use super::{fact, sample};
use crate::deliveries::Delivery;

#[test]
fn repositories_come_and_go() {
    for name in ["gitea", "forgejo"] {
        for (event, action) in [("created", Action::Created), ("deleted", Action::Deleted)] {
            let delivery = Delivery::signed(name, &format!("repository_{event}"));
            let Happening::Repository(event) = delivery.happening() else {
                panic!("{name}");
            };
            assert_eq!(
                (event.action(), event.actor.unwrap().login),
                (action, "octocat".into())
            );
        }
    }
}

#[test]
fn every_hook_tells_the_same_fact() {
    let organization = sample("repository_deleted")
        .edited(|body| body["organization"] = json!({"id": 4, "username": "acme"}));
    assert_eq!(fact(&organization), fact(&sample("repository_deleted")));
    assert_ne!(fact(&organization), fact(&sample("repository_created")));
}

#[test]
fn s17_kind_and_body_must_agree() {
    // A deleted page of a wiki names the repository and says `deleted`, too.
    let page = sample("repository_deleted").edited(|body| body["page"] = "Home".into());
    assert!(matches!(page.happening(), Happening::Other(_)));
    for kind in ["wiki", "release", "push", "create", "pull_request"] {
        let captured = sample("repository_deleted").with_header("x-gitea-event", kind);
        assert!(captured.observe().is_err(), "{kind}");
    }
    let unheard_of = sample("repository_created").edited(|body| body["action"] = "melted".into());
    assert!(matches!(unheard_of.happening(), Happening::Other(_)));
}
