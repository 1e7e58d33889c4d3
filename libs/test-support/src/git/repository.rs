//! Repositories to fetch from, and what happens in them.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use super::command::{git, git_in, git_with_input};

use crate::Folder;

/// A bare repository of a [`GitServer`](super::GitServer), or of its own.
#[derive(Debug, Clone)]
pub struct GitRepository {
    name: String,
    path: PathBuf,
    url: String,
}

impl GitRepository {
    /// A new bare repository below a folder, with its address.
    pub(super) fn create(name: &str, root: &Path, url: String) -> Self {
        let path = root.join(format!("{name}.git"));
        std::fs::create_dir_all(&path).unwrap();
        git_in(
            &path,
            &[
                "init",
                "--quiet",
                "--bare",
                "--initial-branch=main",
                "--template=",
                ".",
            ],
        );
        let settings =
            "[http]\n\treceivepack = true\n[gc]\n\tauto = 0\n[receive]\n\tautogc = false\n";
        let config = path.join("config");
        let text = std::fs::read_to_string(&config).unwrap();
        std::fs::write(config, text + settings).unwrap();
        Self {
            name: name.to_owned(),
            path,
            url,
        }
    }

    /// A new bare repository in a folder, that is fetched from by `file:`.
    pub fn local(name: &str, root: &Path) -> Self {
        let path = root.join(format!("{name}.git"));
        Self::create(name, root, format!("file://{}", path.display()))
    }

    /// Its name, `acme/web`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The address to fetch from.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What `git` says in it.
    pub fn git(&self, arguments: &[&str]) -> String {
        git_in(&self.path, arguments)
    }

    /// Puts a commit on a branch that changes these files, as a push would, and gives its sha. The branch is made if it
    /// is not there.
    pub fn commit(&self, branch: &str, message: &str, files: &[(&str, &str)]) -> String {
        let mut stream = self.beginning(branch, message, fresh_time());
        for (path, content) in files {
            let _ = write!(
                stream,
                "M 100644 inline {path}\ndata {}\n{content}\n",
                content.len()
            );
        }
        self.import(&stream);
        self.tip(branch)
    }

    /// Puts that many commits on a branch, each with a change to one of a hundred files, and gives the last one's sha.
    pub fn commits(&self, branch: &str, count: usize) -> String {
        let mut stream = String::new();
        for number in 0..count {
            match number {
                0 => stream += &self.beginning(branch, "change 0", fresh_time()),
                _ => stream += &commit(branch, &format!("change {number}"), fresh_time()),
            }
            let content = format!("{number}\n");
            let path = format!("folder{}/file{}.txt", number % 10, number % 100);
            let _ = write!(
                stream,
                "M 100644 inline {path}\ndata {}\n{content}\n",
                content.len()
            );
        }
        self.import(&stream);
        self.tip(branch)
    }

    /// Feeds `git fast-import`.
    pub fn import(&self, stream: &str) {
        git_with_input(
            &self.path,
            &["fast-import", "--quiet", "--force"],
            stream.as_bytes(),
        );
    }

    /// What a branch points to.
    pub fn tip(&self, branch: &str) -> String {
        self.git(&["rev-parse", &format!("refs/heads/{branch}")])
    }

    /// Lets a ref point elsewhere, whatever it pointed to; `refs/heads/main`.
    pub fn point(&self, name: &str, to: &str) {
        self.git(&["update-ref", name, to]);
    }

    /// Takes a ref away.
    pub fn delete(&self, name: &str) {
        self.git(&["update-ref", "-d", name]);
    }

    /// A clone with a working tree, that pushes here.
    pub fn work(&self) -> GitWork {
        let work = GitWork::pushing_to(self.path.to_str().unwrap());
        if !self.git(&["for-each-ref", "--count=1"]).is_empty() {
            work.git(&["fetch", "--quiet", "origin"]);
            let head = self.git(&["symbolic-ref", "--short", "HEAD"]);
            work.git(&[
                "checkout",
                "--quiet",
                "-B",
                &head,
                &format!("origin/{head}"),
            ]);
        }
        work
    }

    fn beginning(&self, branch: &str, message: &str, time: u64) -> String {
        let name = format!("refs/heads/{branch}");
        let there = self.git(&["for-each-ref", "--format=%(objectname)", &name]);
        let from = match there.as_str() {
            "" => String::new(),
            sha => format!("from {sha}\n"),
        };
        commit(branch, message, time) + &from
    }
}

/// The beginning of a commit in a stream for `git fast-import`.
fn commit(branch: &str, message: &str, time: u64) -> String {
    format!(
        "commit refs/heads/{branch}\nauthor Ada Author <ada@example.test> {time} +0100\n\
         committer Carl Committer <carl@example.test> {time} +0100\ndata {}\n{message}\n",
        message.len()
    )
}

/// Each later than the one before.
fn fresh_time() -> u64 {
    static MADE: AtomicU64 = AtomicU64::new(1_700_000_000);
    MADE.fetch_add(60, Ordering::Relaxed)
}

/// A working tree. It goes when dropped.
#[derive(Debug)]
pub struct GitWork {
    folder: Folder,
}

impl GitWork {
    /// One without commits, that pushes to an address.
    pub fn pushing_to(url: &str) -> Self {
        let folder = Folder::new();
        git_in(
            folder.path(),
            &[
                "init",
                "--quiet",
                "--initial-branch=main",
                "--template=",
                ".",
            ],
        );
        let work = Self { folder };
        work.git(&["remote", "add", "origin", url]);
        work
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What `git` says in it.
    pub fn git(&self, arguments: &[&str]) -> String {
        git_in(self.folder.path(), arguments)
    }

    /// Writes a file, with the folders on its way.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    /// Commits everything as it is now, and gives the sha.
    pub fn commit(&self, message: &str) -> String {
        let date = format!("{} +0100", fresh_time());
        self.git(&["add", "--all"]);
        let mut command = git();
        command.arg("-C").arg(self.path()).args([
            "commit",
            "--quiet",
            "--allow-empty",
            "-m",
            message,
        ]);
        command
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date);
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        self.git(&["rev-parse", "HEAD"])
    }

    /// Pushes the present branch, or what is named: `&["--force", "origin", "main"]`.
    pub fn push(&self, arguments: &[&str]) {
        let given = if arguments.is_empty() {
            &["origin", "HEAD"]
        } else {
            arguments
        };
        self.git(&[&["push", "--quiet"], given].concat());
    }
}
