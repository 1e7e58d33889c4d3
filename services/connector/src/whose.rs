//! Whose webhook it is that is kept, and where at its host.

use sluice_events::{
    Address,
    v1::{self, Import, Repository},
};
use sluice_hosts::{HostRepository, Identity, Need, Place, PlaceSort};
use sluice_registry::{HookFor, keys};
use sluice_repositories::Registered;

use crate::{hosts::Opened, reach::Shown};

/// Whose webhook it is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Whose<'a> {
    /// A repository's own.
    Repository(&'a Registered),
    /// That of an owner, for all repositories that an import registers.
    Owner(&'a Import, &'a v1::Host),
}

impl<'a> From<&'a Registered> for Whose<'a> {
    fn from(registered: &'a Registered) -> Self {
        Self::Repository(registered)
    }
}

impl<'a> Whose<'a> {
    /// What its endpoint is made for.
    pub(crate) fn hook_for(self) -> HookFor<'a> {
        match self {
            Self::Repository(registered) => HookFor::Repository(&registered.record),
            Self::Owner(import, _) => HookFor::Owner(import),
        }
    }

    /// Its host.
    pub(crate) fn host(self) -> &'a v1::Host {
        match self {
            Self::Repository(registered) => &registered.host,
            Self::Owner(_, host) => host,
        }
    }

    /// Key of its connection.
    pub(crate) fn key(self) -> String {
        match self {
            Self::Repository(registered) => registered.key.clone(),
            Self::Owner(import, _) => keys::import_connection(&import.project, &import.name),
        }
    }

    /// Where in the subjects it stands: an owner without a repository, where it is an owner's.
    pub(crate) fn address(self) -> Address {
        match self {
            Self::Repository(registered) => registered.address(),
            Self::Owner(import, host) => Address::of(&import.project, &host.name, &import.owner),
        }
    }

    /// The repository, as events tell of it.
    pub(crate) fn told(self) -> Option<Repository> {
        match self {
            Self::Repository(registered) => Some(registered.told("")),
            Self::Owner(..) => None,
        }
    }

    /// The page at the host whose settings have it.
    pub(crate) fn page(self) -> String {
        let (url, name) = match self {
            Self::Repository(registered) => (&registered.host.url, &registered.record.full_name),
            Self::Owner(import, host) => (&host.url, &import.owner),
        };
        format!("{url}/{name}")
    }

    /// Name of the repository, and of the import: one of them is empty.
    pub(crate) fn names(self) -> (String, String) {
        match self {
            Self::Repository(registered) => (registered.record.name.clone(), String::new()),
            Self::Owner(import, _) => (String::new(), import.name.clone()),
        }
    }
}

/// Where a webhook is kept, and as whom.
pub(crate) struct Spot<'a> {
    pub(crate) whose: Whose<'a>,
    pub(crate) opened: &'a Opened,
    pub(crate) identity: &'a Identity,
    pub(crate) place: Place,
    /// The repository that it is in, if it is in one.
    pub(crate) repository: Option<&'a HostRepository>,
}

impl<'a> Spot<'a> {
    /// In a repository.
    pub(crate) fn in_repository(registered: &'a Registered, shown: &'a Shown) -> Self {
        Self {
            whose: Whose::Repository(registered),
            opened: &shown.opened,
            identity: &shown.identity,
            place: Place::Repository {
                id: shown.repository.id.clone(),
                full_name: shown.repository.full_name.clone(),
            },
            repository: Some(&shown.repository),
        }
    }

    /// At the owner that an import names.
    pub(crate) fn at_owner(
        import: &'a Import,
        host: &'a v1::Host,
        opened: &'a Opened,
        identity: &'a Identity,
    ) -> Self {
        Self {
            whose: Whose::Owner(import, host),
            opened,
            identity,
            place: Place::Owner {
                name: import.owner.clone(),
            },
            repository: None,
        }
    }

    /// What its credential lacks for keeping it, in the host's words.
    pub(crate) fn lacks(&self) -> Option<String> {
        let need = match self.place.sort() {
            PlaceSort::Repository => Need::RepositoryHooks,
            PlaceSort::Owner => Need::OwnerHooks,
        };
        let rights = self.repository.map(|repository| &repository.rights);
        // Of an App it counts what its installation was given, and its token was made with that.
        let rights = rights.filter(|_| self.opened.app().is_none());
        self.opened.host.missing(need, self.identity, rights)
    }
}
