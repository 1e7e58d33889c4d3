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
    "project_create",
    "project_rename",
    "project_transfer",
    "project_destroy",
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
        _ => return project_event(event, spec),
    };
    Some(with_headers(header, &with_project(body, spec), spec))
}

fn with_headers(header: &str, body: &Value, spec: &SampleSpec) -> Sample {
    let headers = [
        ("user-agent", "GitLab/19.1.0"),
        ("x-gitlab-event", header),
        ("idempotency-key", &spec.delivery_id),
        ("webhook-timestamp", &spec.time.seconds.to_string()),
    ];
    Sample::of_json(body, &headers)
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

/// Something became of the project, as a group's hook tells it. What has another name now was called `old`.
fn project_event(event: &str, spec: &SampleSpec) -> Option<Sample> {
    let (owner, name) = spec.repository.rsplit_once('/')?;
    let old = match event {
        "project_rename" => Some(format!("{owner}/old")),
        "project_transfer" => Some(format!("old/{name}")),
        "project_create" | "project_destroy" => None,
        _ => return None,
    };
    let mut body = json!({
        "event_name": event,
        "created_at": spec.time.to_string(),
        "updated_at": spec.time.to_string(),
        "name": name,
        "path": name,
        "path_with_namespace": spec.repository,
        "project_id": spec.repository_id,
        "project_visibility": "private",
    });
    if let Some(old) = old {
        body["old_path_with_namespace"] = json!(old);
    }
    if spec.marked {
        body["sluice_sample"] = json!(true);
    }
    Some(with_headers("Project Hook", &body, spec))
}
