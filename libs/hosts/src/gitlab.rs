//! GitLab: gitlab.com and installations of one's own.
//!
//! Address: `/api/v4` below its pages.
//! Key:     personal, project and group tokens in `PRIVATE-TOKEN`. No passwords.
//! Names:   a project by its id, or by its whole path as one segment. Hidden ones are 404.
//! Hooks:   of projects, and of groups where that is paid for; a test is a push. Neither secret is ever shown, only
//!          whether there is one; versions before 19.0 ignore signing tokens in silence.
//! Log:     of the last seven days, from version 17.3 on.
//! Limits:  `RateLimit-*`; tests five a minute.

mod deliveries;
mod hooks;
mod identity;
mod repository;
mod statuses;

use reqwest::header::HeaderName;
use zeroize::Zeroizing;

use crate::{
    ApiError, Deliveries, HostApi, Identity, Key, Need, NotOffered, Place, PlaceSort, Rights,
    Statuses,
    client::{Route, Session},
    error::problem,
    names,
    provider::{Provider, Shown},
};

/// The provider `gitlab`.
pub(crate) struct GitLab;

impl Provider for GitLab {
    fn name(&self) -> &'static str {
        "gitlab"
    }

    fn calls_per_hour(&self) -> u32 {
        // gitlab.com takes 400 a minute of what is asked for most, reading one project.
        24_000
    }

    fn test_moves(&self) -> bool {
        true
    }

    fn api_url(&self, url: &str) -> String {
        format!("{url}/api/v4")
    }

    fn opened_by(&self, key: &Key) -> Result<Option<Shown>, ApiError> {
        match key {
            Key::Nobody => Ok(None),
            Key::Token(token) => {
                let value = Zeroizing::new(token.expose().to_vec());
                Ok(Some((HeaderName::from_static("private-token"), value)))
            }
            Key::Password { .. } => Err(problem!(
                Credential,
                "GitLab's API takes no passwords; give a token"
            )),
        }
    }

    fn open(&'static self, session: Session) -> Box<dyn HostApi> {
        Box::new(GitLabApi { session })
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

/// GitLab's API, opened with a key.
struct GitLabApi {
    session: Session,
}

impl HostApi for GitLabApi {
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
        // Its id stays when it is renamed.
        Place::Repository { id, .. } if !id.is_empty() => vec!["projects", names::id(id)?],
        Place::Repository { full_name, .. } => vec!["projects", names::namespaced(full_name)?],
        Place::Owner { name } => vec!["groups", names::whole(name)?],
    };
    segments.push("hooks");
    segments.extend(below);
    Ok(Route::of(segments))
}
