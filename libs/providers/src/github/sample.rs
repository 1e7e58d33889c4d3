//! Deliveries as GitHub sends them, for trying things out.

use serde_json::{Value, json};

use crate::{Sample, SampleSpec, object_id};

/// The samples, by name.
pub(super) const EVENTS: &[&str] = &[
    "push",
    "tag",
    "ping",
    "pull_request",
    "pull_request_synchronize",
    "pull_request_merged",
    "issues",
    "repository_created",
    "repository_renamed",
    "repository_transferred",
    "repository_archived",
    "repository_unarchived",
    "repository_publicized",
    "repository_privatized",
    "repository_default_branch",
    "repository_deleted",
];

pub(super) fn sample(event: &str, spec: &SampleSpec) -> Option<Sample> {
    let (kind, body) = match event {
        "push" => ("push", push(spec, "refs/heads")),
        "tag" => ("push", push(spec, "refs/tags")),
        "ping" => ("ping", ping()),
        "pull_request" => ("pull_request", pull_request(spec, "opened")),
        "pull_request_synchronize" => ("pull_request", pull_request(spec, "synchronize")),
        "pull_request_merged" => ("pull_request", pull_request(spec, "closed")),
        "issues" => ("issues", issues(spec)),
        _ => ("repository", became(event.strip_prefix("repository_")?)?),
    };
    let headers = [
        ("user-agent", "GitHub-Hookshot/0000000"),
        ("x-github-event", kind),
        ("x-github-delivery", &spec.delivery_id),
        ("x-github-hook-id", "1"),
        ("x-github-hook-installation-target-type", "repository"),
    ];
    let mut body = with_context(body, spec);
    if kind == "repository" {
        body["repository"]["updated_at"] = json!(spec.time.to_string());
    }
    Some(Sample::of_json(&body, &headers))
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

fn repository(spec: &SampleSpec) -> Value {
    let (owner, name) = spec
        .repository
        .split_once('/')
        .unwrap_or(("", &spec.repository));
    json!({
        "id": spec.repository_id,
        "name": name,
        "full_name": spec.repository,
        "owner": {"login": owner},
        "private": true,
        "visibility": "private",
        "default_branch": spec.default_branch,
        "html_url": format!("https://github.com/{}", spec.repository),
        "pushed_at": spec.time.seconds,
    })
}

fn account(spec: &SampleSpec) -> Value {
    json!({"login": spec.actor, "id": 1001, "type": "User"})
}

fn push(spec: &SampleSpec, namespace: &str) -> Value {
    let commit = object_id(&spec.after).map(|id| {
        json!({
            "id": id,
            "message": "Try Sluice\n\nA commit that nobody made.",
            "timestamp": spec.time.to_string(),
            "author": {"name": spec.actor, "email": "sample@example.com", "username": spec.actor},
            "added": [], "removed": [], "modified": ["README.md"],
        })
    });
    let created = object_id(&spec.before).is_none();
    json!({
        "ref": format!("{namespace}/{}", spec.ref_name),
        "before": spec.before,
        "after": spec.after,
        "created": created,
        "deleted": commit.is_none(),
        "forced": false,
        "commits": commit.as_slice(),
        "head_commit": commit,
        "pusher": {"name": spec.actor, "email": "sample@example.com"},
    })
}

fn ping() -> Value {
    json!({
        "zen": "Anything added dilutes everything else.",
        "hook_id": 1,
        "hook": {"type": "Repository", "id": 1, "events": ["push", "pull_request"], "active": true},
    })
}

fn pull_request(spec: &SampleSpec, action: &str) -> Value {
    let merged = action == "closed";
    let side =
        |branch: &str, sha: &str| json!({"ref": branch, "sha": sha, "repo": repository(spec)});
    let mut body = json!({
        "action": action,
        "number": spec.number,
        "pull_request": {
            "id": 2001,
            "number": spec.number,
            "title": "Try Sluice",
            "body": "A pull request that nobody opened.",
            "state": if merged { "closed" } else { "open" },
            "draft": false,
            "merged": merged,
            "merge_commit_sha": "5a".repeat(20),
            "head": side(&spec.ref_name, &spec.after),
            "base": side(&spec.default_branch, &spec.before),
            "user": account(spec),
            "labels": [{"id": 3001, "name": "sample"}],
            "updated_at": spec.time.to_string(),
        },
    });
    if action == "synchronize" {
        body["before"] = json!(spec.before);
        body["after"] = json!(spec.after);
    }
    body
}

fn issues(spec: &SampleSpec) -> Value {
    json!({
        "action": "opened",
        "issue": {"id": 4001, "number": spec.number, "title": "Try Sluice", "state": "open"},
    })
}

/// Something became of the repository: what has another name now was called `old`.
fn became(what: &str) -> Option<Value> {
    let changes = match what {
        "renamed" => json!({"repository": {"name": {"from": "old"}}}),
        "transferred" => {
            let owner = json!({"login": "old", "id": 1002, "type": "Organization"});
            json!({"owner": {"from": {"organization": owner}}})
        }
        "default_branch" => json!({"default_branch": {"from": "old"}}),
        "created" | "archived" | "unarchived" | "publicized" | "privatized" | "deleted" => {
            return Some(json!({"action": what}));
        }
        _ => return None,
    };
    let action = if what == "default_branch" {
        "edited"
    } else {
        what
    };
    Some(json!({"action": action, "changes": changes}))
}
