//! The host as a test holds it.

use std::{
    sync::{Arc, MutexGuard},
    time::Duration,
};

use actix_web::dev::ServerHandle;
use jiff::Timestamp;
use tokio::task::JoinHandle;

use crate::{
    Call, Delivery, Kind, Limits, PlannedFault, PushBuilder, RepositoryBuilder, Secret,
    TokenBuilder,
    deliver::Deliverer,
    serve::Shared,
    server,
    state::{Hook, Scope, State},
};

/// A test that waits for more has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A Git host. It ends when it is dropped.
pub struct FakeHost {
    pub(crate) shared: Arc<Shared>,
    kind: Kind,
    url: String,
    server: ServerHandle,
    tasks: Vec<JoinHandle<()>>,
}

/// A hook as the host knows it, with what its API never tells.
#[derive(Debug, Clone)]
pub struct FakeHook {
    /// Its id.
    pub id: u64,
    /// Where deliveries go.
    pub url: String,
    /// What it listens to: `push`; at GitLab `push_events`.
    pub events: Vec<String>,
    /// Whether it is active. At GitLab: whether it was not disabled for good.
    pub active: bool,
    /// `json` or `form`.
    pub content_type: String,
    /// By which deliveries are signed; at GitLab the secret token.
    pub secret: Option<Secret>,
    /// GitLab's signing token.
    pub signing_token: Option<Secret>,
    /// What Gitea sends as `Authorization`; empty if nothing.
    pub authorization: Secret,
    /// The branches that it is for; empty for all.
    pub branch_filter: String,
}

impl FakeHost {
    /// Starts one without repositories. It must run inside a Tokio runtime, which sends its webhooks.
    pub async fn start(kind: Kind) -> Self {
        let (listener, origin) = server::bind();
        let (deliverer, outbox) = Deliverer::new(kind);
        let shared = Arc::new(Shared::new(State::new(kind, origin.clone()), outbox));
        let (server, handle) = server::serve(listener, Arc::clone(&shared));
        let tasks = vec![
            tokio::spawn(async move {
                // That it ended is seen by whoever calls it.
                let _ = server.await;
            }),
            tokio::spawn(deliverer.run(Arc::clone(&shared))),
        ];
        Self {
            shared,
            kind,
            url: origin,
            server: handle,
            tasks,
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

    /// All calls so far, also those that were refused or cut.
    pub fn calls(&self) -> Vec<Call> {
        self.state().journal.calls().to_vec()
    }

    /// All calls, once they are as told. A test that waits for more than 30 s has failed.
    pub async fn wait_for(&self, told: impl Fn(&[Call]) -> bool) -> Vec<Call> {
        self.until("the calls", |state| {
            let calls = state.journal.calls();
            told(calls).then(|| calls.to_vec())
        })
        .await
    }

    /// The webhooks sent for a hook so far, oldest first, once they are answered or given up.
    pub fn deliveries(&self, hook: u64) -> Vec<Delivery> {
        self.state().deliveries_of(hook)
    }

    /// The same, once they are as told. A test that waits for more than 30 s has failed.
    pub async fn wait_for_deliveries(
        &self,
        hook: u64,
        told: impl Fn(&[Delivery]) -> bool,
    ) -> Vec<Delivery> {
        self.until("the deliveries", |state| {
            let deliveries = state.deliveries_of(hook);
            told(&deliveries).then_some(deliveries)
        })
        .await
    }

    async fn until<T>(&self, what: &str, found: impl Fn(&State) -> Option<T>) -> T {
        let mut changes = self.shared.changes();
        let waiting = async {
            loop {
                if let Some(found) = found(&self.state()) {
                    return found;
                }
                changes.changed().await.expect("the host runs");
            }
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .unwrap_or_else(|_| panic!("never came: {what}"))
    }

    /// The hooks of a repository, or of an owner, oldest first.
    pub fn hooks(&self, name: &str) -> Vec<FakeHook> {
        let state = self.state();
        let repository = state.repository_named(name);
        let owner = || state.account(name).map(|owner| Scope::Owner(owner.id));
        let scope = repository
            .map(|repository| Scope::Repository(repository.id))
            .or_else(owner);
        let scope = scope.unwrap_or_else(|| panic!("{name}: no such repository or owner"));
        state.hooks_of(scope).into_iter().map(seen).collect()
    }

    /// Removes the hooks of a repository or an owner, as somebody does in the host's settings.
    pub fn remove_hooks(&self, name: &str) {
        let gone: Vec<_> = self.hooks(name).iter().map(|hook| hook.id).collect();
        self.state().hooks.retain(|hook| !gone.contains(&hook.id));
    }

    /// A push to a repository, once it is delivered.
    pub fn push(&self, full_name: &str) -> PushBuilder<'_> {
        PushBuilder::new(self, full_name)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }
}

fn seen(hook: &Hook) -> FakeHook {
    FakeHook {
        id: hook.id,
        url: hook.url.clone(),
        events: hook.events.clone(),
        active: hook.active,
        content_type: hook.content_type.clone(),
        secret: hook.secret.clone(),
        signing_token: hook.signing.clone(),
        authorization: Secret::new(hook.authorization.clone()),
        branch_filter: hook.branch_filter.clone(),
    }
}

impl Drop for FakeHost {
    fn drop(&mut self) {
        // The order is given by the call; there is nobody who could wait for its end.
        drop(self.server.stop(false));
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}
