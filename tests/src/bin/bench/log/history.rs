//! A long history: made by `git fast-import`, read back by `git log`, as sync would list it.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
    process::Stdio,
};

use sluice_events::v1::{
    ChangedPath, ChangedPaths, CommitPerson, CommitRecord, PathStatus, PathsExtent,
};
use sluice_test_support::{GitRepository, git::git};

/// People, folders, and files in each folder.
const PEOPLE: usize = 300;
const FOLDERS: usize = 400;
const FILES: usize = 50;

/// Every so many commits one is a merge.
const MERGES: usize = 25;

/// When the first was committed; the others follow a minute apart each.
const BEGIN: usize = 1_500_000_000;

const WORDS: [&str; 12] = [
    "queue", "retry", "index", "stream", "cursor", "branch", "mirror", "token", "gateway",
    "ledger", "window", "digest",
];

/// What `git log` prints of a commit, without and with the paths that differ from its first parent.
const FORMAT: &str =
    "--format=%x01%H%x02%P%x02%T%x02%an%x02%ae%x02%at%x02%cn%x02%ce%x02%ct%x02%B%x03";
pub(crate) const WITHOUT_PATHS: &[&str] = &[FORMAT, "-z"];
pub(crate) const PATHS: &[&str] = &[FORMAT, "-z", "--name-status", "--diff-merges=first-parent"];

/// A repository with a long history on `main`.
pub(crate) struct History {
    path: PathBuf,
}

impl History {
    pub(crate) fn make(folder: &Path, commits: usize) -> Self {
        let repository = GitRepository::local("acme/web", folder);
        let mut stream = String::new();
        for number in 1..=commits {
            commit(&mut stream, number);
        }
        repository.import(&stream);
        repository.git(&["repack", "-a", "-d", "-q"]);
        repository.git(&["commit-graph", "write"]);
        Self {
            path: repository.path().to_owned(),
        }
    }

    /// Has `git log` print it, for nobody.
    pub(crate) fn log(&self, arguments: &[&str]) {
        let mut log = self.command(arguments);
        let status = log.stdout(Stdio::null()).status().unwrap();
        assert!(status.success());
    }

    /// How many commits `git log` finds.
    pub(crate) fn count(&self, arguments: &[&str]) -> usize {
        let found = self.command(&["--format=%x01"]).args(arguments).output();
        let found = found.unwrap().stdout;
        found.iter().filter(|byte| **byte == 1).count()
    }

    /// All commits, parents before children.
    pub(crate) fn commits(&self) -> Vec<CommitRecord> {
        let mut log = self.command(PATHS);
        let read = log.args(["--reverse", "--topo-order"]).output().unwrap();
        assert!(read.status.success());
        let text = String::from_utf8(read.stdout).unwrap();
        text.split('\u{1}').skip(1).map(record).collect()
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = git();
        command.arg("-C").arg(&self.path).arg("log").args(arguments);
        // Revisions go before paths.
        if !arguments.contains(&"--") {
            command.arg("main");
        }
        command
    }
}

/// A commit for `git fast-import`: two files, a message of a few lines, at times another parent.
fn commit(stream: &mut String, number: usize) {
    let person = number * 7 % PEOPLE;
    let time = BEGIN + 60 * number;
    let words: Vec<_> = (0..24)
        .map(|at| WORDS[(number * (at + 3) / 7 + at) % WORDS.len()])
        .collect();
    let message = format!(
        "{}: mend the {} of {number}\n\n{}\n{}\n",
        words[0],
        words[1],
        words[2..13].join(" "),
        words[13..].join(" ")
    );
    let _ = write!(
        stream,
        "commit refs/heads/main\nmark :{number}\nauthor Person {person} <p{person}@example.test> {time} +0100\n\
         committer Person {person} <p{person}@example.test> {time} +0100\ndata {}\n{message}\n",
        message.len()
    );
    if number > 1 {
        let _ = writeln!(stream, "from :{}", number - 1);
    }
    if number.is_multiple_of(MERGES) {
        let _ = writeln!(stream, "merge :{}", number - MERGES / 2);
    }
    for file in [number * 31, number * 17 + 5] {
        let (folder, name) = (file % FOLDERS, file / FOLDERS % FILES);
        let content = format!("{number}\n");
        let _ = write!(
            stream,
            "M 100644 inline src/folder{folder}/file{name}.rs\ndata {}\n{content}\n",
            content.len()
        );
    }
}

/// Reads what `git log` printed of one commit.
fn record(text: &str) -> CommitRecord {
    let (head, paths) = text.split_once('\u{3}').unwrap();
    let fields: Vec<_> = head.splitn(10, '\u{2}').collect();
    let person = |at: usize| CommitPerson {
        name: fields[at].to_owned(),
        email: fields[at + 1].to_owned(),
        time: fields[at + 2].parse().unwrap(),
        zone: "+0100".to_owned(),
        ..Default::default()
    };
    let mut words = paths.split('\0').filter(|word| !word.trim().is_empty());
    let mut changed = Vec::new();
    while let (Some(status), Some(path)) = (words.next(), words.next()) {
        let status = match status.trim() {
            "A" => PathStatus::Added,
            "D" => PathStatus::Deleted,
            _ => PathStatus::Modified,
        };
        changed.push(ChangedPath {
            status: status.into(),
            path: path.to_owned(),
            ..Default::default()
        });
    }
    CommitRecord {
        sha: fields[0].to_owned(),
        parents: fields[1].split_whitespace().map(str::to_owned).collect(),
        tree: fields[2].to_owned(),
        author: Some(person(3)),
        committer: Some(person(6)),
        message: fields[9].to_owned(),
        paths: Some(ChangedPaths {
            extent: PathsExtent::Known.into(),
            paths: changed,
        }),
        ..Default::default()
    }
}
