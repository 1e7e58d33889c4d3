//! What people do at a host while Sluice is not looking. No webhook tells of it.

use crate::{FakeHost, Visibility, state::Repository};

impl FakeHost {
    /// Gives a repository another full name. Of another owner it is a transfer; its hooks come along.
    pub fn rename(&self, full_name: &str, new: &str) {
        let id = self.repository_id(full_name);
        self.state().move_repository(id, new);
    }

    /// Gives a repository to another owner.
    pub fn transfer(&self, full_name: &str, owner: &str) {
        let name = full_name.rsplit('/').next().unwrap_or_default();
        self.rename(full_name, &format!("{owner}/{name}"));
    }

    /// Makes a repository read-only, or writable again.
    pub fn archive(&self, full_name: &str, archived: bool) {
        self.change(full_name, |repository| repository.archived = archived);
    }

    /// Changes who can see a repository.
    pub fn set_visibility(&self, full_name: &str, visibility: Visibility) {
        self.change(full_name, |repository| repository.visibility = visibility);
    }

    /// Makes another branch the default one.
    pub fn set_default_branch(&self, full_name: &str, branch: &str) {
        self.change(full_name, |repository| {
            branch.clone_into(&mut repository.default_branch);
        });
    }

    /// Deletes a repository with its hooks.
    pub fn delete(&self, full_name: &str) {
        let id = self.repository_id(full_name);
        self.state().delete_repository(id);
    }

    /// Makes a new repository out of a template; its id. Gitea and Forgejo take the hooks along, with URL and secret.
    pub fn create_from_template(&self, template: &str, full_name: &str) -> u64 {
        let template = self.repository_id(template);
        let with_hooks = self.kind().is_gitea();
        let made = self.state().generate(template, full_name, with_hooks);
        made.unwrap_or_else(|| panic!("{full_name}: not owner/name"))
    }

    fn change(&self, full_name: &str, change: impl FnOnce(&mut Repository)) {
        let id = self.repository_id(full_name);
        if let Some(repository) = self.state().repository_mut(id) {
            change(repository);
        }
    }

    /// The id of a repository.
    pub fn repository_id(&self, full_name: &str) -> u64 {
        let found = self
            .state()
            .repository_named(full_name)
            .map(|found| found.id);
        found.unwrap_or_else(|| panic!("{full_name}: no such repository"))
    }
}
