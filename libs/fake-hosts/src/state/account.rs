//! Users, organizations and groups, and what users may do.

use jiff::Timestamp;

use super::{Repository, State};
use crate::secret::Secret;

/// What somebody may do in a repository, or in all of an owner.
///
/// | here | GitHub | GitLab | Gitea, Forgejo |
/// |---|---|---|---|
/// | `Read` | pull | reporter | read |
/// | `Write` | push | developer | write |
/// | `Maintainer` | maintain | maintainer | write |
/// | `Admin` | admin | owner | admin |
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Nothing but what everybody may.
    None,
    /// See and fetch it.
    Read,
    /// Push to it.
    Write,
    /// Manage it: hooks at GitLab, and nowhere else.
    Maintainer,
    /// Everything.
    Admin,
}

/// What a role is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Repository(u64),
    Owner(u64),
}

/// A user, an organization or a group.
pub(crate) struct Account {
    pub(crate) id: u64,
    /// The login, or the full path of a group.
    pub(crate) path: String,
    pub(crate) organization: bool,
    pub(crate) password: Option<Secret>,
    pub(crate) created_at: Timestamp,
    roles: Vec<(Target, Role)>,
}

impl State {
    /// The account of that name. Names are the same whatever their case.
    pub(crate) fn account(&self, path: &str) -> Option<&Account> {
        self.accounts
            .iter()
            .find(|account| account.path.eq_ignore_ascii_case(path))
    }

    pub(crate) fn account_by_id(&self, id: u64) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == id)
    }

    /// The id of the user of that login, made if there is none.
    pub(crate) fn user(&mut self, login: &str) -> u64 {
        self.made(login, false)
    }

    /// The id of the owner of that path, made if there is none: with the groups that it is in.
    pub(crate) fn owner(&mut self, path: &str) -> u64 {
        if let Some((parent, _)) = path.rsplit_once('/') {
            self.owner(parent);
        }
        self.made(path, true)
    }

    fn made(&mut self, path: &str, organization: bool) -> u64 {
        if let Some(account) = self.account(path) {
            return account.id;
        }
        let (id, created_at) = (self.id(), self.now());
        self.accounts.push(Account {
            id,
            path: path.to_owned(),
            organization,
            password: None,
            created_at,
            roles: Vec::new(),
        });
        id
    }

    pub(crate) fn set_password(&mut self, login: &str, password: &str) {
        let id = self.user(login);
        for account in self.accounts.iter_mut().filter(|account| account.id == id) {
            account.password = Some(Secret::new(password));
        }
    }

    /// What a name in a test means: a repository, else an owner.
    pub(crate) fn target(&self, name: &str) -> Option<Target> {
        let repository = self.repository_named(name);
        let owner = || self.account(name).map(|account| Target::Owner(account.id));
        repository
            .map(|repository| Target::Repository(repository.id))
            .or_else(owner)
    }

    pub(crate) fn set_role(&mut self, login: &str, target: Target, role: Role) {
        let id = self.user(login);
        for account in self.accounts.iter_mut().filter(|account| account.id == id) {
            account.roles.retain(|(known, _)| *known != target);
            account.roles.push((target, role));
        }
    }

    /// What a user was given in an owner, or in the nearest group around it.
    pub(crate) fn role_in(&self, login: &str, owner: &Account) -> Role {
        if owner.path.eq_ignore_ascii_case(login) {
            return Role::Admin;
        }
        let given = self.given(login, Target::Owner(owner.id));
        let around = || {
            let (parent, _) = owner.path.rsplit_once('/')?;
            Some(self.role_in(login, self.account(parent)?))
        };
        given.or_else(around).unwrap_or(Role::None)
    }

    /// What a user was given in a repository itself.
    pub(crate) fn role_itself(&self, login: &str, repository: &Repository) -> Option<Role> {
        self.given(login, Target::Repository(repository.id))
    }

    /// What a user was given in a repository, or in its owner.
    pub(crate) fn role_of(&self, login: &str, repository: &Repository) -> Role {
        let owner = || {
            let owner = self.account_by_id(repository.owner)?;
            Some(self.role_in(login, owner))
        };
        let itself = self.role_itself(login, repository);
        itself.or_else(owner).unwrap_or(Role::None)
    }

    fn given(&self, login: &str, target: Target) -> Option<Role> {
        let roles = &self.account(login)?.roles;
        let found = roles.iter().find(|(known, _)| *known == target);
        found.map(|&(_, role)| role)
    }
}
