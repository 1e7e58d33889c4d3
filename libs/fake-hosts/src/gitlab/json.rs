//! Projects and hooks as GitLab writes them.

use serde_json::{Value, json};

use super::{GitLab, hooks::flags};
use crate::{
    clock::written,
    state::{Hook, Repository, Role, Scope, State, Visibility},
};

impl GitLab<'_> {
    /// With what the caller may do: by the project itself, and by its group.
    pub(super) fn project_json(&self, project: &Repository) -> Value {
        let mut body = of_project(self.state, project);
        if let Some(login) = self.caller.login() {
            let owner = self.state.account_by_id(project.owner);
            let group = owner.map(|owner| self.state.role_in(login, owner));
            body["permissions"] = json!({
                "project_access": access(self.state.role_itself(login, project)),
                "group_access": access(group),
            });
        }
        body
    }
}

/// A level, or nothing where there is no role.
fn access(role: Option<Role>) -> Value {
    let level = match role {
        None | Some(Role::None) => return Value::Null,
        Some(Role::Read) => 20,
        Some(Role::Write) => 30,
        Some(Role::Maintainer) => 40,
        Some(Role::Admin) => 50,
    };
    json!({"access_level": level, "notification_level": 3})
}

fn of_project(state: &State, project: &Repository) -> Value {
    let path = state.full_name(project);
    let web = format!("{}/{path}", state.origin);
    let owner = state.account_by_id(project.owner);
    let host = state.origin.trim_start_matches("http://");
    let host = host.split(':').next().unwrap_or_default();
    let default = project.head(&project.default_branch);
    let empty = project.branches().is_empty();
    json!({
        "id": project.id,
        "description": null,
        "name": project.name,
        "name_with_namespace": path.replace('/', " / "),
        "path": project.name,
        "path_with_namespace": path,
        "created_at": written(project.created_at),
        // Of an empty one there is none.
        "default_branch": default.map(|_| &project.default_branch),
        "ssh_url_to_repo": format!("git@{host}:{path}.git"),
        "http_url_to_repo": format!("{web}.git"),
        "web_url": web,
        "namespace": owner.map(|owner| json!({
            "id": owner.id,
            "name": owner.path.rsplit('/').next(),
            "path": owner.path.rsplit('/').next(),
            "full_path": owner.path,
            "kind": if owner.organization { "group" } else { "user" },
        })),
        "empty_repo": empty,
        "archived": project.archived,
        "visibility": project.visibility.word(),
    })
}

/// A project as it stands in payloads.
pub(super) fn in_payload(state: &State, project: &Repository) -> Value {
    let path = state.full_name(project);
    let web = format!("{}/{path}", state.origin);
    let owner = state.account_by_id(project.owner);
    let level = match project.visibility {
        Visibility::Private => 0,
        Visibility::Internal => 10,
        Visibility::Public => 20,
    };
    json!({
        "id": project.id,
        "name": project.name,
        "description": null,
        "web_url": web,
        "avatar_url": null,
        "git_ssh_url": format!("git@127.0.0.1:{path}.git"),
        "git_http_url": format!("{web}.git"),
        "namespace": owner.map(|owner| &owner.path),
        "visibility_level": level,
        "path_with_namespace": path,
        "default_branch": project.default_branch,
        "ci_config_path": null,
    })
}

/// A hook. Its tokens are never told, only whether there are any.
pub(super) fn of_hook(state: &State, hook: &Hook) -> Value {
    let mut body = json!({
        "id": hook.id,
        "url": hook.url,
        "name": hook.label,
        "description": "",
        "created_at": written(hook.created_at),
        "enable_ssl_verification": hook.insecure_ssl == "0",
        "push_events_branch_filter": hook.branch_filter,
        "branch_filter_strategy": "wildcard",
        "alert_status": state.alert_status(hook),
        "disabled_until": hook.disabled_until.map(written),
        "url_variables": [],
        "custom_headers": [],
        "custom_webhook_template": null,
        "repository_update_events": false,
    });
    for flag in flags(hook.scope, state.version) {
        body[flag] = json!(hook.events.iter().any(|event| event == flag));
    }
    match hook.scope {
        Scope::Repository(id) => body["project_id"] = json!(id),
        Scope::Owner(id) => body["group_id"] = json!(id),
    }
    if state.version >= (19, 0) {
        body["token_present"] = json!(hook.secret.is_some());
        body["signing_token_present"] = json!(hook.signing.is_some());
    }
    body
}
