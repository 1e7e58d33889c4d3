//! Accounts, repositories, commits and hooks as Gitea writes them.

use serde_json::{Value, json};

use crate::{
    clock::written,
    state::{Account, Hook, Repository, Role, State, Visibility},
};

pub(super) fn of_account(state: &State, account: &Account) -> Value {
    json!({
        "id": account.id,
        "login": account.path,
        "login_name": "",
        "source_id": 0,
        "full_name": "",
        "email": format!("{}+{}@noreply.example.com", account.id, account.path),
        "html_url": format!("{}/{}", state.origin, account.path),
        "is_admin": false,
        "created": written(account.created_at),
        "visibility": "public",
        "username": account.path,
    })
}

/// With what this role may do.
pub(super) fn of_repository(state: &State, repository: &Repository, role: Role) -> Value {
    let full_name = state.full_name(repository);
    let html = format!("{}/{full_name}", state.origin);
    let owner = state.account_by_id(repository.owner);
    let created = written(repository.created_at);
    json!({
        "id": repository.id,
        "owner": owner.map(|owner| of_account(state, owner)),
        "name": repository.name,
        "full_name": full_name,
        "description": "",
        "empty": repository.branches().is_empty(),
        "private": repository.visibility != Visibility::Public,
        "fork": false,
        "template": false,
        "mirror": false,
        "html_url": html,
        "url": format!("{}/repos/{full_name}", state.api()),
        "ssh_url": format!("git@127.0.0.1:{full_name}.git"),
        "clone_url": format!("{html}.git"),
        "default_branch": repository.default_branch,
        "archived": repository.archived,
        "created_at": created,
        "updated_at": created,
        "permissions": {
            "admin": role >= Role::Admin,
            "push": role >= Role::Write,
            "pull": role >= Role::Read,
        },
        "internal": repository.visibility == Visibility::Internal,
        "object_format_name": object_format(repository),
    })
}

/// By the length of the ids that are there.
fn object_format(repository: &Repository) -> &'static str {
    let mut ids = repository.refs.values();
    match ids.any(|id| id.len() == 64) {
        true => "sha256",
        false => "sha1",
    }
}

pub(super) fn of_commit(state: &State, repository: &Repository, sha: &str, by: &str) -> Value {
    let person = json!({"name": by, "email": format!("{by}@example.com"), "username": by});
    let full_name = state.full_name(repository);
    json!({
        "id": sha,
        "message": "A commit that nobody made\n",
        "url": format!("{}/{full_name}/commit/{sha}", state.origin),
        "author": person,
        "committer": person,
        "verification": null,
        "timestamp": written(state.now()),
        "added": [],
        "removed": [],
        "modified": ["README.md"],
    })
}

/// A hook, without its secret, and with its `Authorization` for all to read.
pub(super) fn of_hook(hook: &Hook) -> Value {
    json!({
        "id": hook.id,
        "type": hook.label,
        "branch_filter": hook.branch_filter,
        "config": {"content_type": hook.content_type, "url": hook.url},
        "events": hook.events,
        "authorization_header": hook.authorization,
        "active": hook.active,
        "updated_at": written(hook.updated_at),
        "created_at": written(hook.created_at),
    })
}
