//! Repositories at GitHub.

use futures_util::{FutureExt, future::BoxFuture};
use serde::Deserialize;
use sluice_events::v1::Visibility;

use super::GitHubApi;
use crate::{
    ApiError, Cursor, HostRepository, Owner, Page, Problem, Repositories, Rights,
    client::Route,
    names,
    wire::{Id, Name, ObjectId, WebUrl},
};

#[derive(Deserialize)]
struct Repository {
    id: Id,
    full_name: Name,
    default_branch: Option<Name>,
    html_url: WebUrl,
    private: bool,
    /// Not said by every version.
    visibility: Option<Name>,
    #[serde(default)]
    archived: bool,
    owner: Account,
    permissions: Option<Permissions>,
}

#[derive(Deserialize)]
struct Account {
    login: Name,
    id: Id,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Permissions {
    admin: bool,
    maintain: bool,
    push: bool,
    triage: bool,
    pull: bool,
}

#[derive(Deserialize)]
struct Branch {
    commit: Commit,
}

#[derive(Deserialize)]
struct Commit {
    sha: ObjectId,
}

impl Repository {
    fn described(self) -> HostRepository {
        HostRepository {
            visibility: visibility(self.private, self.visibility.as_ref()),
            id: self.id.0,
            full_name: self.full_name.0,
            default_branch: self.default_branch.map(|name| name.0).unwrap_or_default(),
            web_url: self.html_url.0,
            archived: self.archived,
            // Its size is of some time ago and zero for small ones, too.
            empty: None,
            owner: Owner {
                name: self.owner.login.0,
                id: self.owner.id.0,
            },
            rights: rights(self.permissions.as_ref()),
        }
    }
}

fn visibility(private: bool, said: Option<&Name>) -> Visibility {
    match (said.map(|said| said.0.as_str()), private) {
        (Some("internal"), _) => Visibility::Internal,
        (_, true) => Visibility::Private,
        (_, false) => Visibility::Public,
    }
}

fn rights(permissions: Option<&Permissions>) -> Rights {
    // Whoever has no credential is told of none, and reads what is public.
    let Some(it) = permissions else {
        return Rights {
            read: true,
            ..Rights::default()
        };
    };
    let roles = [
        (it.admin, "admin"),
        (it.maintain, "maintain"),
        (it.push, "push"),
        (it.triage, "triage"),
        (it.pull, "pull"),
    ];
    let highest = roles.iter().find(|(has, _)| *has);
    Rights {
        administer: it.admin,
        write: it.push,
        read: it.pull,
        said: highest.map_or("", |(_, role)| role).to_owned(),
    }
}

impl GitHubApi {
    async fn repository(&self, route: Route) -> Result<HostRepository, ApiError> {
        let found: Repository = self.session.get(route).await?;
        Ok(found.described())
    }

    async fn branch(&self, full_name: &str, branch: &str) -> Result<Option<String>, ApiError> {
        let (owner, name) = names::pair(full_name)?;
        let branch = names::whole(branch)?;
        let route = Route::of(["repos", owner, name, "branches", branch]);
        match self.session.get::<Branch>(route).await {
            Ok(found) => Ok(Some(found.commit.sha.0)),
            // A branch that was renamed answers as a repository that was: the repository tells which it is.
            Err(error) if matches!(error.problem, Problem::NotFound | Problem::Moved) => {
                self.by_name(full_name).await?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// An organization's, or else a user's; of the credential's own user also what is private.
    async fn repositories_of(&self, owner: &str) -> Result<Page<Repository>, ApiError> {
        let owner = names::whole(owner)?;
        let of = |segments: &[&str]| Route::of(segments.iter().copied()).with("per_page", "100");
        let organization = self.session.page(of(&["orgs", owner, "repos"]), None).await;
        match organization {
            Err(error) if error.problem == Problem::NotFound => {}
            known => return known,
        }
        let own = match self.session.is_anonymous() {
            true => false,
            false => self.login().await?.eq_ignore_ascii_case(owner),
        };
        let route = match own {
            true => of(&["user", "repos"]).with("affiliation", "owner"),
            false => of(&["users", owner, "repos"]),
        };
        self.session.page(route, None).await
    }
}

impl Repositories for GitHubApi {
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
