//! What services ask of a remote, and what they are told.

use std::{collections::BTreeMap, os::unix::ffi::OsStrExt, path::Path, vec};

use sluice_egress::Policy;
use sluice_events::v1;

use crate::{
    GitError, Oid, RefName, Remote, Settings, addresses,
    child::Child,
    job::{self, Scheme, frame::Said, job::Work},
    moves::moved,
    problem,
};

/// Git work, done by a child process for each job. How many run at once is for the caller to bound.
#[derive(Debug, Clone)]
pub struct Git {
    settings: Settings,
}

/// A remote's branches and tags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Advertised {
    /// The branch that its HEAD points to, where it says so; the branch may not be there yet.
    pub head: Option<RefName>,
    /// All branches and tags, by name.
    pub refs: Vec<AdvertisedRef>,
}

/// Where one of them is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvertisedRef {
    /// The ref.
    pub name: RefName,
    /// The object that it points to.
    pub oid: Oid,
    /// What an annotated tag leads to.
    pub peeled: Option<Oid>,
}

/// What the caller knows.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Where refs were when it last synced.
    pub synced: BTreeMap<RefName, Oid>,
    /// Where known pushes ended, oldest first. A new commit is given the first that it is reachable from. What a push
    /// brought and no ref leads to any more is told as well, if the remote still gives it; if not, the mark counts for
    /// nothing.
    pub marks: Vec<Mark>,
}

/// Where a push ended.
#[derive(Debug, Clone)]
pub struct Mark {
    /// The ref that was pushed to.
    pub name: RefName,
    /// The object that it was brought to.
    pub oid: Oid,
}

/// What is told of an update: the refs, then every move with its commits behind it.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// All refs of the remote.
    Refs(Advertised),
    /// A ref moved.
    Move(v1::RefMove),
    /// A commit that is new with the last move. Parents come before children.
    Commit {
        /// The commit.
        commit: v1::CommitRecord,
        /// Index of the mark that it belongs to.
        mark: Option<usize>,
    },
}

/// What holds a child in, as it found at its start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Confinement {
    /// Version of Landlock in the kernel; 0 if there is none.
    pub landlock: u32,
    /// Whether files other than the mirror are out of reach.
    pub files: bool,
    /// Whether other ports than the remote's are out of reach.
    pub network: bool,
    /// Whether dangerous system calls are refused, running programs among them.
    pub calls: bool,
    /// What is missing, in words.
    pub missing: Vec<String>,
}

/// An update under way. Dropping it ends it.
#[derive(Debug)]
pub struct Updating(State);

#[derive(Debug)]
enum State {
    /// A child that talks.
    Child(Box<Child>, Advertised),
    /// Everything is known already.
    Known(vec::IntoIter<Told>),
}

impl Git {
    /// With these settings.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// Starts a child that does nothing but say what holds it in: for services to log at their start.
    ///
    /// # Errors
    /// If the child cannot be run.
    pub async fn confinement(&self) -> Result<Confinement, GitError> {
        let mut child =
            Child::start(&self.settings, self.job(None, Work::Probe(job::Probe {}))).await?;
        while child.next().await?.is_some() {}
        Ok(child.confinement().clone())
    }

    /// Where the remote's branches and tags are.
    ///
    /// # Errors
    /// What is wrong with the remote, the credential or the way to it.
    pub async fn ls_remote(&self, remote: &Remote) -> Result<Advertised, GitError> {
        let told = self.told_remote(remote).await?;
        let work = Work::ListRefs(job::ListRefs {});
        let child = Child::start(&self.settings, self.job(Some(told), work)).await?;
        let mut listing = Updating(State::Child(Box::new(child), Advertised::default()));
        match (listing.next().await?, listing.next().await?) {
            (Some(Told::Refs(refs)), None) => Ok(refs),
            _ => Err(problem!(Local, "sluice-git did not tell what it was asked")),
        }
    }

    /// Brings a bare mirror up to the remote (it is made if it is missing), and tells what is new to the caller.
    ///
    /// The mirror's objects are only ever added to. One job works on a mirror at a time; others wait.
    ///
    /// # Errors
    /// What keeps the work from being begun; the rest comes from [`Updating::next`].
    pub async fn update(
        &self,
        remote: &Remote,
        mirror: &Path,
        asked: Asked,
    ) -> Result<Updating, GitError> {
        let told = self.told_remote(remote).await?;
        let as_ref = |name: &RefName, oid: &Oid| job::Ref {
            name: name.as_bytes().to_vec(),
            oid: oid.as_bytes().to_vec(),
            peeled: Vec::new(),
        };
        let mirror = std::path::absolute(mirror)
            .map_err(|error| problem!(Local, "the mirror's path is none: {error}"))?;
        let work = Work::Update(job::Update {
            mirror: mirror.as_os_str().as_bytes().to_vec(),
            synced: asked
                .synced
                .iter()
                .map(|(name, oid)| as_ref(name, oid))
                .collect(),
            marks: asked
                .marks
                .iter()
                .map(|mark| as_ref(&mark.name, &mark.oid))
                .collect(),
        });
        let child = Child::start(&self.settings, self.job(Some(told), work)).await?;
        Ok(Updating(State::Child(
            Box::new(child),
            Advertised::default(),
        )))
    }

    /// Tells what moved from the remote's list alone: nothing is fetched, and there are no commits and no paths.
    ///
    /// # Errors
    /// As [`Git::ls_remote`].
    pub async fn refs_only(&self, remote: &Remote, asked: Asked) -> Result<Updating, GitError> {
        let refs = self.ls_remote(remote).await?;
        let moves = moved(&refs, &asked.synced);
        let moves = moves.iter().map(|moved| Told::Move(moved.told()));
        let told: Vec<_> = std::iter::once(Told::Refs(refs.clone()))
            .chain(moves)
            .collect();
        Ok(Updating(State::Known(told.into_iter())))
    }

    /// The remote as the child is told of it: with the addresses that it may connect to.
    async fn told_remote(&self, remote: &Remote) -> Result<job::Remote, GitError> {
        let origin = &remote.location.origin;
        if !self.settings.local && origin.scheme == Scheme::File {
            return Err(problem!(
                Address,
                "files are not fetched from without the setting local-repositories"
            ));
        }
        let policy = Policy {
            private: remote.private_addresses,
            loopback: self.settings.local,
        };
        let addresses = match origin.scheme {
            Scheme::File => Vec::new(),
            _ => addresses::resolve(origin, policy).await?,
        };
        if origin.scheme == Scheme::Http
            && !addresses.iter().all(|address| address.ip().is_loopback())
        {
            return Err(problem!(
                Address,
                "http is for this machine alone, since anyone on the way could read along; use https"
            ));
        }
        Ok(job::Remote {
            scheme: origin.scheme.into(),
            host: origin.host.clone(),
            port: origin.port.into(),
            path: remote.location.path.clone(),
            addresses: addresses.iter().map(ToString::to_string).collect(),
            ca: remote.ca.clone(),
            ssh_host_keys: remote.ssh_host_keys.clone(),
            user: remote.user.clone(),
            secret: remote.secret.to_vec(),
        })
    }

    fn job(&self, remote: Option<job::Remote>, work: Work) -> job::Job {
        let millis =
            |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let settings = &self.settings;
        job::Job {
            version: env!("CARGO_PKG_VERSION").into(),
            remote,
            limits: Some(job::Limits {
                memory: settings.memory,
                // It may not use more than all of one core for as long as it may take.
                cpu_seconds: settings.deadline.as_secs().saturating_add(1),
                pack: settings.max_pack,
                object: settings.max_object,
                objects: 20_000_000,
                advertisement: 256 << 20,
                stall_ms: millis(settings.stall),
                // So that whoever waits in vain is told what for, before its own time is over.
                lock_ms: millis(settings.deadline / 2),
            }),
            work: Some(work),
        }
    }
}

impl Updating {
    /// The next that is told; none when all is told and the mirror is up to date.
    ///
    /// # Errors
    /// Why it ended before. What was told until then stands, and more may be told the next time.
    pub async fn next(&mut self) -> Result<Option<Told>, GitError> {
        let (child, refs) = match &mut self.0 {
            State::Known(told) => return Ok(told.next()),
            State::Child(child, refs) => (child, refs),
        };
        while let Some(said) = child.next().await? {
            match said {
                Said::Refs(some) => refs
                    .refs
                    .extend(some.refs.into_iter().filter_map(advertised)),
                Said::RefsEnd(end) => {
                    refs.head = RefName::of(end.head);
                    return Ok(Some(Told::Refs(std::mem::take(refs))));
                }
                Said::Move(moved) => return Ok(Some(Told::Move(moved))),
                Said::Commit(new) => {
                    let mark = new.mark.and_then(|mark| usize::try_from(mark).ok());
                    let commit = new.commit.unwrap_or_default();
                    return Ok(Some(Told::Commit { commit, mark }));
                }
                // These are the child's own business.
                Said::Confinement(_) | Said::Done(_) | Said::Problem(_) => {}
            }
        }
        Ok(None)
    }

    /// What holds the child in, as soon as it has told anything.
    #[must_use]
    pub fn confinement(&self) -> Option<&Confinement> {
        match &self.0 {
            State::Child(child, _) => Some(child.confinement()),
            State::Known(_) => None,
        }
    }
}

fn advertised(at: job::Ref) -> Option<AdvertisedRef> {
    Some(AdvertisedRef {
        name: RefName::of(at.name)?,
        oid: Oid::from_bytes(&at.oid)?,
        peeled: Oid::from_bytes(&at.peeled),
    })
}
