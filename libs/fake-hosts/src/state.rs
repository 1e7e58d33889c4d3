//! What a host knows: one model for all kinds.

mod account;
mod changes;
mod hook;
mod repository;
mod token;

pub(crate) use account::Account;
pub use account::Role;
pub(crate) use hook::{Hook, Scope};
pub(crate) use repository::Repository;
pub use repository::Visibility;
pub(crate) use token::{Caller, Reach, Token};

use jiff::Timestamp;

use crate::{
    Delivery, Kind,
    apps::{App, Registered},
    clock::Clock,
    faults::Faults,
    journal::Journal,
    limits::Limiter,
};

/// Everything, behind one lock.
pub(crate) struct State {
    pub(crate) kind: Kind,
    /// Where it listens: `http://127.0.0.1:1234`.
    pub(crate) origin: String,
    /// The version that it says it is; for GitLab it decides what is known.
    pub(crate) version: (u32, u32),
    pub(crate) clock: Clock,
    pub(crate) accounts: Vec<Account>,
    pub(crate) repositories: Vec<Repository>,
    /// Old full names, with the ids of those who had them.
    pub(crate) moved: Vec<(String, u64)>,
    pub(crate) hooks: Vec<Hook>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) apps: Vec<App>,
    /// Apps that wait for whoever has the code.
    pub(crate) registered_apps: Vec<Registered>,
    /// Private and public key of the next App that is registered.
    pub(crate) next_app_keys: Option<(String, Vec<u8>)>,
    pub(crate) deliveries: Vec<Delivery>,
    pub(crate) journal: Journal,
    pub(crate) faults: Faults,
    pub(crate) limiter: Limiter,
    /// Whether groups have hooks, which at GitLab is a question of the licence.
    pub(crate) group_hooks: bool,
    last_id: u64,
}

impl State {
    pub(crate) fn new(kind: Kind, origin: String) -> Self {
        Self {
            kind,
            origin,
            version: kind.usual_version(),
            clock: Clock::new(),
            accounts: Vec::new(),
            repositories: Vec::new(),
            moved: Vec::new(),
            hooks: Vec::new(),
            tokens: Vec::new(),
            apps: Vec::new(),
            registered_apps: Vec::new(),
            next_app_keys: None,
            deliveries: Vec::new(),
            journal: Journal::default(),
            faults: Faults::default(),
            limiter: Limiter::default(),
            group_hooks: true,
            last_id: 100,
        }
    }

    /// A new id. Ids of all things come from one row, so that no test passes by mixing them up.
    pub(crate) fn id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The base of the API.
    pub(crate) fn api(&self) -> String {
        format!("{}{}", self.origin, self.kind.api_base())
    }

    /// The version as text.
    pub(crate) fn version_text(&self) -> String {
        format!("{}.{}.0", self.version.0, self.version.1)
    }
}
