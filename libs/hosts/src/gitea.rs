//! Gitea, and the API that Forgejo shares with it.
//!
//! Address: `/api/v1` below its pages.
//! Key:     tokens after the word `token`; Basic with a password.
//! Names:   a renamed repository answers 301 (Gitea) or 307 (Forgejo). Hidden ones are 404.
//! Hooks:   of repositories and organizations; off unless asked otherwise; events that are not known are dropped in
//!          silence; a test is a push with the same object before and after, of repositories' hooks alone.
//! Log:     none by API. Scopes and ends of tokens are not told.
//! Limits:  none of its own; who runs it may have some before it.

mod hooks;
mod identity;
mod repository;
mod statuses;

use crate::{
    ApiError, Deliveries, HostApi, Identity, Key, Need, NotOffered, Place, PlaceSort, Rights,
    Statuses,
    client::{Route, Session},
    names,
    provider::{Provider, Shown, authorization, basic},
};

/// Software that speaks this API.
pub(crate) struct Dialect {
    pub(crate) name: &'static str,
    /// What its own hooks are called. The other's are taken by Forgejo and refused by Gitea.
    pub(crate) hook_type: &'static str,
    pub(crate) no_log: NotOffered,
    pub(crate) not_offered: &'static [NotOffered],
}

/// That it does not tell what it delivered.
pub(crate) const NO_LOG: NotOffered = NotOffered {
    provider: "gitea",
    what: "a log of deliveries",
    why: "only a hook's own page shows its last ten; what is missed is found by comparing refs",
};

/// That an owner's hook cannot be tried.
pub(crate) const NO_OWNER_TEST: NotOffered = NotOffered {
    provider: "gitea",
    what: "tests of an organization's hooks",
    why: "only hooks of repositories have a test; push to one of its repositories",
};

/// The provider `gitea`.
pub(crate) static GITEA: Dialect = Dialect {
    name: "gitea",
    hook_type: "gitea",
    no_log: NO_LOG,
    not_offered: &[NO_LOG, NO_OWNER_TEST],
};

impl Provider for Dialect {
    fn name(&self) -> &'static str {
        self.name
    }

    fn api_url(&self, url: &str) -> String {
        format!("{url}/api/v1")
    }

    fn calls_per_hour(&self) -> u32 {
        // No limit is documented; five in a second are little even for a small machine.
        18_000
    }

    fn opened_by(&self, key: &Key) -> Result<Option<Shown>, ApiError> {
        Ok(match key {
            Key::Nobody => None,
            Key::Token(token) => Some(authorization("token", token.expose())),
            Key::Password { user, password } => Some(basic(user, password.expose())),
        })
    }

    fn open(&'static self, session: Session) -> Box<dyn HostApi> {
        Box::new(GiteaApi {
            session,
            dialect: self,
        })
    }

    fn events(&self, sort: PlaceSort) -> &'static [&'static str] {
        hooks::events(sort)
    }

    fn missing(&self, need: Need, identity: &Identity, rights: Option<&Rights>) -> Option<String> {
        identity::missing(need, identity, rights)
    }

    fn not_offered(&self) -> &'static [NotOffered] {
        self.not_offered
    }
}

/// Gitea's or Forgejo's API, opened with a key.
struct GiteaApi {
    session: Session,
    dialect: &'static Dialect,
}

impl HostApi for GiteaApi {
    fn deliveries(&self) -> Result<&dyn Deliveries, NotOffered> {
        Err(self.dialect.no_log)
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
