//! The host as a test holds it.

use std::{
    sync::{Arc, MutexGuard},
    time::Duration,
};

use actix_web::dev::ServerHandle;
use jiff::Timestamp;

use crate::{
    Kind, Limits, PlannedFault, PushBuilder, RepositoryBuilder, TokenBuilder, deliver::Deliverer,
    serve::Shared, server, state::State,
};

/// A Git host. It ends when it is dropped.
pub struct FakeHost {
    pub(crate) shared: Arc<Shared>,
    kind: Kind,
    url: String,
    server: ServerHandle,
}

impl FakeHost {
    /// Starts one without repositories.
    pub async fn start(kind: Kind) -> Self {
        let (listener, origin) = server::bind();
        let (deliverer, outbox) = Deliverer::new(kind);
        let shared = Arc::new(Shared::new(State::new(kind, origin.clone()), outbox));
        Self {
            server: server::start(listener, Arc::clone(&shared), deliverer),
            shared,
            kind,
            url: origin,
        }
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Where it is: `http://127.0.0.1:1234`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The base of its API.
    pub fn api_url(&self) -> String {
        format!("{}{}", self.url, self.kind.api_base())
    }

    /// Says that it is of another version. GitLab knows signing tokens from 19, resending from 17.4 on.
    pub fn set_version(&self, major: u32, minor: u32) {
        self.state().version = (major, minor);
    }

    /// GitLab: whether the licence has hooks of groups, which it has at first.
    pub fn license_group_hooks(&self, licensed: bool) {
        self.state().group_hooks = licensed;
    }

    /// How long the host waits for the answer to a webhook; at first as long as the real one.
    pub fn set_delivery_deadline(&self, deadline: Duration) {
        self.shared.set_deadline(deadline);
    }

    /// A new repository, once it is created. Owners are made as needed: organizations, unless a user of that name is known.
    pub fn repository(&self, full_name: &str) -> RepositoryBuilder<'_> {
        RepositoryBuilder::new(self, full_name)
    }

    /// An organization or a group, with the groups around it, for what is to be said of it before it has repositories.
    pub fn organization(&self, path: &str) {
        self.state().owner(path);
    }

    /// A token of this value, new or known. At once it is that of a user of its own, may do whatever its user may, and
    /// never expires.
    pub fn token(&self, value: &str) -> TokenBuilder<'_> {
        TokenBuilder::new(self, value)
    }

    /// Gives a user, new or known, a password.
    pub fn password(&self, login: &str, password: &str) {
        self.state().set_password(login, password);
    }

    /// Plans a fault; of several for one call the one planned first happens.
    pub fn fault(&self, fault: impl Into<PlannedFault>) {
        self.state().faults.plan(fault.into());
    }

    /// Ends all faults.
    pub fn heal(&self) {
        self.state().faults.heal();
    }

    /// Enforces limits from now on.
    pub fn limits(&self, limits: Limits) {
        let mut state = self.state();
        state.clock.run(limits.clock_runs());
        state.limiter.enforce(limits);
    }

    /// The time by the host's clock.
    pub fn now(&self) -> Timestamp {
        self.state().now()
    }

    /// Puts the host's clock forward: tokens expire, windows of limits end.
    pub fn advance(&self, by: Duration) {
        self.state().clock.put_forward(by);
    }

    /// A push to a repository, once it is delivered.
    pub fn push(&self, full_name: &str) -> PushBuilder<'_> {
        PushBuilder::new(self, full_name)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }
}

impl Drop for FakeHost {
    fn drop(&mut self) {
        // The order is given by the call; there is nobody who could wait for its end.
        drop(self.server.stop(false));
    }
}
