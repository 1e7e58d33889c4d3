//! Accounts, repositories and hooks as GitHub writes them.

use serde_json::{Value, json};

use super::GitHub;
use crate::{
    clock::written,
    state::{Account, Hook, Repository, Role, Scope, State, Visibility},
};

impl GitHub<'_> {
    /// With what the caller may do.
    pub(super) fn repository_json(&self, repository: &Repository) -> Value {
        let mut body = of_repository(self.state, repository);
        let role = self.state.role(self.caller, repository);
        body["permissions"] = json!({
            "admin": role >= Role::Admin,
            "maintain": role >= Role::Maintainer,
            "push": role >= Role::Write,
            "triage": role >= Role::Write,
            "pull": role >= Role::Read,
        });
        body
    }

    pub(super) fn hook_json(&self, hook: &Hook) -> Value {
        of_hook(self.state, hook)
    }
}

pub(super) fn of_repository(state: &State, repository: &Repository) -> Value {
    let full_name = state.full_name(repository);
    let html = format!("{}/{full_name}", state.origin);
    let owner = state.account_by_id(repository.owner);
    let ssh = state.origin.trim_start_matches("http://").split(':').next();
    json!({
        "id": repository.id,
        "node_id": format!("R_{}", repository.id),
        "name": repository.name,
        "full_name": full_name,
        "owner": owner.map(|owner| of_account(state, owner)),
        "private": repository.visibility != Visibility::Public,
        "visibility": repository.visibility.word(),
        "html_url": html,
        "url": format!("{}/repos/{full_name}", state.api()),
        "git_url": format!("{}.git", html.replacen("http:", "git:", 1)),
        "clone_url": format!("{html}.git"),
        "ssh_url": format!("git@{}:{full_name}.git", ssh.unwrap_or_default()),
        "default_branch": repository.default_branch,
        "archived": repository.archived,
        "disabled": false,
        "fork": false,
        "created_at": written(repository.created_at),
        "pushed_at": written(repository.created_at),
    })
}

pub(super) fn of_account(state: &State, account: &Account) -> Value {
    let kind = if account.organization {
        "Organization"
    } else {
        "User"
    };
    json!({
        "login": account.path,
        "id": account.id,
        "node_id": format!("U_{}", account.id),
        "type": kind,
        "site_admin": false,
        "url": format!("{}/users/{}", state.api(), account.path),
    })
}

/// The name that a repository or an organization has below the API.
fn base(state: &State, scope: Scope) -> String {
    let path = match scope {
        Scope::Repository(id) => {
            let name = state.repository(id).map(|found| state.full_name(found));
            format!("repos/{}", name.unwrap_or_default())
        }
        Scope::Owner(id) => {
            let login = state.account_by_id(id).map(|owner| owner.path.clone());
            format!("orgs/{}", login.unwrap_or_default())
        }
    };
    format!("{}/{path}/hooks", state.api())
}

pub(super) fn of_hook(state: &State, hook: &Hook) -> Value {
    let url = format!("{}/{}", base(state, hook.scope), hook.id);
    let of_repository = matches!(hook.scope, Scope::Repository(_));
    let mut body = json!({
        "type": if of_repository { "Repository" } else { "Organization" },
        "id": hook.id,
        "name": "web",
        "active": hook.active,
        "events": hook.events,
        "config": of_config(hook),
        "updated_at": written(hook.updated_at),
        "created_at": written(hook.created_at),
        "url": url,
        "ping_url": format!("{url}/pings"),
        "deliveries_url": format!("{url}/deliveries"),
    });
    if of_repository {
        body["test_url"] = json!(format!("{url}/test"));
        body["last_response"] = last_response(hook);
    }
    body
}

fn last_response(hook: &Hook) -> Value {
    match hook.last_status {
        None => json!({"code": null, "status": "unused", "message": null}),
        Some(None) => json!({"code": 0, "status": "timeout", "message": "timed out"}),
        Some(Some(code)) if (200..300).contains(&code) => {
            json!({"code": code, "status": "active", "message": "OK"})
        }
        Some(Some(code)) => {
            json!({"code": code, "status": "invalid", "message": "Invalid HTTP Response"})
        }
    }
}

/// Without the secret: asterisks stand for it.
pub(super) fn of_config(hook: &Hook) -> Value {
    let mut config = json!({
        "url": hook.url,
        "content_type": hook.content_type,
        "insecure_ssl": hook.insecure_ssl,
    });
    if hook.secret.is_some() {
        config["secret"] = json!("********");
    }
    config
}
