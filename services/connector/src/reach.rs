//! Looking at a repository: whether the host shows it to us, which one it is, and what has become of it.

mod became;

use sluice_bus::Records;
use sluice_events::v1::{
    ConnectionProblemKind, HostedRepository, RegisteredRepository, StepOutcome,
};
use sluice_hosts::{ApiError, HostRepository, Identity, Problem};
use sluice_registry::keys;
use sluice_repositories::Registered;

use became::{Became, became, moved, same_name};

use crate::{fault::Fault, handler::Connector, hosts::Opened, state::Standing};

/// A repository that the host shows to us.
pub(crate) struct Reached {
    /// As it is registered now.
    pub(crate) registered: Registered,
    /// Through the host's API, if its credential opens that.
    pub(crate) shown: Option<Shown>,
}

/// What the host's API shows.
pub(crate) struct Shown {
    pub(crate) opened: Opened,
    pub(crate) repository: HostRepository,
    pub(crate) identity: Identity,
}

impl Connector {
    /// Looks at it, and keeps its record true: its id, its name.
    pub(crate) async fn reach(
        &self,
        registered: &Registered,
        standing: &mut Standing,
    ) -> Result<Reached, Fault> {
        let Some(opened) = self.open(registered).await? else {
            return self.reach_by_git(registered, standing).await;
        };
        let record = &registered.record;
        let found = match record.host_id.as_str() {
            "" => opened.api.by_name(&record.full_name).await,
            id => opened.api.by_id(id).await,
        };
        let repository = match found {
            Ok(repository) => repository,
            Err(error) => {
                self.ask_anew(&opened, &error).await;
                return Err(opened.fault(error));
            }
        };
        standing.step("reach", StepOutcome::Done, reached(&repository));
        let identity = self.hosts.whoami(&opened).await?;
        self.agree(registered, standing, &repository, &identity)?;
        let registered = self.follow(registered, standing, &repository).await?;
        self.find_branch(&registered, standing, &opened, &repository)
            .await?;
        Ok(Reached {
            registered,
            shown: Some(Shown {
                opened,
                repository,
                identity,
            }),
        })
    }

    /// Asks anew next time who the credential is; and an App for another token, where the host does not take this one.
    async fn ask_anew(&self, opened: &Opened, error: &ApiError) {
        self.hosts.forget(opened);
        let taken = !matches!(error.problem, Problem::Unauthorized | Problem::Forbidden);
        if let Some(app) = opened.app().filter(|_| !taken) {
            self.apps.forget(app).await;
        }
    }

    /// Without an API, Git itself says whether the repository is there and which branches it has.
    async fn reach_by_git(
        &self,
        registered: &Registered,
        standing: &mut Standing,
    ) -> Result<Reached, Fault> {
        let remote = registered.remote.as_ref().map_err(Clone::clone)?;
        let found = self.git.ls_remote(remote).await?;
        let refs = found.refs.len();
        standing.step(
            "reach",
            StepOutcome::Done,
            format!("Git shows it, with {refs} branches and tags"),
        );
        let branch = &registered.record.branch;
        let wanted = format!("refs/heads/{branch}");
        let is_there = found.refs.iter().any(|found| found.name.lossy() == wanted);
        match branch.as_str() {
            "" => standing.step(
                "branch",
                StepOutcome::Skipped,
                "the host's default branch counts",
            ),
            _ if is_there => standing.step("branch", StepOutcome::Done, branch),
            _ if found.refs.is_empty() => {
                standing.step("branch", StepOutcome::Skipped, "the repository is empty");
            }
            _ => return Err(no_branch(standing, branch)),
        }
        Ok(Reached {
            registered: registered.clone(),
            shown: None,
        })
    }

    /// Notes what the host shows, unless somebody has to agree to it first.
    fn agree(
        &self,
        registered: &Registered,
        standing: &mut Standing,
        repository: &HostRepository,
        identity: &Identity,
    ) -> Result<(), Fault> {
        let asked = |verb: &str| {
            let requests = &standing.record.requests;
            requests.iter().any(|request| request.verb == verb)
        };
        if let Became::Another(what) = became(&registered.record, &standing.record, repository)
            && !asked("accept")
        {
            standing.step("identify", StepOutcome::Failed, &what);
            let remedy = "if that is right, `sluice repositories accept` it; else remove it";
            return Err(Fault::mend(ConnectionProblemKind::Moved, what, remedy));
        }
        standing.record.repository = Some(HostedRepository {
            host_id: repository.id.clone(),
            full_name: repository.full_name.clone(),
            default_branch: repository.default_branch.clone(),
            owner_id: repository.owner.id.clone(),
            visibility: repository.visibility.into(),
            archived: repository.archived,
            role: repository.rights.said.clone(),
            login: identity.login.clone(),
            scopes: identity.scopes.clone().unwrap_or_default(),
            credential_expires_at: identity.expires_at,
        });
        Ok(())
    }

    /// Writes into the record what is known now: the host's id, and the name that it has there.
    async fn follow(
        &self,
        registered: &Registered,
        standing: &mut Standing,
        repository: &HostRepository,
    ) -> Result<Registered, Fault> {
        let old = &registered.record;
        let renamed = !same_name(&old.full_name, &repository.full_name);
        let said = match renamed {
            true => format!("{}, which was {}", repository.full_name, old.full_name),
            false => format!("id {}", repository.id),
        };
        standing.step("identify", StepOutcome::Done, said);
        if old.host_id == repository.id && !renamed {
            return Ok(registered.clone());
        }
        let mut record = RegisteredRepository {
            host_id: repository.id.clone(),
            ..old.clone()
        };
        if renamed {
            record.url = moved(&old.url, &old.full_name, &repository.full_name);
            record.full_name.clone_from(&repository.full_name);
        }
        let records = Records::<RegisteredRepository>::new(&self.bus, keys::REPOSITORIES);
        let put = records.put(
            &registered.key,
            &record,
            Some(registered.versions.repository),
        );
        let mut now = registered.clone();
        now.versions.repository = put.await?;
        now.record = record;
        Ok(now)
    }

    async fn find_branch(
        &self,
        registered: &Registered,
        standing: &mut Standing,
        opened: &Opened,
        repository: &HostRepository,
    ) -> Result<(), Fault> {
        let branch = &registered.record.branch;
        if repository.empty == Some(true) {
            standing.step("branch", StepOutcome::Skipped, "the repository is empty");
            return Ok(());
        }
        if branch.is_empty() || *branch == repository.default_branch {
            let found = &repository.default_branch;
            standing.step("branch", StepOutcome::Done, found);
            return Ok(());
        }
        match opened.api.head_of(&repository.full_name, branch).await? {
            Some(_) => standing.step("branch", StepOutcome::Done, branch),
            None => return Err(no_branch(standing, branch)),
        }
        Ok(())
    }
}

fn reached(repository: &HostRepository) -> String {
    match repository.archived {
        true => "the host shows it; it is archived".to_owned(),
        false => "the host shows it".to_owned(),
    }
}

fn no_branch(standing: &mut Standing, branch: &str) -> Fault {
    let what = format!("it has no branch `{branch}`");
    standing.step("branch", StepOutcome::Failed, &what);
    let remedy = "push the branch, or name another one, or none for the host's default branch";
    Fault::mend(ConnectionProblemKind::Branch, what, remedy)
}
