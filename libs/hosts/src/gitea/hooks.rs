//! Hooks at Gitea and Forgejo.

use futures_util::{FutureExt, future::BoxFuture};
use serde::{Deserialize, Serialize};
use sluice_events::v1::SecretKind;

use super::{GiteaApi, NO_OWNER_TEST, hooks_of};
use crate::{
    ApiError, Hook, HookState, Hooks, Installed, NewHook, NotOffered, Place, PlaceSort, Problem,
    Proof,
    client::{Call, Route},
    error::problem,
    hook::{no_secret, removed, undo},
    names,
    wire::{Id, Text, Words},
};

/// What is understood. `pull_request` stands for all that happens to one.
const REPOSITORY: &[&str] = &["create", "delete", "push", "pull_request"];

/// Of an organization also which repositories come and go.
const ORGANIZATION: &[&str] = &["create", "delete", "push", "pull_request", "repository"];

pub(super) fn events(sort: PlaceSort) -> &'static [&'static str] {
    match sort {
        PlaceSort::Repository => REPOSITORY,
        PlaceSort::Owner => ORGANIZATION,
    }
}

/// What is not read: `authorization_header`, which comes in clear.
#[derive(Deserialize)]
struct Described {
    id: Id,
    config: Config,
    /// Null where there is none.
    events: Option<Vec<Words>>,
    active: bool,
}

#[derive(Deserialize)]
struct Config {
    url: Option<Text<4096>>,
}

#[derive(Serialize)]
struct Wanted<'a> {
    r#type: &'static str,
    active: bool,
    events: &'static [&'static str],
    config: WantedConfig<'a>,
}

#[derive(Serialize)]
struct WantedConfig<'a> {
    url: &'a str,
    content_type: &'static str,
    secret: &'a str,
}

impl Described {
    fn hook(self) -> Hook {
        let events = self.events.unwrap_or_default();
        Hook {
            id: self.id.0,
            url: self.config.url.map(|url| url.0).unwrap_or_default(),
            events: events.into_iter().map(|event| event.0).collect(),
            active: self.active,
            state: match self.active {
                true => HookState::Unknown,
                false => HookState::Disabled {
                    why: "it is switched off".to_owned(),
                },
            },
            secret_set: None,
        }
    }
}

impl GiteaApi {
    async fn install_hook(&self, place: &Place, hook: &NewHook) -> Result<Installed, ApiError> {
        let secret = hook.secret(SecretKind::Hmac);
        let secret = secret.ok_or_else(|| no_secret("hmac"))?;
        let text = std::str::from_utf8(secret.expose());
        let wanted = Wanted {
            r#type: self.dialect.hook_type,
            active: true,
            events: events(place.sort()),
            config: WantedConfig {
                url: &hook.url,
                content_type: "json",
                secret: text.map_err(|_| problem!(Refused, "the hook's secret is not UTF-8"))?,
            },
        };
        let call = Call::create(hooks_of(place, &[])?)
            .with(&wanted)?
            .hiding_address(&hook.url)
            .hiding(secret.expose());
        let answer = self.session.call(call).await;
        let answer = answer.map_err(|error| of_owner(place, error))?;
        let made = answer.json::<Described>()?.hook();
        let pushes = made.events.iter().any(|event| event == "push");
        if !made.active || !pushes {
            let error = answer.not_understood("the hook is off, or is not told of pushes");
            return Err(undo(self, place, &made.id, error).await);
        }
        Ok(Installed {
            hook: made,
            secret: SecretKind::Hmac,
        })
    }

    async fn test_hook(&self, place: &Place, id: &str) -> Result<Proof, ApiError> {
        let Place::Repository { full_name, .. } = place else {
            let missing = NotOffered {
                provider: self.dialect.name,
                ..NO_OWNER_TEST
            };
            return Err(missing.into());
        };
        let route = hooks_of(place, &[names::id(id)?, "tests"])?;
        let Err(error) = self.session.call(Call::post(route)).await else {
            return Ok(Proof::Push { moves: false });
        };
        // Of an empty repository Gitea says that something is missing, and Forgejo fails.
        let (owner, name) = names::pair(full_name)?;
        match error.problem {
            Problem::NotFound | Problem::Server => {
                let repository = Route::of(["repos", owner, name]);
                let empty = self.repository(repository).await?.empty;
                match empty == Some(true) {
                    true => Err(error.of_empty()),
                    false => Err(error),
                }
            }
            _ => Err(error),
        }
    }
}

/// That an owner is not there among the organizations. Of those that are, others than their owners hear that they may
/// not.
fn of_owner(place: &Place, error: ApiError) -> ApiError {
    match place.sort() == PlaceSort::Owner && error.problem == Problem::NotFound {
        true => error
            .turned_into(Problem::NotOffered)
            .and("it is no organization, and users have no hooks for all their repositories"),
        false => error,
    }
}

impl Hooks for GiteaApi {
    fn list<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Vec<Hook>, ApiError>> {
        async move {
            let route = hooks_of(place, &[])?;
            let hooks: Result<Vec<Described>, _> = self.session.whole_counted(route, 50).await;
            let hooks = hooks.map_err(|error| of_owner(place, error))?;
            Ok(hooks.into_iter().map(Described::hook).collect())
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
        self.test_hook(place, id).boxed()
    }
}
