//! What Apps call: who they are, where they are installed, tokens of an installation.

use serde_json::{Map, Value, json};

use super::{GitHub, json::of_account, not_found, problem};
use crate::{
    apps::{App, Installation},
    clock::written,
    http::Answer,
    serve::Outcome,
    state::{Caller, Reach},
};

/// How many repositories a token can be narrowed to.
const MOST: usize = 500;

impl GitHub<'_> {
    /// The App that calls.
    fn calling(&self) -> Result<&App, Answer> {
        let refusal = || problem(401, "A JSON web token could not be decoded");
        let Caller::App { id } = self.caller else {
            return Err(refusal());
        };
        let mut apps = self.state.apps.iter();
        apps.find(|app| app.id == *id).ok_or_else(refusal)
    }

    pub(super) fn app(&self) -> Outcome {
        let app = self.calling()?;
        let body = json!({
            "id": app.id,
            "client_id": app.client_id,
            "slug": app.slug,
            "name": app.slug,
            "installations_count": app.installations.len(),
        });
        Ok(Answer::json(200, &body).into())
    }

    pub(super) fn installations(&self) -> Outcome {
        let app = self.calling()?;
        let installations = app.installations.iter().collect();
        self.page(installations, |installation| {
            self.installation_json(app, installation)
        })
    }

    pub(super) fn installation(&self, id: &str) -> Outcome {
        self.installation_where(|installation| installation.id.to_string() == id)
    }

    pub(super) fn app_hook_config(&self) -> Outcome {
        let app = self.calling()?;
        let mut config = json!({"content_type": "json", "insecure_ssl": "0", "secret": "********"});
        config["url"] = json!(app.hook_url);
        Ok(Answer::json(200, &config).into())
    }

    pub(super) fn installation_of_owner(&self, login: &str) -> Outcome {
        let owner = self.state.account(login).map(|owner| owner.id);
        self.installation_where(|installation| Some(installation.owner) == owner)
    }

    pub(super) fn installation_of_repository(&self, id: u64) -> Outcome {
        self.installation_where(|installation| self.state.covers(installation, id))
    }

    fn installation_where(&self, fits: impl Fn(&Installation) -> bool) -> Outcome {
        let app = self.calling()?;
        let mut installations = app.installations.iter();
        let found = installations.find(|installation| fits(installation));
        let installation = found.ok_or_else(not_found)?;
        Ok(Answer::json(200, &self.installation_json(app, installation)).into())
    }

    fn installation_json(&self, app: &App, installation: &Installation) -> Value {
        let owner = self.state.account_by_id(installation.owner);
        let api = self.state.api();
        let id = installation.id;
        json!({
            "id": id,
            "app_id": app.id,
            "app_slug": app.slug,
            "account": owner.map(|owner| of_account(self.state, owner)),
            "target_type": "Organization",
            "repository_selection": selection(installation.selected.is_some()),
            "permissions": object(&installation.permissions),
            "access_tokens_url": format!("{api}/app/installations/{id}/access_tokens"),
            "repositories_url": format!("{api}/installation/repositories"),
            "suspended_at": installation.suspended_at.map(written),
        })
    }

    /// A token for an hour, narrower than the installation if the body says so.
    pub(super) fn mint(&mut self, id: &str) -> Outcome {
        let app = self.calling()?;
        let id: u64 = id.parse().map_err(|_| not_found())?;
        let mut installations = app.installations.iter();
        let found = installations.find(|installation| installation.id == id);
        let installation = found.ok_or_else(not_found)?;
        if installation.suspended_at.is_some() {
            return Err(suspended());
        }
        let body = match self.request.body.is_empty() {
            true => json!({}),
            false => self.body()?,
        };
        let reach = Reach {
            installation: id,
            repositories: self.narrowed(installation, &body)?,
            permissions: permissions(installation, &body["permissions"])?,
        };
        let selected = reach.repositories.is_some() || installation.selected.is_some();
        let (app, token) = (app.id, reach.clone());
        let token = self.state.mint(app, token);
        let token = self.state.token(token).ok_or_else(not_found)?;
        let mut answer = json!({
            "token": token.value.expose(),
            "expires_at": token.expires_at.map(written),
            "permissions": object(&reach.permissions),
            "repository_selection": selection(selected),
        });
        if let Some(ids) = &reach.repositories {
            let found = ids.iter().filter_map(|&id| self.state.repository(id));
            let list = found.map(|repository| super::json::of_repository(self.state, repository));
            answer["repositories"] = list.collect();
        }
        Ok(Answer::json(201, &answer).into())
    }

    /// The repositories that the body names; `None` if it names none.
    fn narrowed(
        &self,
        installation: &Installation,
        body: &Value,
    ) -> Result<Option<Vec<u64>>, Answer> {
        let owner = self.state.account_by_id(installation.owner);
        let owner = owner.map(|owner| owner.path.as_str()).unwrap_or_default();
        let named = body["repositories"].as_array().map(|names| {
            let ids = names.iter().map(|name| {
                let full_name = format!("{owner}/{}", name.as_str().unwrap_or_default());
                Some(self.state.repository_named(&full_name)?.id)
            });
            ids.collect::<Vec<_>>()
        });
        let ids = body["repository_ids"].as_array();
        let ids = ids.map(|ids| ids.iter().map(Value::as_u64).collect::<Vec<_>>());
        let Some(wanted) = named.or(ids) else {
            return Ok(None);
        };
        if wanted.len() > MOST {
            return Err(problem(422, "Up to 500 repositories can be listed."));
        }
        let covered = wanted
            .into_iter()
            .map(|id| id.filter(|&id| self.state.covers(installation, id)));
        let covered: Option<Vec<_>> = covered.collect();
        let message = "There is at least one repository that does not exist or is not accessible to the parent installation.";
        covered.map(Some).ok_or_else(|| problem(422, message))
    }

    pub(super) fn installation_repositories(&self) -> Outcome {
        let token = self.state.token_of(self.caller);
        let reach = token.and_then(|token| token.reach.as_ref());
        let message = "You must authenticate with an installation access token in order to list repositories for an installation.";
        let reach = reach.ok_or_else(|| problem(403, message))?;
        let all = self.state.repositories.iter();
        let reached = all.filter(|repository| self.state.reaches(reach, repository.id));
        let reached: Vec<_> = reached.collect();
        let total = reached.len();
        self.page_in(
            reached,
            |repository| self.repository_json(repository),
            |page| json!({"total_count": total, "repositories": page}),
        )
    }
}

/// What the body asks for, no more than the installation has; without a wish all of it.
fn permissions(
    installation: &Installation,
    wished: &Value,
) -> Result<Vec<(String, String)>, Answer> {
    let Some(wished) = wished.as_object() else {
        return Ok(installation.permissions.clone());
    };
    let granted = |name: &str, level: &str| {
        let permissions = &installation.permissions;
        let granted = permissions.iter().find(|(known, _)| known == name);
        granted.is_some_and(|(_, granted)| granted == level || granted == "write")
    };
    let mut permissions = Vec::new();
    for (name, level) in wished {
        let level = level.as_str().unwrap_or_default();
        if !granted(name, level) {
            let message = "The permissions requested are not granted to this installation.";
            return Err(problem(422, message));
        }
        permissions.push((name.clone(), level.to_owned()));
    }
    Ok(permissions)
}

/// What GitHub says to an App, and to its tokens, while their installation is suspended.
pub(super) fn suspended() -> Answer {
    problem(403, "This installation has been suspended")
}

fn selection(selected: bool) -> &'static str {
    if selected { "selected" } else { "all" }
}

fn object(permissions: &[(String, String)]) -> Map<String, Value> {
    let permissions = permissions.iter();
    permissions
        .map(|(name, level)| (name.clone(), json!(level)))
        .collect()
}
