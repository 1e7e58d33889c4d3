//! What GitLab's webhooks say.

use serde_json::{Value, json};

use super::json::in_payload;
use crate::{
    clock::written,
    deliver::{Message, standard_webhooks},
    push::Moved,
    random,
    state::{Hook, State},
};

/// The headers of a delivery, with the token, the signature, or both.
pub(crate) fn headers(
    state: &State,
    hook: &Hook,
    message: &Message,
    guid: &str,
    body: &[u8],
) -> Vec<(String, String)> {
    let mut headers = vec![
        ("user-agent", format!("GitLab/{}-ee", state.version_text())),
        ("x-gitlab-event", message.exact.clone()),
        ("x-gitlab-webhook-uuid", random::guid()),
        ("x-gitlab-event-uuid", random::guid()),
        ("x-gitlab-instance", state.origin.clone()),
    ];
    if state.version >= (17, 4) {
        headers.push(("idempotency-key", guid.to_owned()));
    }
    if let Some(token) = &hook.secret {
        headers.push(("x-gitlab-token", token.expose().to_owned()));
    }
    if let Some(key) = &hook.signing {
        // Receivers compare it with their own clock, which nobody hastens.
        let timestamp = jiff::Timestamp::now().as_second().to_string();
        let signature = standard_webhooks(key.expose(), guid, &timestamp, body);
        headers.push(("webhook-id", guid.to_owned()));
        headers.push(("webhook-timestamp", timestamp));
        headers.push(("webhook-signature", signature));
    }
    let headers = headers.into_iter();
    headers
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Whether a hook hears of it: it is not disabled, and no filter of branches is against it.
pub(crate) fn listens(state: &State, hook: &Hook, message: &Message, moved: &Moved) -> bool {
    let hears = hook.events.contains(&message.event);
    let (kind, name) = moved.short();
    let filtered = kind == "branch" && !hook.branch_filter.is_empty();
    let passes = !filtered || crate::gitea::glob(&hook.branch_filter, name);
    hears && passes && state.alert_status(hook) == "executable"
}

pub(crate) fn pushed(state: &State, moved: &Moved) -> Vec<Message> {
    let event = match moved.short().0 {
        "tag" => "tag_push_events",
        _ => "push_events",
    };
    vec![push(state, moved, event)]
}

/// A push for this trigger.
pub(super) fn push(state: &State, moved: &Moved, event: &str) -> Message {
    let (kind, header) = match event {
        "tag_push_events" => ("tag_push", "Tag Push Hook"),
        _ => ("push", "Push Hook"),
    };
    let project = state.repository(moved.repository);
    let user = state.account(&moved.by);
    let commits = commits(state, moved);
    let body = json!({
        "object_kind": kind,
        "event_name": kind,
        "before": moved.before,
        "after": moved.after,
        "ref": moved.full_ref,
        "ref_protected": false,
        "checkout_sha": (!moved.deleted()).then_some(&moved.after),
        "message": null,
        "user_id": user.map(|user| user.id),
        "user_name": moved.by,
        "user_username": moved.by,
        "user_email": "",
        "user_avatar": null,
        "project_id": moved.repository,
        "project": project.map(|project| in_payload(state, project)),
        "total_commits_count": commits.len(),
        "commits": commits,
        "push_options": {},
    });
    Message {
        event: event.to_owned(),
        exact: header.to_owned(),
        body,
        repository: Some(moved.repository),
    }
}

/// None of a tag, of a deletion, and of a branch that brings nothing new.
fn commits(state: &State, moved: &Moved) -> Vec<Value> {
    if moved.short().0 == "tag" || moved.deleted() || moved.created() {
        return Vec::new();
    }
    vec![json!({
        "id": moved.after,
        "message": "A commit that nobody made",
        "title": "A commit that nobody made",
        "timestamp": written(state.now()),
        "url": format!("{}/-/commit/{}", state.origin, moved.after),
        "author": {"name": moved.by, "email": "[REDACTED]"},
        "added": [], "modified": ["README.md"], "removed": [],
    })]
}
