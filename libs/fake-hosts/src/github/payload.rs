//! What GitHub's webhooks say.

use serde_json::{Value, json};

use super::{
    deliveries::target,
    json::{of_account, of_hook, of_repository},
};
use crate::{
    clock::written,
    deliver::{Message, hmac_sha1, hmac_sha256},
    push::Moved,
    state::{Hook, Scope, State},
};

/// The headers of a delivery, signed where the hook has a secret.
pub(crate) fn headers(
    hook: &Hook,
    message: &Message,
    guid: &str,
    body: &[u8],
) -> Vec<(String, String)> {
    let (target, target_id) = target(hook);
    let mut headers = vec![
        ("user-agent", "GitHub-Hookshot/fa4e000".to_owned()),
        ("x-github-delivery", guid.to_owned()),
        ("x-github-event", message.event.clone()),
        ("x-github-hook-id", hook.id.to_string()),
        ("x-github-hook-installation-target-type", target.to_owned()),
        (
            "x-github-hook-installation-target-id",
            target_id.to_string(),
        ),
    ];
    if let Some(secret) = &hook.secret {
        let sha1 = hmac_sha1(secret.expose(), body);
        let sha256 = hmac_sha256(secret.expose(), body);
        headers.push(("x-hub-signature", format!("sha1={sha1}")));
        headers.push(("x-hub-signature-256", format!("sha256={sha256}")));
    }
    let headers = headers.into_iter();
    headers
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Whether a hook hears of it.
pub(crate) fn listens(hook: &Hook, message: &Message) -> bool {
    let hears = |event: &String| event == "*" || *event == message.event;
    hook.active && hook.events.iter().any(hears)
}

/// A push, and beside it `create` or `delete`.
pub(crate) fn pushed(state: &State, moved: &Moved) -> Vec<Message> {
    let mut messages = vec![push(state, moved)];
    let event = match (moved.created(), moved.deleted()) {
        (true, false) => "create",
        (false, true) => "delete",
        _ => return messages,
    };
    let (ref_type, name) = moved.short();
    let mut body = with_context(
        state,
        moved.repository,
        Some(&moved.by),
        json!({
            "ref": name,
            "ref_type": ref_type,
            "pusher_type": "user",
        }),
    );
    if event == "create" {
        body["master_branch"] = body["repository"]["default_branch"].clone();
        body["description"] = Value::Null;
    }
    messages.push(message(event, body, Some(moved.repository)));
    messages
}

/// The latest push once more; a made-up one for a repository that nobody pushed to is not made.
pub(super) fn latest_push(state: &State, repository: u64) -> Option<Message> {
    let found = state.repository(repository)?;
    let (full_ref, before) = found.last_push.clone()?;
    let after = found.refs.get(&full_ref)?.clone();
    let moved = Moved {
        repository,
        full_ref,
        before,
        after,
        by: "octavia".to_owned(),
    };
    Some(push(state, &moved))
}

fn push(state: &State, moved: &Moved) -> Message {
    let commit = (!moved.deleted()).then(|| commit(state, moved));
    let listed = commit.iter().filter(|_| moved.short().0 == "branch");
    let listed: Vec<_> = listed.cloned().collect();
    let mut body = with_context(
        state,
        moved.repository,
        Some(&moved.by),
        json!({
            "ref": moved.full_ref,
            "before": moved.before,
            "after": moved.after,
            "created": moved.created(),
            "deleted": moved.deleted(),
            "forced": false,
            "base_ref": null,
            "compare": "",
            "commits": listed,
            "head_commit": commit,
            "pusher": {"name": moved.by, "email": format!("{}@example.com", moved.by)},
        }),
    );
    // In a push alone these are numbers, and the owner has a name.
    let repository = &mut body["repository"];
    let created = state
        .repository(moved.repository)
        .map(|found| found.created_at);
    repository["created_at"] = json!(created.map(|at| at.as_second()));
    repository["pushed_at"] = json!(state.now().as_second());
    repository["owner"]["name"] = repository["owner"]["login"].clone();
    repository["master_branch"] = repository["default_branch"].clone();
    message("push", body, Some(moved.repository))
}

fn commit(state: &State, moved: &Moved) -> Value {
    let author = json!({
        "name": moved.by,
        "email": format!("{}@example.com", moved.by),
        "username": moved.by,
    });
    json!({
        "id": moved.after,
        "tree_id": moved.after,
        "distinct": true,
        "message": "A commit that nobody made",
        "timestamp": written(state.now()),
        "url": format!("{}/commit/{}", state.origin, moved.after),
        "author": author,
        "committer": author,
        "added": [], "removed": [], "modified": ["README.md"],
    })
}

/// What a hook hears at once when it is made.
pub(super) fn ping(state: &State, hook: &Hook) -> Message {
    let body = json!({
        "zen": "Anything added dilutes everything else.",
        "hook_id": hook.id,
        "hook": of_hook(state, hook),
    });
    match hook.scope {
        Scope::Repository(id) => message("ping", with_context(state, id, None, body), Some(id)),
        Scope::Owner(id) => {
            let mut body = body;
            let owner = state.account_by_id(id);
            body["organization"] = json!(owner.map(|owner| of_account(state, owner)));
            message("ping", body, None)
        }
    }
}

fn message(event: &str, body: Value, repository: Option<u64>) -> Message {
    Message {
        event: event.to_owned(),
        exact: event.to_owned(),
        body,
        repository,
    }
}

/// With the repository, and the sender; if nobody is named it is the owner.
fn with_context(state: &State, repository: u64, sender: Option<&str>, mut body: Value) -> Value {
    let found = state.repository(repository);
    let owner = found.and_then(|found| state.account_by_id(found.owner));
    let sender = sender.and_then(|login| state.account(login)).or(owner);
    body["repository"] = json!(found.map(|found| of_repository(state, found)));
    body["sender"] = json!(sender.map(|sender| of_account(state, sender)));
    body
}
