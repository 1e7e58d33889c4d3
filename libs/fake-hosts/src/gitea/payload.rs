//! What Gitea's and Forgejo's webhooks say.

use serde_json::{Value, json};

use super::json::{of_account, of_commit, of_repository};
use crate::{
    Kind,
    deliver::{Message, hmac_sha1, hmac_sha256},
    push::{Moved, nothing_like},
    state::{Hook, Role, Scope, State},
};

/// The headers of a delivery. The signatures come even if there is no secret, and are empty then.
pub(crate) fn headers(
    state: &State,
    hook: &Hook,
    message: &Message,
    guid: &str,
    json: &[u8],
) -> Vec<(String, String)> {
    let (sha1, sha256) = match &hook.secret {
        Some(secret) => (
            hmac_sha1(secret.expose(), json),
            hmac_sha256(secret.expose(), json),
        ),
        None => Default::default(),
    };
    let brands: &[&str] = match state.kind {
        Kind::Forgejo => &["forgejo", "gitea", "gogs", "github"],
        _ => &["gitea", "gogs", "github"],
    };
    let mut headers = vec![("user-agent".to_owned(), "Go-http-client/1.1".to_owned())];
    for brand in brands {
        headers.push((format!("x-{brand}-delivery"), guid.to_owned()));
        headers.push((format!("x-{brand}-event"), message.event.clone()));
        headers.push((format!("x-{brand}-event-type"), message.exact.clone()));
        if *brand != "github" {
            headers.push((format!("x-{brand}-signature"), sha256.clone()));
        }
        if state.kind == Kind::Gitea && *brand != "gogs" {
            let name = format!("x-{brand}-hook-installation-target-type");
            headers.push((name, target(hook).to_owned()));
        }
    }
    headers.push(("x-hub-signature".to_owned(), format!("sha1={sha1}")));
    headers.push(("x-hub-signature-256".to_owned(), format!("sha256={sha256}")));
    if !hook.authorization.is_empty() {
        headers.push(("authorization".to_owned(), hook.authorization.clone()));
    }
    headers
}

fn target(hook: &Hook) -> &'static str {
    match hook.scope {
        Scope::Repository(_) => "repository",
        Scope::Owner(_) => "organization",
    }
}

/// Whether a hook hears of it. A filter of branches drops tags altogether at Gitea, and none of them at Forgejo.
pub(crate) fn listens(state: &State, hook: &Hook, message: &Message, moved: &Moved) -> bool {
    let passes = match (hook.branch_filter.as_str(), moved.short()) {
        ("" | "*", _) => true,
        (filter, ("branch", name)) => glob(filter, name),
        _ => state.kind == Kind::Forgejo,
    };
    hook.active && passes && hook.events.contains(&message.event)
}

/// Whether a name fits a pattern in which `*` stands for anything.
pub(crate) fn glob(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((begin, rest)) => name.strip_prefix(begin).is_some_and(|name| {
            let ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
            let mut tails = ends.filter_map(|at| name.get(at..));
            tails.any(|tail| glob(rest, tail))
        }),
    }
}

/// What happened, in the order in which it is told: `create` before the push of a branch and behind that of a tag; of a
/// branch that is deleted there is no push.
pub(crate) fn pushed(state: &State, moved: &Moved) -> Vec<Message> {
    let (kind, _) = moved.short();
    let push = || push(state, moved);
    match (kind, moved.created(), moved.deleted()) {
        ("branch", true, false) => vec![short(state, moved, "create"), push()],
        ("branch", _, true) => vec![short(state, moved, "delete")],
        ("tag", _, true) => vec![push(), short(state, moved, "delete")],
        // A tag that is moved is one more that is made.
        ("tag", _, false) => vec![push(), short(state, moved, "create")],
        _ => vec![push()],
    }
}

/// `create` or `delete`, with the short name.
fn short(state: &State, moved: &Moved, event: &str) -> Message {
    let (kind, name) = moved.short();
    let mut body = json!({"ref": name, "ref_type": kind});
    match event {
        "create" => body["sha"] = json!(moved.after),
        _ => body["pusher_type"] = json!("user"),
    }
    message(event, with_context(state, moved, body), moved)
}

pub(super) fn push(state: &State, moved: &Moved) -> Message {
    let repository = state.repository(moved.repository);
    let commit = repository
        .filter(|_| !moved.deleted())
        .map(|found| of_commit(state, found, &moved.after, &moved.by));
    let is_tag = moved.short().0 == "tag";
    let listed: Vec<_> = commit.iter().filter(|_| !is_tag).collect();
    let before = match is_tag && !moved.deleted() {
        true => nothing_like(&moved.after),
        false => moved.before.clone(),
    };
    let body = json!({
        "ref": moved.full_ref,
        "before": before,
        "after": moved.after,
        "compare_url": format!("{}/", state.origin),
        "total_commits": listed.len(),
        "commits": listed,
        "head_commit": commit,
        "pusher": state.account(&moved.by).map(|user| of_account(state, user)),
    });
    message("push", with_context(state, moved, body), moved)
}

fn message(event: &str, body: Value, moved: &Moved) -> Message {
    Message {
        event: event.to_owned(),
        exact: event.to_owned(),
        body,
        repository: Some(moved.repository),
    }
}

fn with_context(state: &State, moved: &Moved, mut body: Value) -> Value {
    let repository = state.repository(moved.repository);
    let sender = state.account(&moved.by);
    body["repository"] = json!(repository.map(|found| of_repository(state, found, Role::Admin)));
    body["sender"] = json!(sender.map(|sender| of_account(state, sender)));
    body
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, name, expected) in [
            ("main", "main", true),
            ("main", "maintenance", false),
            ("release/*", "release/1", true),
            ("*-stable", "a-stable-b-stable", true),
            ("a*b*c", "abbc", true),
            ("a*b*c", "abb", false),
            ("*é", "éé", true),
        ] {
            assert_eq!(glob(pattern, name), expected, "{pattern} {name}");
        }
    }
}
