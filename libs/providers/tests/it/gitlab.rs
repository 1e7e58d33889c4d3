//! GitLab's own: signatures and tokens, kinds, pushes and merge requests.

mod changes;
mod projects;
mod proofs;
mod pushes;

use serde_json::{Value, json};
use sluice_providers::Happening;

use crate::deliveries::Delivery;

fn sample(event: &str) -> Delivery {
    Delivery::unsigned("gitlab", event)
}

fn remove(body: &mut Value, field: &str) {
    body.as_object_mut().unwrap().remove(field);
}

#[test]
fn header_and_body_must_agree() {
    // S17
    for (event, header, understood) in [
        ("push", "Push Hook", true),
        ("push", "System Hook", true),
        ("push", "Merge Request Hook", false),
        ("push", "Issue Hook", false),
        ("tag_push", "Tag Push Hook", true),
        ("tag_push", "Note Hook", false),
        ("merge_request", "System Hook", true),
        ("merge_request", "Push Hook", false),
        ("merge_request", "Unheard Of Hook", false),
        ("issue", "Issue Hook", true),
        ("issue", "Push Hook", false),
        ("issue", "Merge Request Hook", false),
        ("issue", "", true),
    ] {
        let delivery = Delivery::signed("gitlab", event).with_header("x-gitlab-event", header);
        assert_eq!(
            delivery.observe().is_ok(),
            understood,
            "{event} under {header}"
        );
    }
    let delivery = Delivery::signed("gitlab", "push").without_header("x-gitlab-event");
    assert_eq!(delivery.problem(), "header `x-gitlab-event` is missing");
}

#[test]
fn a_payload_template_is_suspected() {
    let delivery = sample("push").edited(|body| *body = json!({"text": "somebody pushed"}));
    assert!(delivery.problem().contains("payload template"));
}

#[test]
fn system_hooks_name_the_event_alone() {
    let delivery = sample("push").edited(|body| remove(body, "object_kind"));
    let delivery = delivery.with_header("x-gitlab-event", "System Hook");
    assert!(matches!(delivery.happening(), Happening::Ref(_)));
}

#[test]
fn older_versions_have_the_projects_id_beside_it() {
    let delivery = sample("push").edited(|body| remove(&mut body["project"], "id"));
    assert_eq!(
        delivery.observe().unwrap().repository.unwrap().host_id,
        "42"
    );
    let delivery = sample("push").edited(|body| {
        remove(body, "project_id");
        remove(&mut body["project"], "id");
    });
    assert_eq!(delivery.problem(), "project: missing field `id`");
}

#[test]
fn projects_are_private_internal_or_public() {
    use sluice_events::v1::Visibility;
    for (level, visibility) in [
        (0, Visibility::Private),
        (10, Visibility::Internal),
        (20, Visibility::Public),
        (30, Visibility::Unspecified),
    ] {
        let delivery =
            sample("push").edited(|body| body["project"]["visibility_level"] = level.into());
        let repository = delivery.observe().unwrap().repository.unwrap();
        assert_eq!(repository.visibility, visibility);
    }
}

#[test]
fn without_a_project_the_groups_top_owns_it() {
    let delivery = sample("access_token").edited(|body| {
        remove(body, "project");
        body["group"] = json!({"full_path": "platform/payments"});
    });
    let observation = delivery.observe().unwrap();
    assert_eq!(
        (observation.repository, observation.owner.as_str()),
        (None, "platform")
    );
}

#[test]
fn system_hooks_name_project_or_group_beside_the_event() {
    let system = |body: Value| sample("issue").edited(|old| *old = body);
    let renamed = system(json!({
        "event_name": "project_rename", "project_id": 42, "path_with_namespace": "acme/web",
    }));
    let renamed = renamed.with_header("x-gitlab-event", "System Hook");
    let repository = renamed.observe().unwrap().repository.unwrap();
    assert_eq!(
        (repository.host_id.as_str(), repository.full_name.as_str()),
        ("42", "acme/web")
    );
    let made = system(json!({"event_name": "subgroup_create", "full_path": "acme/team"}));
    let made = made.with_header("x-gitlab-event", "Subgroup Hook");
    assert_eq!(made.observe().unwrap().owner, "acme");
}

#[test]
fn the_delivery_has_the_id_that_all_tries_share() {
    let id = |delivery: &Delivery| delivery.provider.delivery_id(&delivery.headers());
    let delivery = sample("push")
        .with_header("webhook-id", "b")
        .with_header("x-gitlab-webhook-uuid", "c");
    let delivery = delivery.with_header("idempotency-key", "a");
    assert_eq!(id(&delivery), "a");
    let delivery = delivery.without_header("idempotency-key");
    assert_eq!(id(&delivery), "b");
    assert_eq!(id(&delivery.without_header("webhook-id")), "");
}
