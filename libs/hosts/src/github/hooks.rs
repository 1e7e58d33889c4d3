//! Hooks at GitHub.

use futures_util::{FutureExt, future::BoxFuture};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use sluice_events::v1::SecretKind;

use super::{GitHubApi, hooks_of};
use crate::{
    ApiError, Hook, HookState, Hooks, Installed, NewHook, Place, PlaceSort, Problem, Proof,
    client::{Call, Route},
    error::problem,
    hook::{no_secret, removed, undo},
    names,
    wire::{Id, Text, Words},
};

/// What is understood of a repository's events, and what changes the repository itself or who may use it.
const REPOSITORY: &[&str] = &["push", "pull_request", "repository", "member"];

/// Of an organization also who joins and leaves it.
const ORGANIZATION: &[&str] = &[
    "push",
    "pull_request",
    "repository",
    "member",
    "organization",
];

pub(super) fn events(sort: PlaceSort) -> &'static [&'static str] {
    match sort {
        PlaceSort::Repository => REPOSITORY,
        PlaceSort::Owner => ORGANIZATION,
    }
}

#[derive(Deserialize)]
struct Described {
    id: Id,
    active: bool,
    events: Vec<Words>,
    config: Config,
    last_response: Option<LastResponse>,
}

#[derive(Deserialize)]
struct Config {
    url: Option<Text<4096>>,
    /// As asterisks, if there is one.
    secret: Option<IgnoredAny>,
}

/// Told of repositories' hooks alone.
#[derive(Deserialize)]
struct LastResponse {
    code: Option<u16>,
    status: Option<Words>,
    message: Option<Words>,
}

#[derive(Serialize)]
struct Wanted<'a> {
    name: &'static str,
    active: bool,
    events: &'static [&'static str],
    config: WantedConfig<'a>,
}

#[derive(Serialize)]
struct WantedConfig<'a> {
    url: &'a str,
    content_type: &'static str,
    insecure_ssl: &'static str,
    secret: &'a str,
}

impl Described {
    fn hook(self) -> Hook {
        Hook {
            state: self.state(),
            id: self.id.0,
            url: self.config.url.map(|url| url.0).unwrap_or_default(),
            events: self.events.into_iter().map(|event| event.0).collect(),
            active: self.active,
            secret_set: Some(self.config.secret.is_some()),
        }
    }

    fn state(&self) -> HookState {
        if !self.active {
            let why = "it is switched off".to_owned();
            return HookState::Disabled { why };
        }
        let Some(last) = &self.last_response else {
            return HookState::Unknown;
        };
        let said = |words: &Option<Words>| words.as_ref().map(|words| words.0.clone());
        match (last.code, said(&last.status).unwrap_or_default()) {
            (Some(200..=299), _) => HookState::Working,
            (None | Some(0), status) if status == "unused" || status.is_empty() => {
                HookState::Unknown
            }
            (code, status) => {
                let code = code.filter(|code| *code > 0);
                let code = code.map_or(status, |code| format!("status {code}"));
                let why = match said(&last.message) {
                    Some(message) => format!("{code}: {message}"),
                    None => code,
                };
                HookState::Failing { why, until: None }
            }
        }
    }
}

impl GitHubApi {
    async fn install_hook(&self, place: &Place, hook: &NewHook) -> Result<Installed, ApiError> {
        let secret = hook.secret(SecretKind::Hmac);
        let secret = secret.ok_or_else(|| no_secret("hmac"))?;
        let text = std::str::from_utf8(secret.expose());
        let wanted = Wanted {
            name: "web",
            active: true,
            events: events(place.sort()),
            config: WantedConfig {
                url: &hook.url,
                content_type: "json",
                insecure_ssl: "0",
                secret: text.map_err(|_| problem!(Refused, "the hook's secret is not UTF-8"))?,
            },
        };
        let call = Call::create(hooks_of(place, &[])?)
            .with(&wanted)?
            .hiding_address(&hook.url)
            .hiding(secret.expose());
        let answer = match self.session.call(call).await {
            Ok(answer) => answer,
            Err(error) => return Err(self.of_owner_hooks(place, conflict(error)).await),
        };
        let made = answer.json::<Described>()?.hook();
        if made.secret_set != Some(true) {
            let error = answer.not_understood("the hook has no secret");
            return Err(undo(self, place, &made.id, error).await);
        }
        Ok(Installed {
            hook: made,
            secret: SecretKind::Hmac,
        })
    }
}

/// A hook with the same address is refused as any other mistake would be.
fn conflict(error: ApiError) -> ApiError {
    match error.problem == Problem::Refused && error.message.contains("already exists") {
        true => error.turned_into(Problem::Conflict),
        false => error,
    }
}

impl GitHubApi {
    /// What it means that an owner's hooks are not there. GitHub says so of users, who have none, and to everybody but
    /// the owners of an organization.
    async fn of_owner_hooks(&self, place: &Place, error: ApiError) -> ApiError {
        let Place::Owner { name } = place else {
            return error;
        };
        if error.problem != Problem::NotFound {
            return error;
        }
        let Ok(name) = names::whole(name) else {
            return error;
        };
        let route = Route::of(["orgs", name, "repos"]).with("per_page", "1");
        match self.session.call(Call::get(route)).await {
            Ok(_) => error
                .turned_into(Problem::Forbidden)
                .and("only owners of an organization see its hooks, by a token with the scope `admin:org_hook`"),
            Err(other) if other.problem == Problem::NotFound => error
                .turned_into(Problem::NotOffered)
                .and("it is no organization, and users have no hooks"),
            Err(other) => other,
        }
    }
}

impl Hooks for GitHubApi {
    fn list<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Vec<Hook>, ApiError>> {
        async move {
            let route = hooks_of(place, &[])?.with("per_page", "100");
            let hooks: Result<Vec<Described>, _> = self.session.whole(route).await;
            match hooks {
                Ok(hooks) => Ok(hooks.into_iter().map(Described::hook).collect()),
                Err(error) => Err(self.of_owner_hooks(place, error).await),
            }
        }
        .boxed()
    }

    fn install<'a>(
        &'a self,
        place: &'a Place,
        hook: &'a NewHook,
    ) -> BoxFuture<'a, Result<Installed, ApiError>> {
        self.install_hook(place, hook).boxed()
    }

    fn remove<'a>(&'a self, place: &'a Place, id: &'a str) -> BoxFuture<'a, Result<(), ApiError>> {
        async move {
            let call = Call::delete(hooks_of(place, &[names::id(id)?])?);
            let answer = self.session.call(call).await.map(drop);
            removed(self, place, id, answer).await
        }
        .boxed()
    }

    fn test<'a>(&'a self, place: &'a Place, id: &'a str) -> BoxFuture<'a, Result<Proof, ApiError>> {
        async move {
            let call = Call::post(hooks_of(place, &[names::id(id)?, "pings"])?);
            self.session.call(call).await?;
            Ok(Proof::Ping)
        }
        .boxed()
    }
}
