//! Asking the child, and what it told.

use std::{collections::BTreeMap, path::Path, time::Duration};

use sluice_events::v1;
use sluice_git::{Advertised, Asked, Git, GitError, Mark, Oid, RefName, Remote, Settings, Told};
use sluice_test_support::Folder;

/// How the tests work: with loopback, and with limits that a hanging test meets.
pub(crate) fn settings() -> Settings {
    Settings {
        local: true,
        deadline: Duration::from_secs(60),
        stall: Duration::from_secs(30),
        ..Settings::of(env!("CARGO_BIN_EXE_sluice-git"))
    }
}

pub(crate) fn git() -> Git {
    Git::new(settings())
}

/// A host at this origin.
pub(crate) fn host(origin: &str) -> v1::Host {
    v1::Host {
        name: "test".into(),
        provider: "generic".into(),
        url: origin.into(),
        ..v1::Host::default()
    }
}

/// The host of an address.
pub(crate) fn host_of(url: &str) -> v1::Host {
    match url.strip_prefix("file://") {
        Some(_) => host("https://files.test"),
        None => host(&url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/")),
    }
}

pub(crate) fn repository(url: &str) -> v1::RegisteredRepository {
    v1::RegisteredRepository {
        name: "web".into(),
        host: "test".into(),
        url: url.into(),
        ..v1::RegisteredRepository::default()
    }
}

/// A remote without a credential.
pub(crate) fn remote(url: &str) -> Remote {
    Remote::of(&host_of(url), &repository(url), None).unwrap()
}

/// A remote that a token opens.
pub(crate) fn remote_with_token(url: &str, token: &str) -> Remote {
    remote_of(&host_of(url), url, token)
}

/// A remote of this host that a token opens.
pub(crate) fn remote_of(host: &v1::Host, url: &str, token: &str) -> Remote {
    let credential = v1::Credential {
        name: "bot".into(),
        host: "test".into(),
        kind: v1::CredentialKind::Token.into(),
        ..v1::Credential::default()
    };
    Remote::of(
        host,
        &repository(url),
        Some((&credential, token.as_bytes())),
    )
    .unwrap()
}

/// Everything that was told.
#[derive(Debug, Default)]
pub(crate) struct All {
    pub(crate) refs: Advertised,
    pub(crate) moves: Vec<Moved>,
}

/// A move with its commits.
#[derive(Debug)]
pub(crate) struct Moved {
    pub(crate) moved: v1::RefMove,
    pub(crate) commits: Vec<(v1::CommitRecord, Option<usize>)>,
}

impl All {
    /// Where all refs are now: what the next update is told as synced.
    pub(crate) fn synced(&self) -> BTreeMap<RefName, Oid> {
        self.refs
            .refs
            .iter()
            .map(|at| (at.name.clone(), at.oid))
            .collect()
    }

    /// All commits, in their order.
    pub(crate) fn commits(&self) -> impl Iterator<Item = &v1::CommitRecord> {
        self.moves
            .iter()
            .flat_map(|moved| &moved.commits)
            .map(|(commit, _)| commit)
    }

    pub(crate) fn shas(&self) -> Vec<String> {
        self.commits().map(|commit| commit.sha.clone()).collect()
    }

    /// The move of a ref; the only one that there is of it.
    pub(crate) fn moved(&self, name: &str) -> &Moved {
        let mut found = self.moves.iter().filter(|moved| moved.moved.r#ref == name);
        let moved = found.next().unwrap_or_else(|| panic!("no move of {name}"));
        assert!(found.next().is_none(), "{name} moved twice");
        moved
    }

    /// The refs that moved, in their order.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.moves
            .iter()
            .map(|moved| moved.moved.r#ref.as_str())
            .collect()
    }
}

/// Updates a mirror, and hears everything.
pub(crate) async fn update(
    git: &Git,
    remote: &Remote,
    mirror: &Path,
    asked: Asked,
) -> Result<All, GitError> {
    let mut updating = git.update(remote, mirror, asked).await?;
    let mut all = All::default();
    while let Some(told) = updating.next().await? {
        match told {
            Told::Refs(refs) => all.refs = refs,
            Told::Move(moved) => all.moves.push(Moved {
                moved,
                commits: Vec::new(),
            }),
            Told::Commit { commit, mark } => {
                all.moves
                    .last_mut()
                    .expect("a move comes first")
                    .commits
                    .push((commit, mark));
            }
        }
    }
    Ok(all)
}

/// A mirror of an address, and what was told of it so far.
pub(crate) struct Site {
    pub(crate) git: Git,
    pub(crate) remote: Remote,
    pub(crate) folder: Folder,
    pub(crate) synced: BTreeMap<RefName, Oid>,
}

impl Site {
    pub(crate) fn of(url: &str) -> Self {
        Self {
            git: git(),
            remote: remote(url),
            folder: Folder::new(),
            synced: BTreeMap::new(),
        }
    }

    pub(crate) fn mirror(&self) -> std::path::PathBuf {
        self.folder.path().join("web.git")
    }

    /// Brings it up to date.
    pub(crate) async fn sync(&mut self) -> All {
        self.sync_with(&[]).await
    }

    /// The same, with marks.
    pub(crate) async fn sync_with(&mut self, marks: &[(&str, &str)]) -> All {
        let all = self.try_sync(marks).await.unwrap();
        self.synced = all.synced();
        all
    }

    /// The same, as far as it goes.
    pub(crate) async fn try_sync(&self, marks: &[(&str, &str)]) -> Result<All, GitError> {
        let mark = |(name, oid): &(&str, &str)| Mark {
            name: RefName::of(*name).unwrap(),
            oid: Oid::parse(oid).unwrap(),
        };
        let asked = Asked {
            synced: self.synced.clone(),
            marks: marks.iter().map(mark).collect(),
        };
        update(&self.git, &self.remote, &self.mirror(), asked).await
    }
}
