//! What holds a child in, as the system says of one at work; and that its limits are met.

use std::{collections::BTreeSet, path::PathBuf};

use sluice_git::{Git, GitProblem, Settings};
use sluice_test_support::{Folder, GitServer, eventually};

use crate::{
    crafted,
    fake::{Answer, Fake, serving},
    program,
    site::{Site, git, remote, settings, update},
};

/// A child at work, by what the system says of it.
struct Child(PathBuf);

impl Child {
    fn says(&self, file: &str) -> String {
        std::fs::read_to_string(self.0.join(file)).unwrap()
    }

    /// A line of its status.
    fn status(&self, name: &str) -> String {
        let status = self.says("status");
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap().trim_start_matches(':').trim().to_owned()
    }

    /// Its open files, as far as they are none of the three that everybody has.
    fn files(&self) -> Option<BTreeSet<String>> {
        // Closed to us unless we are root.
        let files = std::fs::read_dir(self.0.join("fd")).ok()?;
        let paths = files.map(|file| file.unwrap().path());
        let more = paths.filter(|path| {
            let number = path.file_name().unwrap().to_str().unwrap();
            number.parse::<u32>().unwrap() > 2
        });
        Some(
            more.map(|path| std::fs::read_link(path).unwrap().display().to_string())
                .collect(),
        )
    }
}

#[tokio::test]
async fn it_has_nothing_but_what_it_needs() {
    let fake = Fake::start(|_| Answer::Stall(Vec::new()));
    let site = Site::of(&fake.url());
    let pid = site.folder.path().join("pid");
    // It inherits a file that is none of its business.
    let lines = format!(
        "exec 7</etc/passwd\necho $$ >'{}'\nexec \"$child\"",
        pid.display()
    );
    let git = Git::new(Settings {
        program: program::script(site.folder.path(), &lines),
        memory: 300 << 20,
        ..settings()
    });
    let mirror = site.mirror();
    let looking = async {
        let seen = async || (!fake.seen().is_empty()).then_some(());
        eventually("the remote is asked", seen).await;
        let pid = std::fs::read_to_string(&pid).unwrap();
        let child = Child(PathBuf::from("/proc").join(pid.trim()));
        assert_eq!(child.status("NoNewPrivs"), "1");
        assert_eq!(child.status("Seccomp"), "2");
        assert_eq!(child.status("Umask"), "0077");
        let limits = child.says("limits");
        let limit = |name: &str| {
            let line = limits.lines().find_map(|line| line.strip_prefix(name));
            let line = line.unwrap().split_whitespace().next();
            line.unwrap().parse::<u64>().unwrap()
        };
        assert_eq!(limit("Max data size"), 300 << 20);
        assert_eq!(limit("Max core file size"), 0);
        assert_eq!(limit("Max file size"), 8 << 30);
        assert_eq!(limit("Max cpu time"), 61);
        assert_eq!(limit("Max open files"), 256);
        if let Some(files) = child.files() {
            let known = |name: &String| {
                let lock = format!("{}.lock", mirror.display());
                *name == lock || name.starts_with("socket:") || name.starts_with("anon_inode:")
            };
            let strange: Vec<_> = files.iter().filter(|name| !known(name)).collect();
            assert!(strange.is_empty(), "{strange:?}");
        }
    };
    tokio::select! {
        ended = update(&git, &site.remote, &mirror, Default::default()) => panic!("{ended:?}"),
        () = looking => {}
    }
}

#[tokio::test]
async fn it_says_what_holds_it_in() {
    let found = git().confinement().await.unwrap();
    assert!(found.calls, "{found:?}");
    let kernel = std::fs::read_to_string("/sys/kernel/security/lsm").unwrap_or_default();
    assert_eq!(found.files, found.landlock > 0);
    if kernel.contains("landlock") {
        assert!(found.files, "{found:?}");
    }
    assert_eq!(
        found.missing.is_empty(),
        found.files && found.network && found.calls,
        "what is missing is said: {found:?}"
    );
}

#[tokio::test]
async fn memory() {
    let content = vec![b'x'; 100 << 20];
    let fake = serving(
        &crafted::oid(crafted::COMMIT, &content),
        crafted::pack(&[crafted::whole(crafted::COMMIT, &content)]),
    );
    let git = Git::new(Settings {
        memory: 64 << 20,
        ..settings()
    });
    let folder = Folder::new();
    let mirror = folder.path().join("m");
    let error = update(&git, &remote(&fake.url()), &mirror, Default::default())
        .await
        .unwrap_err();
    assert_eq!(error.problem, GitProblem::Limit, "{error}");
}

#[tokio::test]
async fn time_of_the_processor() {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    web.commits("main", 50_000);
    let mut site = Site::of(web.url());
    let good = site.git.clone();
    site.git = Git::new(Settings {
        program: program::script(site.folder.path(), "ulimit -t 1\nexec \"$child\""),
        ..settings()
    });
    let error = site.try_sync(&[]).await.unwrap_err();
    assert_eq!(error.problem, GitProblem::Limit, "{error}");
    site.git = good;
    assert_eq!(site.sync().await.shas().len(), 50_000);
}

#[tokio::test]
async fn bytes_of_a_pack_and_of_an_object() {
    let content = vec![b'x'; 3 << 20];
    let fake = serving(
        &crafted::oid(crafted::BLOB, &content),
        crafted::pack(&[crafted::whole(crafted::BLOB, &content)]),
    );
    for (max_pack, max_object) in [(1 << 20, 256 << 20), (256 << 20, 1 << 20)] {
        let git = Git::new(Settings {
            max_pack,
            max_object,
            ..settings()
        });
        let folder = Folder::new();
        let mirror = folder.path().join("m");
        let error = update(&git, &remote(&fake.url()), &mirror, Default::default())
            .await
            .unwrap_err();
        assert_eq!(error.problem, GitProblem::Limit, "{error}");
    }
    // The same with room for it.
    let folder = Folder::new();
    let mirror = folder.path().join("m");
    update(&git(), &remote(&fake.url()), &mirror, Default::default())
        .await
        .unwrap();
}
