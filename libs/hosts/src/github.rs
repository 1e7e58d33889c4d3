//! GitHub: github.com and Enterprise Server.
//!
//! Address: `api.github.com`, and `/api/v3` below the pages of an Enterprise Server.
//! Key:     any token as `Bearer`; Basic where a server still takes it.
//! Names:   a renamed repository answers 301 to its path by id. Hidden ones are 404.
//! Hooks:   of repositories and organizations; a test is a ping; the secret reads back as asterisks.
//! Log:     of the last days, with the delivery's id as `guid`.
//! Limits:  `x-ratelimit-*`; the secondary ones come as 403 or 429.

mod app;
mod deliveries;
mod hooks;
mod identity;
mod repository;
mod statuses;

use std::time::Duration;

pub use app::{App, AppKey, Installation, Minted, NewApp, Opens};

use crate::{
    ApiError, Deliveries, HostApi, Identity, Key, Need, NotOffered, Place, PlaceSort, Rights,
    Statuses,
    client::{Route, Session},
    names,
    provider::{Provider, Shown, authorization, basic},
};

/// GitHub's secondary limits on calls that create content ("Rate limits for the REST API").
const CREATIONS: &[(u32, Duration)] = &[
    (80, Duration::from_secs(60)),
    (500, Duration::from_secs(60 * 60)),
];

/// The provider `github`.
pub(crate) struct GitHub;

impl Provider for GitHub {
    fn name(&self) -> &'static str {
        "github"
    }

    fn api_url(&self, url: &str) -> String {
        match url {
            "https://github.com" => "https://api.github.com".to_owned(),
            own => format!("{own}/api/v3"),
        }
    }

    fn calls_per_hour(&self) -> u32 {
        // Of one user ("Rate limits for the REST API").
        5_000
    }

    fn creations(&self) -> &'static [(u32, Duration)] {
        CREATIONS
    }

    fn pings_on_install(&self) -> bool {
        true
    }

    fn accept(&self) -> &'static str {
        "application/vnd.github+json"
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[("x-github-api-version", "2022-11-28")]
    }

    fn opened_by(&self, key: &Key) -> Result<Option<Shown>, ApiError> {
        Ok(match key {
            Key::Nobody => None,
            Key::Token(token) => Some(authorization("Bearer", token.expose())),
            Key::Password { user, password } => Some(basic(user, password.expose())),
        })
    }

    fn open(&'static self, session: Session) -> Box<dyn HostApi> {
        Box::new(GitHubApi { session })
    }

    fn events(&self, sort: PlaceSort) -> &'static [&'static str] {
        hooks::events(sort)
    }

    fn missing(&self, need: Need, identity: &Identity, rights: Option<&Rights>) -> Option<String> {
        identity::missing(need, identity, rights)
    }

    fn not_offered(&self) -> &'static [NotOffered] {
        &[]
    }
}

/// GitHub's API, opened with a key.
struct GitHubApi {
    session: Session,
}

impl HostApi for GitHubApi {
    fn deliveries(&self) -> Result<&dyn Deliveries, NotOffered> {
        Ok(self)
    }

    fn statuses(&self) -> Result<&dyn Statuses, NotOffered> {
        Ok(self)
    }
}

/// The hooks of a place, and what is below them.
fn hooks_of(place: &Place, below: &[&str]) -> Result<Route, ApiError> {
    let mut segments = match place {
        Place::Repository { full_name, .. } => {
            let (owner, name) = names::pair(full_name)?;
            vec!["repos", owner, name]
        }
        Place::Owner { name } => vec!["orgs", names::whole(name)?],
    };
    segments.push("hooks");
    segments.extend(below);
    Ok(Route::of(segments))
}
