//! Deliveries as GitLab sends them, for trying things out.

use serde_json::{Value, json};

use crate::{Sample, SampleSpec, object_id};

/// The samples, by name.
pub(super) const EVENTS: &[&str] = &[
    "push",
    "tag_push",
    "merge_request",
    "merge_request_update",
    "merge_request_merge",
    "issue",
    "access_token",
];

pub(super) fn sample(event: &str, spec: &SampleSpec) -> Option<Sample> {
    let (header, body) = match event {
        "push" => ("Push Hook", push(spec, "push", "refs/heads")),
        "tag_push" => ("Tag Push Hook", push(spec, "tag_push", "refs/tags")),
        "merge_request" => ("Merge Request Hook", merge_request(spec, "open")),
        "merge_request_update" => ("Merge Request Hook", merge_request(spec, "update")),
        "merge_request_merge" => ("Merge Request Hook", merge_request(spec, "merge")),
        "issue" => ("Issue Hook", issue(spec)),
        "access_token" => ("Resource Access Token Hook", access_token(spec)),
        _ => return None,
    };
    let headers = [
        ("user-agent", "GitLab/19.1.0"),
        ("x-gitlab-event", header),
        ("idempotency-key", &spec.delivery_id),
        ("webhook-timestamp", &spec.time.seconds.to_string()),
    ];
    Some(Sample::of_json(&with_project(body, spec), &headers))
}

/// What every body has.
fn with_project(mut body: Value, spec: &SampleSpec) -> Value {
    body["project"] = project(spec);
    if spec.marked {
        body["sluice_sample"] = json!(true);
    }
    body
}

fn project(spec: &SampleSpec) -> Value {
    let name = spec.repository.rsplit('/').next().unwrap_or_default();
    json!({
        "id": spec.repository_id,
        "name": name,
        "path_with_namespace": spec.repository,
        "web_url": format!("https://gitlab.com/{}", spec.repository),
        "default_branch": spec.default_branch,
        "visibility_level": 0,
    })
}

fn user(spec: &SampleSpec) -> Value {
    json!({"id": 1001, "username": spec.actor, "name": spec.actor, "email": "[REDACTED]"})
}

fn commit(spec: &SampleSpec) -> Option<Value> {
    let id = object_id(&spec.after)?;
    Some(json!({
        "id": id,
        "title": "Try Sluice",
        "message": "Try Sluice\n\nA commit that nobody made.",
        "timestamp": spec.time.to_string(),
        "author": {"name": spec.actor, "email": "[REDACTED]"},
        "added": [], "modified": ["README.md"], "removed": [],
    }))
}

fn push(spec: &SampleSpec, kind: &str, namespace: &str) -> Value {
    let commit = commit(spec);
    json!({
        "object_kind": kind,
        "event_name": kind,
        "ref": format!("{namespace}/{}", spec.ref_name),
        "before": spec.before,
        "after": spec.after,
        "checkout_sha": object_id(&spec.after),
        "user_id": 1001,
        "user_username": spec.actor,
        "user_name": spec.actor,
        "user_email": "",
        "project_id": spec.repository_id,
        "commits": commit.as_slice(),
        "total_commits_count": commit.iter().count(),
    })
}

fn merge_request(spec: &SampleSpec, action: &str) -> Value {
    let merged = action == "merge";
    let mut body = json!({
        "object_kind": "merge_request",
        "event_type": "merge_request",
        "user": user(spec),
        "object_attributes": {
            "id": 2001,
            "iid": spec.number,
            "title": "Try Sluice",
            "state": if merged { "merged" } else { "opened" },
            "action": action,
            "draft": false,
            "author_id": 1001,
            "merge_commit_sha": merged.then(|| "5a".repeat(20)),
            "last_commit": commit(spec),
            "source_branch": spec.ref_name,
            "target_branch": spec.default_branch,
            "source": project(spec),
            "target": project(spec),
            "updated_at": spec.time.to_string(),
        },
        "labels": [{"id": 3001, "title": "sample"}],
        "changes": {},
    });
    if action == "update" {
        body["object_attributes"]["oldrev"] = json!(spec.before);
        body["changes"] = json!({
            "title": {"previous": "Draft: Try Sluice", "current": "Try Sluice"},
            "draft": {"previous": true, "current": false},
            "labels": {"previous": [], "current": [{"id": 3001, "title": "sample"}]},
        });
    }
    body
}

fn issue(spec: &SampleSpec) -> Value {
    json!({
        "object_kind": "issue",
        "event_type": "issue",
        "user": user(spec),
        "object_attributes": {"id": 4001, "iid": spec.number, "title": "Try Sluice", "action": "open"},
    })
}

fn access_token(spec: &SampleSpec) -> Value {
    json!({
        "object_kind": "access_token",
        "event_name": "expiring_access_token",
        "object_attributes": {"id": 5001, "user_id": 1001, "name": spec.actor, "expires_at": "2027-01-01"},
    })
}
