//! Deliveries as Gitea and Forgejo make them, for trying things out.

use serde_json::{Value, json};

use super::Dialect;
use crate::{Sample, SampleSpec, object_id};

/// The samples, by name.
pub(super) const EVENTS: &[&str] = &[
    "push",
    "tag",
    "create",
    "delete",
    "test",
    "pull_request",
    "pull_request_synchronized",
    "pull_request_retargeted",
    "pull_request_closed",
    "pull_request_merged",
    "pull_request_approved",
    "issue_comment",
    "repository_created",
    "repository_deleted",
];

pub(super) fn sample(dialect: &Dialect, event: &str, spec: &SampleSpec) -> Option<Sample> {
    let (kind, exact, body) = match event {
        "push" => ("push", "push", push(spec, "heads", &spec.before)),
        "tag" => ("push", "push", push(spec, "tags", &spec.before)),
        "test" => ("push", "push", push(spec, "heads", &spec.after)),
        "create" => ("create", "create", create(spec)),
        "delete" => ("delete", "delete", delete(spec)),
        "issue_comment" => ("issue_comment", "issue_comment", comment(spec)),
        "repository_created" => ("repository", "repository", json!({"action": "created"})),
        "repository_deleted" => ("repository", "repository", json!({"action": "deleted"})),
        _ => pull_request(event, spec)?,
    };
    let said = [
        (dialect.event, kind),
        (dialect.event_type, exact),
        (dialect.delivery, &spec.delivery_id),
    ];
    let headers = said
        .iter()
        .flat_map(|&(names, value)| names.iter().map(move |&name| (name, value)));
    let headers: Vec<_> = headers.collect();
    Some(Sample::of_json(&with_context(body, spec), &headers))
}

/// What every body has: repository and sender.
fn with_context(mut body: Value, spec: &SampleSpec) -> Value {
    body["repository"] = repository(spec);
    body["sender"] = account(spec);
    if spec.marked {
        body["sluice_sample"] = json!(true);
    }
    body
}

fn push(spec: &SampleSpec, namespace: &str, before: &str) -> Value {
    let commit = object_id(&spec.after).map(|id| {
        json!({
            "id": id,
            "message": "Try Sluice\n\nA commit that nobody made.\n",
            "author": {"name": spec.actor, "email": "sample@example.com", "username": spec.actor},
            "timestamp": spec.time.to_string(),
            "added": [], "removed": [], "modified": ["README.md"],
        })
    });
    let commits = commit.as_slice().iter().filter(|_| namespace == "heads");
    let commits: Vec<_> = commits.collect();
    json!({
        "ref": format!("refs/{namespace}/{}", spec.ref_name),
        "before": before,
        "after": spec.after,
        "total_commits": commits.len(),
        "commits": commits,
        "head_commit": commit,
        "pusher": account(spec),
    })
}

fn create(spec: &SampleSpec) -> Value {
    json!({"sha": spec.after, "ref": spec.ref_name, "ref_type": "branch"})
}

fn delete(spec: &SampleSpec) -> Value {
    json!({"ref": spec.ref_name, "ref_type": "branch", "pusher_type": "user"})
}

/// The coarse kind, the exact one, and the body.
fn pull_request(event: &str, spec: &SampleSpec) -> Option<(&'static str, &'static str, Value)> {
    let (kind, exact, action) = match event {
        "pull_request" => ("pull_request", "pull_request", "opened"),
        "pull_request_synchronized" => ("pull_request", "pull_request_sync", "synchronized"),
        "pull_request_retargeted" => ("pull_request", "pull_request", "edited"),
        "pull_request_closed" | "pull_request_merged" => ("pull_request", "pull_request", "closed"),
        "pull_request_approved" => (
            "pull_request_approved",
            "pull_request_review_approved",
            "reviewed",
        ),
        _ => return None,
    };
    let merged = event == "pull_request_merged";
    let side =
        |branch: &str, sha: &str| json!({"ref": branch, "sha": sha, "repo": repository(spec)});
    let mut body = json!({
        "action": action,
        "number": spec.number,
        "pull_request": {
            "id": 1000 + spec.number,
            "number": spec.number,
            "title": "Try Sluice",
            "state": if action == "closed" { "closed" } else { "open" },
            "draft": false,
            "merged": merged,
            "merge_commit_sha": merged.then_some(&spec.after),
            "user": account(spec),
            "labels": [{"name": "sample"}],
            "head": side(&spec.ref_name, &spec.after),
            "base": side(&spec.default_branch, &spec.before),
            "updated_at": spec.time.to_string(),
        },
    });
    if event == "pull_request_retargeted" {
        body["changes"] = json!({"ref": {"from": spec.default_branch}});
    }
    Some((kind, exact, body))
}

fn comment(spec: &SampleSpec) -> Value {
    json!({
        "action": "created",
        "issue": {"number": spec.number, "title": "Try Sluice"},
        "comment": {"body": "A comment that nobody wrote."},
        "is_pull": false,
    })
}

fn repository(spec: &SampleSpec) -> Value {
    let (owner, name) = spec
        .repository
        .split_once('/')
        .unwrap_or(("", &spec.repository));
    json!({
        "id": spec.repository_id,
        "owner": {"login": owner, "visibility": "public"},
        "name": name,
        "full_name": spec.repository,
        "default_branch": spec.default_branch,
        "private": false,
        "internal": false,
    })
}

fn account(spec: &SampleSpec) -> Value {
    json!({
        "id": 7,
        "login": spec.actor,
        "full_name": "",
        "email": format!("{}@noreply.example.com", spec.actor),
        "username": spec.actor,
    })
}
