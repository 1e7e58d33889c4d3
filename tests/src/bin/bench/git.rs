//! Mirrors beside the `git` command: the same repository over the same `git http-backend`, taking turns.
//!
//! What is measured of ours is a whole update as a service sees it: a child is started, fetches, keeps, and tells every new
//! commit with its paths. Git alone fetches and keeps.

use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

use sluice_events::v1;
use sluice_git::{Asked, Git, Oid, RefName, Remote, Settings, Told};
use sluice_test_support::{
    GitRepository, GitServer,
    git::{git, git_child, git_in},
};

use crate::{
    measure::{median, spread},
    memory::Watched,
};

/// Commits in the histories that are mirrored.
const HISTORIES: [usize; 3] = [1_000, 10_000, 100_000];

/// How often one new commit is fetched: more often than packs are left as they are.
const FETCHES: usize = 100;

/// Prints all of it.
pub(crate) async fn rows(rounds: u64) {
    println!(
        "\nmirrors, over git http-backend: a first one beside `git clone --mirror`, then {FETCHES} fetches of one new commit beside `git fetch`"
    );
    println!(
        "{:>7} | {:>18} | {:>18} | {:>5} | {:>18} | {:>18} | {:>10} | {:>12}",
        "commits",
        "clone s",
        "first update s",
        "ratio",
        "git fetch ms",
        "update ms",
        "more ms",
        "peak RSS MiB"
    );
    for commits in HISTORIES {
        row(commits, rounds).await;
    }
}

async fn row(commits: usize, rounds: u64) {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    web.commits("main", commits);
    web.git(&["repack", "-a", "-d", "-q"]);
    let watched = Watched::start();
    let (mut clones, mut firsts) = (Vec::new(), Vec::new());
    let (mut fetches, mut updates) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        let folder = tempfile::tempdir().unwrap();
        let clone = folder.path().join("clone.git");
        let mirroring = || run(&["clone", "--quiet", "--mirror", web.url()], &clone);
        clones.push(timed(mirroring).as_secs_f64());
        let mut mirror = Mirror::of(&web, &folder.path().join("mirror.git"));
        firsts.push(mirror.update(commits).await.as_secs_f64());
        if round < rounds {
            continue;
        }
        for _ in 0..FETCHES {
            web.commits("main", 1);
            updates.push(mirror.update(1).await.as_secs_f64() * 1e3);
            let fetching = || drop(git_in(&clone, &["fetch", "--quiet"]));
            fetches.push(timed(fetching).as_secs_f64() * 1e3);
        }
    }
    println!(
        "{commits:>7} | {:>18} | {:>18} | {:>5.2} | {:>18} | {:>18} | {:>10.0} | {:>12}",
        spread(&clones, 2),
        spread(&firsts, 2),
        median(&firsts) / median(&clones),
        spread(&fetches, 0),
        spread(&updates, 0),
        median(&updates) - median(&fetches),
        watched.peak_mib(),
    );
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

fn run(arguments: &[&str], last: &Path) {
    let status = git().args(arguments).arg(last).status().unwrap();
    assert!(status.success(), "git {arguments:?}");
}

/// A mirror of ours.
struct Mirror {
    git: Git,
    remote: Remote,
    path: std::path::PathBuf,
    synced: BTreeMap<RefName, Oid>,
}

impl Mirror {
    fn of(web: &GitRepository, path: &Path) -> Self {
        let origin = web
            .url()
            .splitn(4, '/')
            .take(3)
            .collect::<Vec<_>>()
            .join("/");
        let host = v1::Host {
            name: "bench".into(),
            provider: "generic".into(),
            url: origin,
            ..v1::Host::default()
        };
        let repository = v1::RegisteredRepository {
            name: "web".into(),
            host: "bench".into(),
            url: web.url().into(),
            ..v1::RegisteredRepository::default()
        };
        let settings = Settings {
            local: true,
            ..Settings::of(git_child())
        };
        Self {
            git: Git::new(settings),
            remote: Remote::of(&host, &repository, None).unwrap(),
            path: path.to_owned(),
            synced: BTreeMap::new(),
        }
    }

    /// Brings it up to date, which must tell that many commits.
    async fn update(&mut self, commits: usize) -> Duration {
        let begun = Instant::now();
        let asked = Asked {
            synced: self.synced.clone(),
            marks: Vec::new(),
        };
        let mut updating = self
            .git
            .update(&self.remote, &self.path, asked)
            .await
            .unwrap();
        let mut told = 0;
        while let Some(said) = updating.next().await.unwrap() {
            match said {
                Told::Refs(refs) => {
                    self.synced = refs.refs.into_iter().map(|at| (at.name, at.oid)).collect();
                }
                Told::Commit { .. } => told += 1,
                Told::Move(_) => {}
            }
        }
        assert_eq!(told, commits);
        begun.elapsed()
    }
}
