//! What people do to repositories, and what no host tells about in a webhook.

use super::{Repository, Scope, State};

impl State {
    /// A new repository; its id. A name that somebody gave up leads to it from now on.
    pub(crate) fn add_repository(&mut self, mut repository: Repository) -> u64 {
        repository.id = self.id();
        let (id, full_name) = (repository.id, self.full_name(&repository));
        self.moved
            .retain(|(old, _)| !old.eq_ignore_ascii_case(&full_name));
        self.repositories.push(repository);
        id
    }

    /// Gives it another full name; another owner is a transfer. Its hooks come along.
    pub(crate) fn move_repository(&mut self, id: u64, full_name: &str) {
        let (owner, name) = full_name.rsplit_once('/').unwrap_or(("", full_name));
        let owner = self.owner(owner);
        let Some(old) = self.repository(id).map(|found| self.full_name(found)) else {
            return;
        };
        if let Some(repository) = self.repository_mut(id) {
            repository.owner = owner;
            repository.name = name.to_owned();
        }
        // Of several that bore a name the last one is found by it.
        self.moved.retain(|(known, _)| {
            !known.eq_ignore_ascii_case(full_name) && !known.eq_ignore_ascii_case(&old)
        });
        self.moved.push((old, id));
    }

    pub(crate) fn delete_repository(&mut self, id: u64) {
        self.repositories.retain(|repository| repository.id != id);
        self.hooks
            .retain(|hook| hook.scope != Scope::Repository(id));
        self.moved.retain(|&(_, moved)| moved != id);
    }

    /// A new repository out of another, with its refs. `with_hooks`: and copies of its hooks, with URL and secret.
    pub(crate) fn generate(
        &mut self,
        template: u64,
        full_name: &str,
        with_hooks: bool,
    ) -> Option<u64> {
        let (owner, name) = full_name.rsplit_once('/')?;
        let mut repository = self.repository(template)?.clone();
        repository.owner = self.owner(owner);
        repository.name = name.to_owned();
        repository.created_at = self.now();
        repository.last_push = None;
        let id = self.add_repository(repository);
        let hooks = self
            .hooks_of(Scope::Repository(template))
            .into_iter()
            .cloned();
        for mut hook in hooks.filter(|_| with_hooks).collect::<Vec<_>>() {
            hook.id = self.id();
            hook.scope = Scope::Repository(id);
            self.hooks.push(hook);
        }
        Some(id)
    }
}
