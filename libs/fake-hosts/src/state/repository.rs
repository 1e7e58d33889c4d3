//! Repositories, found by name, by old name and by id.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Caller, Role, State};

/// Who can see a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Everybody who is signed in.
    Internal,
    /// Those who were given a role.
    Private,
}

impl Visibility {
    /// As hosts write it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Private => "private",
        }
    }
}

/// A repository.
#[derive(Clone)]
pub(crate) struct Repository {
    pub(crate) id: u64,
    pub(crate) owner: u64,
    pub(crate) name: String,
    pub(crate) visibility: Visibility,
    pub(crate) archived: bool,
    pub(crate) default_branch: String,
    /// Full names of refs, with the objects that they point to.
    pub(crate) refs: BTreeMap<String, String>,
    /// Where the branch that was pushed last had been: ref and object.
    pub(crate) last_push: Option<(String, String)>,
    pub(crate) created_at: Timestamp,
}

impl Repository {
    /// Short names of the branches with their heads.
    pub(crate) fn branches(&self) -> Vec<(&str, &str)> {
        let refs = self.refs.iter();
        refs.filter_map(|(name, sha)| Some((name.strip_prefix("refs/heads/")?, sha.as_str())))
            .collect()
    }

    /// The head of a branch.
    pub(crate) fn head(&self, branch: &str) -> Option<&str> {
        self.refs
            .get(&format!("refs/heads/{branch}"))
            .map(String::as_str)
    }
}

impl State {
    pub(crate) fn repository(&self, id: u64) -> Option<&Repository> {
        self.repositories
            .iter()
            .find(|repository| repository.id == id)
    }

    pub(crate) fn repository_mut(&mut self, id: u64) -> Option<&mut Repository> {
        self.repositories
            .iter_mut()
            .find(|repository| repository.id == id)
    }

    /// The repository that bears this full name now.
    pub(crate) fn repository_named(&self, full_name: &str) -> Option<&Repository> {
        self.repositories
            .iter()
            .find(|repository| self.full_name(repository).eq_ignore_ascii_case(full_name))
    }

    /// The repository that bore this full name, and that nobody took it from.
    pub(crate) fn repository_once_named(&self, full_name: &str) -> Option<&Repository> {
        let mut moved = self.moved.iter();
        let found = moved.find(|(old, _)| old.eq_ignore_ascii_case(full_name))?;
        self.repository(found.1)
    }

    /// `owner/name`.
    pub(crate) fn full_name(&self, repository: &Repository) -> String {
        let owner = self.account_by_id(repository.owner);
        let owner = owner.map(|owner| owner.path.as_str()).unwrap_or_default();
        format!("{owner}/{}", repository.name)
    }

    /// What a caller may do by role; public repositories can be read by all. What its token may is another question.
    pub(crate) fn role(&self, caller: &Caller, repository: &Repository) -> Role {
        let given = match caller {
            Caller::User { login, .. } => self.role_of(login, repository),
            Caller::Installation { .. } | Caller::App { .. } if self.serves(caller, repository) => {
                Role::Admin
            }
            _ => Role::None,
        };
        let everybody = match repository.visibility {
            Visibility::Public => Role::Read,
            Visibility::Internal if caller.login().is_some() => Role::Read,
            _ => Role::None,
        };
        given.max(everybody)
    }

    /// Whether an App, or the token of an installation, was given a repository.
    fn serves(&self, caller: &Caller, repository: &Repository) -> bool {
        let token = self.token_of(caller);
        if let Some(reach) = token.and_then(|token| token.reach.as_ref()) {
            return self.reaches(reach, repository.id);
        }
        let app = self
            .apps
            .iter()
            .find(|app| *caller == Caller::App { id: app.id });
        app.is_some_and(|app| {
            let mut installations = app.installations.iter();
            installations.any(|installation| self.covers(installation, repository.id))
        })
    }

    /// The repositories of an owner by name, and of the groups in it if asked for.
    pub(crate) fn repositories_of(&self, owner: &str, with_subgroups: bool) -> Vec<&Repository> {
        let owner = owner.to_ascii_lowercase();
        let inside = format!("{owner}/");
        let mut found: Vec<_> = self.repositories.iter().collect();
        found.retain(|repository| {
            let path = self.account_by_id(repository.owner);
            let path = path.map(|owner| owner.path.to_ascii_lowercase());
            path.is_some_and(|path| path == owner || with_subgroups && path.starts_with(&inside))
        });
        found
    }
}
