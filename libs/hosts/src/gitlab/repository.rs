//! Projects at GitLab.

use futures_util::{FutureExt, future::BoxFuture};
use serde::Deserialize;
use sluice_events::v1::Visibility;

use super::GitLabApi;
use crate::{
    ApiError, Cursor, HostRepository, Owner, Page, Problem, Repositories, Rights,
    client::Route,
    names,
    wire::{Id, Name, ObjectId, WebUrl},
};

/// The roles, by their level.
const ROLES: &[(u8, &str)] = &[
    (50, "Owner"),
    (MAINTAINER, "Maintainer"),
    (DEVELOPER, "Developer"),
    (REPORTER, "Reporter"),
    (15, "Planner"),
    (10, "Guest"),
    (5, "Minimal Access"),
];
const MAINTAINER: u8 = 40;
const DEVELOPER: u8 = 30;
const REPORTER: u8 = 20;

#[derive(Deserialize)]
struct Project {
    id: Id,
    path_with_namespace: Name,
    default_branch: Option<Name>,
    web_url: WebUrl,
    /// These three are not told without a credential.
    visibility: Option<Name>,
    archived: Option<bool>,
    empty_repo: Option<bool>,
    namespace: Namespace,
    permissions: Option<Permissions>,
}

#[derive(Deserialize)]
struct Namespace {
    id: Id,
    full_path: Name,
}

/// Of one's own in the project, and by its groups. Both are null for administrators without a role.
#[derive(Deserialize)]
struct Permissions {
    project_access: Option<Access>,
    group_access: Option<Access>,
}

#[derive(Deserialize)]
struct Access {
    access_level: u8,
}

#[derive(Deserialize)]
struct Branch {
    commit: Commit,
}

#[derive(Deserialize)]
struct Commit {
    id: ObjectId,
}

impl Project {
    fn described(self) -> HostRepository {
        let visibility = match self.visibility.as_ref().map(|word| word.0.as_str()) {
            Some("public") => Visibility::Public,
            Some("internal") => Visibility::Internal,
            Some("private") => Visibility::Private,
            Some(_) | None => Visibility::Unspecified,
        };
        HostRepository {
            rights: rights(self.permissions.as_ref(), visibility),
            id: self.id.0,
            full_name: self.path_with_namespace.0,
            default_branch: self.default_branch.map(|name| name.0).unwrap_or_default(),
            web_url: self.web_url.0,
            visibility,
            archived: self.archived.unwrap_or_default(),
            empty: self.empty_repo,
            owner: Owner {
                name: self.namespace.full_path.0,
                id: self.namespace.id.0,
            },
        }
    }
}

fn rights(permissions: Option<&Permissions>, visibility: Visibility) -> Rights {
    let levels = permissions.map(|both| [&both.project_access, &both.group_access]);
    let levels = levels.into_iter().flatten().flatten();
    let level = levels.map(|access| access.access_level).max().unwrap_or(0);
    let role = ROLES.iter().find(|(least, _)| level >= *least);
    Rights {
        administer: level >= MAINTAINER,
        write: level >= DEVELOPER,
        // Guests of private projects do not see the code; what is public or internal is seen by who sees the project.
        read: level >= REPORTER || visibility != Visibility::Private,
        said: role.map_or("", |(_, role)| role).to_owned(),
    }
}

impl GitLabApi {
    pub(super) async fn project(&self, name_or_id: &str) -> Result<HostRepository, ApiError> {
        let route = Route::of(["projects", name_or_id]);
        let found: Project = self.session.get(route).await?;
        Ok(found.described())
    }

    async fn branch(&self, full_name: &str, branch: &str) -> Result<Option<String>, ApiError> {
        let (project, branch) = (names::namespaced(full_name)?, names::whole(branch)?);
        let route = Route::of(["projects", project, "repository", "branches", branch]);
        match self.session.get::<Branch>(route).await {
            Ok(found) => Ok(Some(found.commit.id.0)),
            Err(error) if error.problem == Problem::NotFound => {
                self.by_name(full_name).await?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// A group's with all groups below it, or else a user's.
    async fn projects_of(&self, owner: &str) -> Result<Page<Project>, ApiError> {
        let owner = names::whole(owner)?;
        let group = Route::of(["groups", owner, "projects"])
            .with("per_page", "100")
            .with("include_subgroups", "true")
            .with("with_shared", "false");
        match self.session.page(group, None).await {
            Err(error) if error.problem == Problem::NotFound => {
                let user = Route::of(["users", owner, "projects"]).with("per_page", "100");
                self.session.page(user, None).await
            }
            known => known,
        }
    }
}

impl Repositories for GitLabApi {
    fn by_name<'a>(
        &'a self,
        full_name: &'a str,
    ) -> BoxFuture<'a, Result<HostRepository, ApiError>> {
        async move { self.project(names::namespaced(full_name)?).await }.boxed()
    }

    fn by_id<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<HostRepository, ApiError>> {
        async move { self.project(names::id(id)?).await }.boxed()
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
                None => self.projects_of(owner).await?,
            };
            Ok(page.map(Project::described))
        }
        .boxed()
    }
}
