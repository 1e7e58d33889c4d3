//! A disk that is full or cannot be written: the job fails in words, the mirror stays as it was, and goes on when there is
//! room again.
//!
//! The disk is a small one in memory, in a namespace of its own, where the system lets us make one. Where it does not, these
//! tests say that they did not run; the one with a bound on files runs everywhere.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use sluice_git::{Git, GitError, GitProblem, Settings};
use sluice_test_support::{Folder, GitRepository, GitServer};

use crate::{
    oracle, program,
    site::{All, Site, remote, settings, update},
};

/// A disk of a few megabytes.
struct Disk {
    folder: Folder,
    /// Keeps the namespace alive.
    holder: Child,
}

impl Disk {
    /// Nothing where the system does not allow it.
    fn of(size: &str) -> Option<Self> {
        let folder = Folder::new();
        let mount = format!(
            "mkdir '{0}/disk' && mount -t tmpfs -o size={size} tmpfs '{0}/disk' && echo ready && exec cat",
            folder.path().display()
        );
        let mut holder = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", &mount])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("these tests need the command unshare");
        let mut said = String::new();
        BufReader::new(holder.stdout.take().unwrap())
            .read_line(&mut said)
            .unwrap();
        let disk = Self { folder, holder };
        if said != "ready\n" {
            program::not_run("this system lets us make no disk in a namespace (unshare, mount)");
            return None;
        }
        Some(disk)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("disk")
    }

    /// Begins a command where the disk is.
    fn enter(&self) -> String {
        let pid = self.holder.id();
        format!("nsenter --target {pid} --user --mount --preserve-credentials")
    }

    /// Runs a script where the disk is; whether it went well, and what it said.
    fn run(&self, script: &str) -> (bool, String) {
        let enter = self.enter();
        let mut words = enter.split(' ');
        let output = Command::new(words.next().unwrap())
            .args(words)
            .args(["sh", "-c", script])
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&said).into_owned(),
        )
    }

    fn do_run(&self, script: &str) -> String {
        let (well, said) = self.run(script);
        assert!(well, "{script}: {said}");
        said
    }

    /// The child, where the disk is.
    fn git(&self) -> Git {
        let lines = format!("PATH=/usr/bin:/bin\nexec {} \"$child\"", self.enter());
        Git::new(Settings {
            program: program::script(self.folder.path(), &lines),
            ..settings()
        })
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// A repository, a site whose mirror is on a disk, and what is pushed next.
struct Stage {
    _server: GitServer,
    web: GitRepository,
    site: Site,
    disk: Disk,
}

impl Stage {
    async fn set(size: &str) -> Option<Self> {
        let disk = Disk::of(size)?;
        let server = GitServer::start();
        let web = server.repository("acme/web");
        web.commits("main", 10);
        let mut site = Site::of(web.url());
        site.git = disk.git();
        let mut stage = Self {
            _server: server,
            web,
            site,
            disk,
        };
        let all = stage.update().await.unwrap();
        stage.site.synced = all.synced();
        Some(stage)
    }

    fn mirror(&self) -> PathBuf {
        self.disk.path().join("web.git")
    }

    async fn update(&self) -> Result<All, GitError> {
        let asked = sluice_git::Asked {
            synced: self.site.synced.clone(),
            marks: Vec::new(),
        };
        update(
            &self.site.git,
            &remote(self.web.url()),
            &self.mirror(),
            asked,
        )
        .await
    }

    /// What `git` says of the mirror.
    fn git_says(&self, arguments: &str) -> String {
        let mirror = self.mirror();
        self.disk.do_run(&format!(
            "git -c safe.directory='*' -C '{}' {arguments}",
            mirror.display()
        ))
    }

    /// That the mirror is whole, and stands where this commit is.
    fn stands_at(&self, tip: &str) {
        self.git_says("fsck --full --no-dangling");
        assert_eq!(self.git_says("rev-parse main").trim(), tip);
    }

    /// Pushes more than a full disk has room for; content that cannot be made smaller.
    fn pushes(&self, bytes: usize) -> String {
        let mut chance = crate::chance::Chance::new(7);
        let noise: String = (0..bytes)
            .map(|_| char::from(b'!' + chance.below(90) as u8))
            .collect();
        self.web.commit("main", "large", &[("noise", &noise)])
    }
}

#[tokio::test]
async fn a_full_disk() {
    let Some(stage) = Stage::set("8m").await else {
        return;
    };
    let before = stage.web.tip("main");
    let after = stage.pushes(2 << 20);
    // At first nothing at all can be written, then a little more each time, until there is room for everything.
    let filler = stage.disk.path().join("filler");
    stage
        .disk
        .run(&format!("cat /dev/zero >'{}'", filler.display()));
    let mut failed = 0;
    let told = loop {
        match stage.update().await {
            Ok(all) => break all,
            Err(error) => {
                assert_eq!(error.problem, GitProblem::Local, "{error}");
                assert!(error.message.contains("space"), "{error}");
                stage.stands_at(&before);
                failed += 1;
            }
        }
        assert!(failed < 100, "there is room by now");
        let shrink = "truncate --size=-100K";
        stage
            .disk
            .do_run(&format!("{shrink} '{}'", filler.display()));
    };
    assert!(failed > 10, "it failed only {failed} times");
    assert_eq!(told.shas(), [after.as_str()], "nothing stays untold");
    stage.stands_at(&after);
}

#[tokio::test]
async fn a_disk_that_cannot_be_written() {
    let Some(stage) = Stage::set("8m").await else {
        return;
    };
    let before = stage.web.tip("main");
    let after = stage.pushes(1000);
    let remount = |how: &str| {
        let path = stage.disk.path();
        stage
            .disk
            .do_run(&format!("mount -o remount,{how} '{}'", path.display()));
    };
    remount("ro");
    let error = stage.update().await.unwrap_err();
    assert_eq!(error.problem, GitProblem::Local, "{error}");
    assert!(error.message.contains("Read-only file system"), "{error}");
    stage.stands_at(&before);
    remount("rw");
    assert_eq!(stage.update().await.unwrap().shas(), [after.as_str()]);
    stage.stands_at(&after);
}

#[tokio::test]
async fn a_bound_on_files() {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    web.commits("main", 10);
    let mut site = Site::of(web.url());
    site.sync().await;
    let before = oracle::refs(&site.mirror());
    let (good, new) = (site.git.clone(), web.commits("main", 2000));
    // In blocks of 512 bytes; the list of refs alone has fewer.
    for blocks in [0, 1, 8, 64, 256] {
        let lines = format!("ulimit -f {blocks}\nexec \"$child\"");
        site.git = bounded(site.folder.path(), &lines);
        let error = site.try_sync(&[]).await.unwrap_err();
        let clear = [GitProblem::Local, GitProblem::Limit];
        assert!(clear.contains(&error.problem), "{blocks}: {error}");
        oracle::fsck(&site.mirror());
        assert_eq!(oracle::refs(&site.mirror()), before, "{blocks}");
    }
    site.git = good;
    let all = site.sync().await;
    assert_eq!(all.shas().len(), 2000);
    assert_eq!(all.shas().last(), Some(&new));
    oracle::fsck(&site.mirror());
}

fn bounded(folder: &Path, lines: &str) -> Git {
    Git::new(Settings {
        program: program::script(folder, lines),
        ..settings()
    })
}
