//! Hooks at GitLab.

mod install;

use std::collections::BTreeMap;

use futures_util::{FutureExt, future::BoxFuture};
use serde::Deserialize;
use serde_json::Value;

use super::{GitLabApi, hooks_of};
use crate::{
    ApiError, Hook, HookState, Hooks, Installed, NewHook, Place, PlaceSort, Problem, Proof,
    client::Call,
    hook::removed,
    names,
    wire::{Id, Moment, Text, Words},
};

/// What is understood of a project's events, and the warning that one of its tokens ends.
const PROJECT: &[&str] = &[
    "push_events",
    "tag_push_events",
    "merge_requests_events",
    "resource_access_token_events",
];

/// Of a group also what comes and goes in it.
const GROUP: &[&str] = &[
    "push_events",
    "tag_push_events",
    "merge_requests_events",
    "resource_access_token_events",
    "member_events",
    "project_events",
    "subgroup_events",
];

pub(super) fn events(sort: PlaceSort) -> &'static [&'static str] {
    match sort {
        PlaceSort::Repository => PROJECT,
        PlaceSort::Owner => GROUP,
    }
}

#[derive(Deserialize)]
struct Described {
    id: Id,
    url: Text<4096>,
    alert_status: Option<Words>,
    disabled_until: Option<Moment>,
    token_present: Option<bool>,
    /// Not said before version 19.0.
    signing_token_present: Option<bool>,
    /// The events, each with whether it is told of, and what else there is.
    #[serde(flatten)]
    flags: BTreeMap<String, Value>,
}

impl Described {
    fn hook(self) -> Hook {
        let state = self.state();
        let told = self.flags.into_iter();
        let told = told.filter(|(name, on)| name.ends_with("_events") && *on == Value::Bool(true));
        Hook {
            id: self.id.0,
            url: self.url.0,
            events: told
                .map(|(name, _)| name)
                .filter(|name| is_word(name))
                .collect(),
            active: !matches!(state, HookState::Disabled { .. }),
            state,
            secret_set: match (self.token_present, self.signing_token_present) {
                (None, None) => None,
                (token, signing) => Some(token == Some(true) || signing == Some(true)),
            },
        }
    }

    fn state(&self) -> HookState {
        let until = self.disabled_until.and_then(|moment| moment.0);
        let said = self
            .alert_status
            .as_ref()
            .map_or("", |said| said.0.as_str());
        let why = said.to_owned();
        match said {
            "executable" => HookState::Working,
            "temporarily_disabled" => HookState::Failing { why, until },
            "disabled" => HookState::Disabled { why },
            _ => HookState::Unknown,
        }
    }
}

fn is_word(name: &str) -> bool {
    name.len() <= 100
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

impl GitLabApi {
    /// A push with the last commits, as if they were new.
    async fn test_hook(&self, place: &Place, id: &str) -> Result<Proof, ApiError> {
        let route = hooks_of(place, &[names::id(id)?, "test", "push_events"])?;
        let Err(error) = self.session.call(Call::post(route)).await else {
            return Ok(Proof::Push { moves: true });
        };
        let Place::Repository { id, full_name } = place else {
            return Err(of_group(place, error));
        };
        if error.problem != Problem::Refused {
            return Err(error);
        }
        let name = if id.is_empty() { full_name } else { id };
        match self.project(name).await?.empty {
            Some(true) => Err(error.of_empty()),
            _ => Err(error.and("a test has this answer, too, when its delivery failed")),
        }
    }
}

/// Groups' hooks are a matter of the plan, which GitLab does not say.
fn of_group(place: &Place, error: ApiError) -> ApiError {
    let hidden = matches!(error.problem, Problem::NotFound | Problem::Forbidden);
    match hidden && place.sort() == PlaceSort::Owner {
        true => error
            .turned_into(Problem::NotOffered)
            .and("hooks of groups are offered by paid plans alone, and to owners of the group"),
        false => error,
    }
}

impl Hooks for GitLabApi {
    fn list<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Vec<Hook>, ApiError>> {
        async move {
            let route = hooks_of(place, &[])?.with("per_page", "100");
            let hooks: Result<Vec<Described>, _> = self.session.whole(route).await;
            let hooks = hooks.map_err(|error| of_group(place, error))?;
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
