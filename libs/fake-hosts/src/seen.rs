//! What a test sees of a host from inside.

use std::time::Duration;

use crate::{
    Call, Delivery, FakeHost, Secret,
    state::{Hook, Scope, State},
};

/// A test that waits for more has failed.
const PATIENCE: Duration = Duration::from_secs(30);

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
    /// Removes the hooks of a repository or an owner, as somebody does in the host's settings.
    pub fn remove_hooks(&self, name: &str) {
        let gone: Vec<_> = self.hooks(name).iter().map(|hook| hook.id).collect();
        self.state().hooks.retain(|hook| !gone.contains(&hook.id));
    }

    /// Has the hooks of a repository or an owner hear of something no more, as somebody does in the host's settings.
    pub fn untick(&self, name: &str, event: &str) {
        let meant: Vec<_> = self.hooks(name).iter().map(|hook| hook.id).collect();
        let mut state = self.state();
        let hooks = state.hooks.iter_mut();
        for hook in hooks.filter(|hook| meant.contains(&hook.id)) {
            hook.events.retain(|known| known != event);
        }
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
