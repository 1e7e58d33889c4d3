//! Looking at a repository: whether the host shows it to us, which one it is, and what has become of it.

use sluice_bus::Records;
use sluice_events::v1::{
    Connection, ConnectionProblemKind, HostedRepository, RegisteredRepository, StepOutcome,
    Visibility,
};
use sluice_hosts::{HostRepository, Identity};
use sluice_registry::keys;
use sluice_repositories::Registered;

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

/// What has become of a repository since somebody last agreed to it (rule S26).
#[derive(Debug, PartialEq, Eq)]
enum Became {
    /// What it was.
    Same,
    /// It has another name, and nothing else changed.
    Renamed,
    /// Somebody has to agree: why.
    Another(String),
}

impl Connector {
    /// Looks at it, and keeps its record true: its id, its name.
    pub(crate) async fn reach(
        &self,
        registered: &Registered,
        standing: &mut Standing,
    ) -> Result<Reached, Fault> {
        let Some(opened) = self.hosts.open(registered)? else {
            return self.reach_by_git(registered, standing).await;
        };
        let record = &registered.record;
        let found = match record.host_id.as_str() {
            "" => opened.api.by_name(&record.full_name).await,
            id => opened.api.by_id(id).await,
        };
        let repository = found.inspect_err(|_| self.hosts.forget(&opened))?;
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

/// What has become of it. A new name alone is followed; who owns it and who sees it is somebody's decision.
fn became(
    record: &RegisteredRepository,
    connection: &Connection,
    repository: &HostRepository,
) -> Became {
    let known = connection.repository.as_ref();
    let Some(known) = known.filter(|known| known.host_id == repository.id) else {
        return match same_name(&record.full_name, &repository.full_name) {
            true => Became::Same,
            false => Became::Another(format!(
                "the host has it under another name: {}",
                repository.full_name
            )),
        };
    };
    if known.owner_id != repository.owner.id {
        return Became::Another(format!(
            "it belongs to {} now; it was {}",
            repository.owner.name, known.full_name
        ));
    }
    if known.visibility() != repository.visibility && known.visibility() != Visibility::Unspecified
    {
        return Became::Another(format!(
            "it is {} now and was {}",
            word(repository.visibility),
            word(known.visibility())
        ));
    }
    match same_name(&record.full_name, &repository.full_name) {
        true => Became::Same,
        false => Became::Renamed,
    }
}

fn word(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "public",
        Visibility::Internal => "internal",
        Visibility::Private => "private",
        Visibility::Unspecified => "of unknown visibility",
    }
}

fn same_name(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// The address under the new name, where the old one is its end.
fn moved(url: &str, old: &str, new: &str) -> String {
    let (bare, suffix) = match url.strip_suffix(".git") {
        Some(bare) => (bare, ".git"),
        None => (url, ""),
    };
    match bare.strip_suffix(old) {
        Some(base) if base.ends_with(['/', ':']) => format!("{base}{new}{suffix}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use sluice_hosts::{Owner, Rights};

    use super::*;

    fn shown(name: &str, owner: &str, visibility: Visibility) -> HostRepository {
        HostRepository {
            id: "17".into(),
            full_name: name.into(),
            default_branch: "main".into(),
            web_url: String::new(),
            visibility,
            archived: false,
            empty: None,
            owner: Owner {
                name: name.split('/').next().unwrap().into(),
                id: owner.into(),
            },
            rights: Rights::default(),
        }
    }

    fn check(known: Option<&HostRepository>, now: &HostRepository) -> Became {
        let record = RegisteredRepository {
            full_name: "acme/web".into(),
            ..RegisteredRepository::default()
        };
        let repository = known.map(|known| HostedRepository {
            host_id: known.id.clone(),
            full_name: known.full_name.clone(),
            owner_id: known.owner.id.clone(),
            visibility: known.visibility.into(),
            ..HostedRepository::default()
        });
        let connection = Connection {
            repository,
            ..Connection::default()
        };
        became(&record, &connection, now)
    }

    #[test]
    fn s26_a_new_name_is_followed_and_a_new_owner_or_visibility_is_asked_about() {
        let web = shown("acme/web", "1", Visibility::Private);
        let another = |became| matches!(became, Became::Another(_));
        assert_eq!(check(None, &web), Became::Same);
        assert_eq!(check(Some(&web), &web), Became::Same);
        let renamed = shown("acme/site", "1", Visibility::Private);
        assert_eq!(check(Some(&web), &renamed), Became::Renamed);
        assert!(
            another(check(None, &renamed)),
            "nobody has agreed to it yet"
        );
        let sold = shown("evil/web", "2", Visibility::Private);
        assert!(another(check(Some(&web), &sold)));
        let opened = shown("acme/web", "1", Visibility::Public);
        assert!(another(check(Some(&web), &opened)));
        let case = shown("Acme/Web", "1", Visibility::Private);
        assert_eq!(check(Some(&web), &case), Became::Same);
    }

    #[test]
    fn an_address_moves_with_the_name() {
        for (url, expected) in [
            ("https://h/acme/web.git", "https://h/acme/site.git"),
            ("https://h/acme/web", "https://h/acme/site"),
            (
                "ssh://git@h:22/acme/web.git",
                "ssh://git@h:22/acme/site.git",
            ),
            (
                "https://h/mirror-of-acme/web.git",
                "https://h/mirror-of-acme/web.git",
            ),
            ("https://h/other.git", "https://h/other.git"),
        ] {
            assert_eq!(moved(url, "acme/web", "acme/site"), expected, "{url}");
        }
    }
}
