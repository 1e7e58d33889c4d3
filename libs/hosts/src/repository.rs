//! Repositories as their hosts describe them.

use futures_util::future::BoxFuture;
use sluice_events::v1::Visibility;

use crate::{ApiError, Cursor, Page};

/// A repository on its host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostRepository {
    /// The host's own immutable id of it, as text.
    pub id: String,
    /// Its full name, such as `acme/web`.
    pub full_name: String,
    /// Short name of its default branch. Empty where an empty repository has none.
    pub default_branch: String,
    /// The address of its page.
    pub web_url: String,
    /// Who can see it.
    pub visibility: Visibility,
    /// Whether it takes no pushes any more.
    pub archived: bool,
    /// Whether it has no commit. `None`: the host does not say.
    pub empty: Option<bool>,
    /// Who it belongs to.
    pub owner: Owner,
    /// What the credential may do with it.
    pub rights: Rights,
}

/// Who a repository belongs to: an organization, a group with the groups around it, or a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Its name in full names: `acme`, `platform/payments`.
    pub name: String,
    /// The host's own immutable id of it, as text.
    pub id: String,
}

/// What the credential may do with a repository, as far as the host says. It does not say it of everybody: an
/// administrator of a whole GitLab without a role in the project has no rights here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rights {
    /// Change its settings, and so its hooks.
    pub administer: bool,
    /// Push.
    pub write: bool,
    /// Fetch.
    pub read: bool,
    /// The host's own word for it, such as `admin` or `Maintainer`. Empty: it says nothing.
    pub said: String,
}

/// What can be learnt about repositories.
pub trait Repositories: Send + Sync {
    /// The repository of that full name. [`crate::Problem::Moved`] if it has another one now.
    fn by_name<'a>(&'a self, full_name: &'a str)
    -> BoxFuture<'a, Result<HostRepository, ApiError>>;

    /// The repository of that id, whatever its name is now (rule S26).
    fn by_id<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<HostRepository, ApiError>>;

    /// The object that a branch points to. `None`: the repository is there, and the branch is not.
    fn head_of<'a>(
        &'a self,
        full_name: &'a str,
        branch: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>, ApiError>>;

    /// The repositories of an organization, a group with the groups below it, or a user: as far as the credential may
    /// see them, in pages.
    fn of_owner<'a>(
        &'a self,
        owner: &'a str,
        from: Option<&'a Cursor>,
    ) -> BoxFuture<'a, Result<Page<HostRepository>, ApiError>>;
}
