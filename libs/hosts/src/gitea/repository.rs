//! Repositories at Gitea and Forgejo.

use futures_util::{FutureExt, future::BoxFuture};
use serde::Deserialize;
use sluice_events::v1::Visibility;

use super::GiteaApi;
use crate::{
    ApiError, Cursor, HostRepository, Owner, Page, Problem, Repositories, Rights,
    client::Route,
    names,
    wire::{Id, Name, ObjectId, WebUrl},
};

/// Most of a page, unless a host is configured for more.
const COUNT: &str = "50";

#[derive(Deserialize)]
struct Repository {
    id: Id,
    full_name: Name,
    default_branch: Option<Name>,
    html_url: WebUrl,
    private: bool,
    /// Its owner is shown to those who are signed in alone.
    #[serde(default)]
    internal: bool,
    #[serde(default)]
    archived: bool,
    empty: Option<bool>,
    owner: Account,
    permissions: Option<Permissions>,
}

#[derive(Deserialize)]
struct Account {
    login: Name,
    id: Id,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Permissions {
    admin: bool,
    push: bool,
    pull: bool,
}

#[derive(Deserialize)]
struct Branch {
    commit: Commit,
}

#[derive(Deserialize)]
struct Commit {
    id: ObjectId,
}

impl Repository {
    fn described(self) -> HostRepository {
        HostRepository {
            id: self.id.0,
            full_name: self.full_name.0,
            default_branch: self.default_branch.map(|name| name.0).unwrap_or_default(),
            web_url: self.html_url.0,
            visibility: match (self.internal, self.private) {
                (true, _) => Visibility::Internal,
                (false, true) => Visibility::Private,
                (false, false) => Visibility::Public,
            },
            archived: self.archived,
            empty: self.empty,
            owner: Owner {
                name: self.owner.login.0,
                id: self.owner.id.0,
            },
            rights: rights(&self.permissions.unwrap_or_default()),
        }
    }
}

fn rights(it: &Permissions) -> Rights {
    let roles = [(it.admin, "admin"), (it.push, "push"), (it.pull, "pull")];
    let highest = roles.iter().find(|(has, _)| *has);
    Rights {
        administer: it.admin,
        write: it.push,
        read: it.pull,
        said: highest.map_or("", |(_, role)| role).to_owned(),
    }
}

impl GiteaApi {
    pub(super) async fn repository(&self, route: Route) -> Result<HostRepository, ApiError> {
        let found: Repository = self.session.get(route).await?;
        Ok(found.described())
    }

    async fn branch(&self, full_name: &str, branch: &str) -> Result<Option<String>, ApiError> {
        let (owner, name) = names::pair(full_name)?;
        let branch = names::whole(branch)?;
        let route = Route::of(["repos", owner, name, "branches", branch]);
        match self.session.get::<Branch>(route).await {
            Ok(found) => Ok(Some(found.commit.id.0)),
            Err(error) if error.problem == Problem::NotFound => {
                self.by_name(full_name).await?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// An organization's, or else a user's.
    async fn repositories_of(&self, owner: &str) -> Result<Page<Repository>, ApiError> {
        let owner = names::whole(owner)?;
        let of = |sort| Route::of([sort, owner, "repos"]).with("limit", COUNT);
        match self.session.page(of("orgs"), None).await {
            Err(error) if error.problem == Problem::NotFound => {
                self.session.page(of("users"), None).await
            }
            known => known,
        }
    }
}

impl Repositories for GiteaApi {
    fn by_name<'a>(
        &'a self,
        full_name: &'a str,
    ) -> BoxFuture<'a, Result<HostRepository, ApiError>> {
        async move {
            let (owner, name) = names::pair(full_name)?;
            self.repository(Route::of(["repos", owner, name])).await
        }
        .boxed()
    }

    fn by_id<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<HostRepository, ApiError>> {
        async move {
            let route = Route::of(["repositories", names::id(id)?]);
            self.repository(route).await
        }
        .boxed()
    }

    fn head_of<'a>(
        &'a self,
        full_name: &'a str,
        branch: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>, ApiError>> {
        self.branch(full_name, branch).boxed()
    }

    fn of_owner<'a>(
        &'a self,
        owner: &'a str,
        from: Option<&'a Cursor>,
    ) -> BoxFuture<'a, Result<Page<HostRepository>, ApiError>> {
        async move {
            let page = match from {
                Some(from) => self.session.page(Route::to(from), Some(from)).await?,
                None => self.repositories_of(owner).await?,
            };
            Ok(page.map(Repository::described))
        }
        .boxed()
    }
}
