//! GitHub Apps: who they are, where they are installed, and how they prove it.

mod jwt;
mod keys;
mod seen;

use std::time::Duration;

use crate::{
    FakeHost, clock, random,
    secret::Secret,
    state::{Reach, State, Token},
};

pub(crate) use jwt::{identify, is_jwt};
pub use keys::AppKeys;
pub use seen::SeenInstallationToken;

/// How long a token of an installation lives.
const LIFE: Duration = Duration::from_secs(3600);

/// An App.
pub(crate) struct App {
    pub(crate) id: u64,
    pub(crate) slug: String,
    pub(crate) client_id: String,
    /// The RSA public key in DER, as PKCS #1 has it.
    pub(crate) key: Vec<u8>,
    pub(crate) installations: Vec<Installation>,
    /// Where its webhook goes. Empty: it has none.
    pub(crate) hook_url: String,
}

/// An App that was registered by a manifest, and that nobody has taken over yet.
pub(crate) struct Registered {
    pub(crate) code: String,
    pub(crate) app: u64,
    pub(crate) owner: u64,
    pub(crate) private_key: String,
    pub(crate) webhook_secret: String,
    pub(crate) until: jiff::Timestamp,
}

/// An App installed for an owner.
#[derive(Clone)]
pub(crate) struct Installation {
    pub(crate) id: u64,
    pub(crate) owner: u64,
    /// `None`: all that the owner has.
    pub(crate) selected: Option<Vec<u64>>,
    /// Names with `read` or `write`.
    pub(crate) permissions: Vec<(String, String)>,
    /// Since when it lets nothing be done.
    pub(crate) suspended_at: Option<jiff::Timestamp>,
}

/// An App, changed by each word at once.
pub struct AppBuilder<'h> {
    host: &'h FakeHost,
    id: u64,
}

impl FakeHost {
    /// An App of GitHub that proves itself by this RSA key: the public key in DER as PKCS #1 has it, which is what `ring`
    /// gives for a pair of keys.
    pub fn app(&self, slug: &str, public_key: &[u8]) -> AppBuilder<'_> {
        let mut state = self.state();
        let id = state.id();
        state.apps.push(App {
            id,
            slug: slug.to_owned(),
            client_id: format!("Iv23li{}", random::word(14)),
            key: public_key.to_vec(),
            installations: Vec::new(),
            hook_url: String::new(),
        });
        AppBuilder { host: self, id }
    }
}

impl FakeHost {
    /// The keys of the next App that somebody registers by a manifest: the private one in PEM, the public one as
    /// [`FakeHost::app`] takes it. A real host makes them itself.
    pub fn next_app_keys(&self, private_key: &str, public_key: &[u8]) {
        self.state().next_app_keys = Some((private_key.to_owned(), public_key.to_vec()));
    }

    /// Suspends an installation, or lets it go on.
    pub fn suspend_installation(&self, id: u64, suspended: bool) {
        let mut state = self.state();
        let since = suspended.then(|| state.now());
        let all = state.apps.iter_mut().flat_map(|app| &mut app.installations);
        for installation in all.filter(|installation| installation.id == id) {
            installation.suspended_at = since;
        }
    }

    /// Gives an installation these repositories, and no others.
    pub fn select_repositories(&self, id: u64, repositories: &[&str]) {
        let names = repositories.iter();
        let selected: Vec<_> = names.map(|name| self.repository_id(name)).collect();
        let mut state = self.state();
        let all = state.apps.iter_mut().flat_map(|app| &mut app.installations);
        for installation in all.filter(|installation| installation.id == id) {
            installation.selected = Some(selected.clone());
        }
    }
}

impl AppBuilder<'_> {
    /// Its id.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Its client id, which is as good as the other in a JWT.
    pub fn client_id(&self) -> String {
        let state = self.host.state();
        let app = state.apps.iter().find(|app| app.id == self.id);
        app.map(|app| app.client_id.clone()).unwrap_or_default()
    }

    /// Installs it for an owner with these permissions, `repository_hooks:write`: for all repositories if none is named, else for
    /// those. The id of the installation.
    pub fn install(&self, owner: &str, permissions: &[&str], repositories: &[&str]) -> u64 {
        let selected = repositories
            .iter()
            .map(|name| self.host.repository_id(name));
        let selected: Vec<_> = selected.collect();
        let mut state = self.host.state();
        let installation = Installation {
            id: state.id(),
            owner: state.owner(owner),
            selected: (!selected.is_empty()).then_some(selected),
            permissions: permissions.iter().map(|text| permission(text)).collect(),
            suspended_at: None,
        };
        let id = installation.id;
        if let Some(app) = state.apps.iter_mut().find(|app| app.id == self.id) {
            app.installations.push(installation);
        }
        id
    }
}

/// `repository_hooks:write`, taken apart.
fn permission(text: &str) -> (String, String) {
    let (name, level) = text.split_once(':').unwrap_or((text, "read"));
    (name.to_owned(), level.to_owned())
}

impl State {
    pub(crate) fn installation(&self, id: u64) -> Option<(&App, &Installation)> {
        let pairs = self.apps.iter().flat_map(|app| {
            let installations = app.installations.iter();
            installations.map(move |installation| (app, installation))
        });
        pairs
            .into_iter()
            .find(|(_, installation)| installation.id == id)
    }

    /// Whether an installation was given a repository.
    pub(crate) fn covers(&self, installation: &Installation, repository: u64) -> bool {
        let owner = self.repository(repository).map(|found| found.owner);
        let selected = installation.selected.as_ref();
        owner == Some(installation.owner)
            && selected.is_none_or(|selected| selected.contains(&repository))
    }

    /// Whether a token of an installation reaches a repository: it may be narrower than its installation.
    pub(crate) fn reaches(&self, reach: &Reach, repository: u64) -> bool {
        let installation = self.installation(reach.installation);
        let narrowed = reach.repositories.as_ref();
        installation.is_some_and(|(_, installation)| self.covers(installation, repository))
            && narrowed.is_none_or(|narrowed| narrowed.contains(&repository))
    }

    /// Whether it is the token of an installation for that owner.
    pub(crate) fn reaches_owner(&self, token: &Token, owner: u64) -> bool {
        let reach = token.reach.as_ref();
        let installation = reach.and_then(|reach| self.installation(reach.installation));
        installation.is_some_and(|(_, installation)| installation.owner == owner)
    }

    /// A new token of an installation, as GitHub makes them since 2026: long, and with dots in it.
    pub(crate) fn mint(&mut self, app: u64, reach: Reach) -> u64 {
        let parts = [random::word(80), random::word(240), random::word(200)];
        let value = format!("ghs_{app}_{}", parts.join("."));
        let expires_at = clock::later(self.now(), LIFE);
        let token = Token {
            id: self.id(),
            value: Secret::new(value),
            name: String::new(),
            user: String::new(),
            scopes: None,
            expires_at: Some(expires_at),
            revoked: false,
            family: 0,
            created_at: self.now(),
            reach: Some(reach),
        };
        let id = token.id;
        self.tokens.push(token);
        id
    }
}
