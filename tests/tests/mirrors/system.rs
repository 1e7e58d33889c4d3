//! Every part a process of its own, and a Git host.

use std::{collections::BTreeMap, path::PathBuf};

use sluice_events::v1::KnownRefs;
use sluice_test_support::{GitRepository, GitWork, Nats, eventually, git_child};
use sluice_tests::{Forge, Gateway, Operator, Worker};

pub(crate) struct System {
    pub(crate) nats: Nats,
    pub(crate) forge: Forge,
    pub(crate) gateway: Gateway,
    pub(crate) sync: Worker,
    pub(crate) recoverer: Worker,
    pub(crate) commit_log: Worker,
    pub(crate) repositories: Vec<Pushed>,
}

/// A repository with a clone that pushes to it.
pub(crate) struct Pushed {
    pub(crate) repository: GitRepository,
    pub(crate) work: GitWork,
}

impl System {
    pub(crate) async fn start(repositories: usize) -> Self {
        let (nats, forge) = (Nats::start().await, Forge::new());
        let operator = Operator::of_nats(&nats.connection("operator"), nats.folder());
        let keys = operator.makes_keys().await;
        let repositories: Vec<_> = (0..repositories)
            .map(|number| {
                let repository = forge.repository(&format!("acme/r{number}"));
                repository.commit("main", "first", &[("file.txt", "0\n")]);
                forge.knows(&repository, "main");
                let work = repository.work();
                Pushed { repository, work }
            })
            .collect();
        let mut manifest = forge.manifest();
        for pushed in &repositories {
            manifest += &Forge::manifest_of(pushed.repository.name());
        }
        operator.apply(&manifest).await;

        let folder = nats.folder().to_owned();
        let (key, child) = (keys.join("credentials.key"), git_child());
        let text = |path: &PathBuf| path.to_str().unwrap().to_owned();
        let (key, child, data) = (text(&key), text(&child), text(&folder));
        let git = [
            ("SLUICE_CREDENTIALS_KEY", key.as_str()),
            ("SLUICE_GIT_PROGRAM", &child),
            ("SLUICE_LOCAL_REPOSITORIES", "true"),
        ];
        let worker = |name: &str, settings: &[(&str, &str)]| {
            Worker::start(name, &nats.connection(name), &folder, settings)
        };
        let mirrors = [
            ("SLUICE_DATA_DIR", data.as_str()),
            ("SLUICE_SYNC_AT_ONCE", "4"),
        ];
        let sweeps = [
            ("SLUICE_SWEEP_INTERVAL", "6s"),
            ("SLUICE_SWEEP_INTERVAL_HEALTHY", "6s"),
            ("SLUICE_SWEEP_GRACE", "3s"),
        ];
        let log = [
            ("SLUICE_DATA_DIR", data.as_str()),
            ("SLUICE_PUSH_GRACE", "1s"),
        ];
        let system = Self {
            gateway: Gateway::start(&nats.connection("gateway"), &keys),
            sync: worker("sync", &[git.as_slice(), &mirrors].concat()),
            recoverer: worker("recoverer", &[git.as_slice(), &sweeps].concat()),
            commit_log: worker("commit-log", &log),
            nats,
            forge,
            repositories,
        };
        system.gateway.ready().await;
        for worker in [&system.sync, &system.recoverer, &system.commit_log] {
            worker.ready().await;
        }
        system
    }

    /// Waits until the refs of every repository were read once: from then on what is missed is found.
    pub(crate) async fn swept(&self) {
        let operator = self.nats.bus("operator").await;
        let records = sluice_bus::Records::<KnownRefs>::new(&operator, "known-refs");
        eventually("every repository was swept", async || {
            let all = records.all().await.ok()?;
            let swept = all.iter().filter(|known| known.record.baseline).count();
            (swept == self.repositories.len()).then_some(())
        })
        .await;
    }

    /// Where mirrors differ from their repositories now, by name.
    pub(crate) fn differences(&self) -> BTreeMap<String, String> {
        let pairs = self.repositories.iter().filter_map(|pushed| {
            let repository = &pushed.repository;
            let mirror = Forge::mirror(self.nats.folder(), repository);
            let refs = repository.git(&REFS);
            let mirrored = match mirror.join("HEAD").is_file() {
                true => sluice_test_support::git::git_in(&mirror, &REFS),
                false => "there is no mirror".to_owned(),
            };
            (refs != mirrored).then(|| {
                (
                    repository.name().to_owned(),
                    format!("{refs}\nbut\n{mirrored}"),
                )
            })
        });
        pairs.collect()
    }
}

const REFS: [&str; 4] = [
    "for-each-ref",
    "--format=%(objectname) %(refname)",
    "refs/heads",
    "refs/tags",
];
