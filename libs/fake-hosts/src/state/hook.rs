//! Hooks of repositories and owners.

use jiff::Timestamp;

use super::State;
use crate::secret::Secret;

/// What a hook hears of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Repository(u64),
    Owner(u64),
}

/// A hook. Kinds of hosts use what they have.
#[derive(Clone)]
pub(crate) struct Hook {
    pub(crate) id: u64,
    pub(crate) scope: Scope,
    pub(crate) url: String,
    /// GitLab: the secret token.
    pub(crate) secret: Option<Secret>,
    /// GitLab: the signing token.
    pub(crate) signing: Option<Secret>,
    /// `json` or `form`.
    pub(crate) content_type: String,
    /// `push`; at GitLab `push_events`.
    pub(crate) events: Vec<String>,
    pub(crate) active: bool,
    /// GitHub: `0` or `1`. GitLab: `1` without verification.
    pub(crate) insecure_ssl: String,
    /// Gitea: `gitea`. GitLab: the hook's name.
    pub(crate) label: String,
    pub(crate) branch_filter: String,
    /// Gitea: what is sent as `Authorization`, literally.
    pub(crate) authorization: String,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    /// GitLab: failures in a row.
    pub(crate) failures: u32,
    /// GitLab: until when nothing is sent.
    pub(crate) disabled_until: Option<Timestamp>,
    /// The last answer, if anything was ever sent.
    pub(crate) last_status: Option<Option<u16>>,
}

impl State {
    /// A hook with what hosts take for granted, not yet among the others.
    pub(crate) fn new_hook(&mut self, scope: Scope, url: &str) -> Hook {
        let (id, now) = (self.id(), self.now());
        Hook {
            id,
            scope,
            url: url.to_owned(),
            secret: None,
            signing: None,
            content_type: "form".to_owned(),
            events: Vec::new(),
            active: true,
            insecure_ssl: "0".to_owned(),
            label: String::new(),
            branch_filter: String::new(),
            authorization: String::new(),
            created_at: now,
            updated_at: now,
            failures: 0,
            disabled_until: None,
            last_status: None,
        }
    }

    /// The hooks of a repository or an owner, oldest first.
    pub(crate) fn hooks_of(&self, scope: Scope) -> Vec<&Hook> {
        let mut hooks: Vec<_> = self.hooks.iter().collect();
        hooks.retain(|hook| hook.scope == scope);
        hooks
    }

    pub(crate) fn hook(&self, scope: Scope, id: u64) -> Option<&Hook> {
        self.hooks
            .iter()
            .find(|hook| hook.scope == scope && hook.id == id)
    }

    /// The same to be changed, which moves its time of change.
    pub(crate) fn hook_mut(&mut self, id: u64) -> Option<&mut Hook> {
        let now = self.now();
        let hook = self.hooks.iter_mut().find(|hook| hook.id == id)?;
        hook.updated_at = now;
        Some(hook)
    }

    pub(crate) fn delete_hook(&mut self, id: u64) {
        self.hooks.retain(|hook| hook.id != id);
    }

    /// Every hook that hears of a repository: its own, its owner's, those of the groups around.
    pub(crate) fn hooks_hearing(&self, repository: u64) -> Vec<&Hook> {
        let mut scopes = vec![Scope::Repository(repository)];
        let owner = self.repository(repository).map(|found| found.owner);
        let mut path = owner
            .and_then(|owner| self.account_by_id(owner))
            .map(|owner| owner.path.as_str());
        while let Some(around) = path {
            let owner = self.account(around);
            scopes.extend(owner.map(|owner| Scope::Owner(owner.id)));
            path = around.rsplit_once('/').map(|(parent, _)| parent);
        }
        let mut hooks: Vec<_> = self.hooks.iter().collect();
        hooks.retain(|hook| scopes.contains(&hook.scope));
        hooks
    }
}
