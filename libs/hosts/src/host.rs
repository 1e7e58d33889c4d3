//! A host, to be opened with credentials.

use std::{fmt, time::Duration};

use sluice_events::v1;
use sluice_registry::Plaintext;

use crate::{
    ApiError, App, AppKey, Budget, HostApi, Identity, Key, Need, NewApp, NotOffered, PROVIDERS,
    PlaceSort, Rights, Settings,
    client::{Client, Session},
    error::problem,
    provider::Provider,
};

/// One installation of Git host software. Clones share its connections, its budget, and what is kept of its answers.
#[derive(Clone)]
pub struct Host(Client);

impl Host {
    /// For a registered host. Nothing is sent yet.
    ///
    /// # Errors
    /// If its kind is not known, or its address may not be spoken to.
    pub fn new(host: &v1::Host, settings: Settings, budget: Budget) -> Result<Self, ApiError> {
        let unknown = || {
            problem!(
                NotOffered,
                "the host `{}` is of the kind `{}`, whose API is not known",
                host.name,
                host.provider
            )
        };
        let provider = known(&host.provider).ok_or_else(unknown)?;
        Client::new(host, provider, settings, budget).map(Self)
    }

    /// Its API, opened with a key. Nothing is sent yet.
    ///
    /// # Errors
    /// If this kind of host does not take such a key.
    pub fn open(&self, key: &Key) -> Result<Box<dyn HostApi>, ApiError> {
        let session = Session::new(self.0.clone(), key)?;
        Ok(self.provider().open(session))
    }

    /// The kind of host, such as `github`.
    #[must_use]
    pub fn provider_name(&self) -> &'static str {
        self.provider().name()
    }

    /// The events that [`crate::Hooks::install`] subscribes to, in the host's words.
    #[must_use]
    pub fn events(&self, sort: PlaceSort) -> &'static [&'static str] {
        self.provider().events(sort)
    }

    /// What a credential lacks for something, in the host's words. `None`: nothing, as far as the host says.
    ///
    /// The rights are those in the repository that it is about, once known.
    #[must_use]
    pub fn missing(
        &self,
        need: Need,
        identity: &Identity,
        rights: Option<&Rights>,
    ) -> Option<String> {
        self.provider().missing(need, identity, rights)
    }

    /// Whether this kind of host sends a ping when a hook is installed, unasked.
    #[must_use]
    pub fn pings_on_install(&self) -> bool {
        self.provider().pings_on_install()
    }

    /// Whether its test is a push that nothing marks as one, and that says that a branch moved.
    #[must_use]
    pub fn test_moves(&self) -> bool {
        self.provider().test_moves()
    }

    /// What this kind of host does not have.
    #[must_use]
    pub fn not_offered(&self) -> &'static [NotOffered] {
        self.provider().not_offered()
    }

    /// The budget of calls.
    #[must_use]
    pub fn budget(&self) -> &Budget {
        self.0.budget()
    }

    /// An App of this host, which proves itself by its private key. Nothing is sent yet.
    ///
    /// # Errors
    /// If this kind of host has no Apps.
    pub fn app(&self, key: AppKey) -> Result<App, ApiError> {
        Ok(App::new(self.with_apps()?, key))
    }

    /// Takes over an App that somebody has just registered at the host by a manifest, for the code that the host gave them.
    /// It can be done once.
    ///
    /// # Errors
    /// If this kind of host has no Apps, or it does not take the code.
    pub async fn take_over_app(&self, code: &Plaintext) -> Result<NewApp, ApiError> {
        NewApp::for_code(self.with_apps()?, code).await
    }

    fn with_apps(&self) -> Result<Client, ApiError> {
        match self.provider_name() {
            "github" => Ok(self.0.clone()),
            other => Err(problem!(
                NotOffered,
                "a host of the kind {other} has no Apps"
            )),
        }
    }

    fn provider(&self) -> &'static dyn Provider {
        self.0.provider()
    }
}

/// How many calls that create something a kind of host takes in how much time, as it documents; each bound holds. For
/// [`Budget::creating`].
#[must_use]
pub fn creations(provider: &str) -> &'static [(u32, Duration)] {
    known(provider).map_or(&[], |known| known.creations())
}

/// How many calls a kind of host takes in an hour. 0: there is no such kind.
pub(crate) fn calls_per_hour(provider: &str) -> u32 {
    known(provider).map_or(0, |known| known.calls_per_hour())
}

fn known(name: &str) -> Option<&'static dyn Provider> {
    PROVIDERS.iter().find(|it| it.name() == name).copied()
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Host").field(&self.provider_name()).finish()
    }
}
