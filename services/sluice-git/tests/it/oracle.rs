//! What the `git` command says of a repository, for comparison.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use sluice_events::v1::{self, PathStatus};
use sluice_test_support::git::{git, git_in};

use crate::site::All;

/// A path as Git tells it: a letter and the bytes of its name.
pub(crate) type Changed = BTreeSet<(char, Vec<u8>)>;

/// What Git writes, byte for byte.
pub(crate) fn bytes(repository: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = git()
        .arg("-C")
        .arg(repository)
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// All branches and tags with what they point to.
pub(crate) fn refs(repository: &Path) -> BTreeMap<Vec<u8>, String> {
    let all = bytes(
        repository,
        &[
            "for-each-ref",
            "--format=%(objectname) %(refname)",
            "refs/heads",
            "refs/tags",
        ],
    );
    let lines = all
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty());
    lines
        .map(|line| {
            (
                line[41..].to_vec(),
                String::from_utf8(line[..40].to_vec()).unwrap(),
            )
        })
        .collect()
}

/// All commits that branches and tags lead to, but for those that some others lead to.
pub(crate) fn commits(repository: &Path, but: &[&str]) -> BTreeSet<String> {
    let mut arguments = vec!["rev-list", "--branches", "--tags"];
    if !but.is_empty() {
        arguments.push("--not");
        arguments.extend(but);
    }
    let all = git_in(repository, &arguments);
    all.lines().map(str::to_owned).collect()
}

/// What every commit changes against its first parent.
pub(crate) fn changed(repository: &Path) -> BTreeMap<String, Changed> {
    let log = bytes(
        repository,
        &[
            "-c",
            "log.showRoot=true",
            "log",
            "--branches",
            "--tags",
            "--raw",
            "-z",
            "--no-renames",
            "--no-abbrev",
            "--diff-merges=first-parent",
            "--root",
            "--format=commit %H",
        ],
    );
    let mut all = BTreeMap::<String, Changed>::new();
    let (mut commit, mut status) = (String::new(), None);
    for part in log.split(|&byte| byte == 0) {
        let part = part.strip_prefix(b"\n").unwrap_or(part);
        if let Some(letter) = status.take() {
            all.get_mut(&commit)
                .unwrap()
                .insert((letter, part.to_vec()));
        } else if let Some(sha) = part.strip_prefix(b"commit ") {
            commit = String::from_utf8(sha.to_vec()).unwrap();
            all.insert(commit.clone(), Changed::new());
        } else if part.starts_with(b":") {
            status = Some(char::from(*part.last().unwrap()));
        }
    }
    all
}

/// A record's paths in the same form.
pub(crate) fn told(paths: &v1::ChangedPaths) -> Changed {
    assert_eq!(paths.extent(), v1::PathsExtent::Known);
    let told: Changed = paths
        .paths
        .iter()
        .map(|path| (letter(path.status()), raw(&path.path, &path.path_raw)))
        .collect();
    assert_eq!(told.len(), paths.paths.len(), "a path is told twice");
    told
}

pub(crate) fn letter(status: PathStatus) -> char {
    match status {
        PathStatus::Added => 'A',
        PathStatus::Modified => 'M',
        PathStatus::Deleted => 'D',
        PathStatus::Renamed => 'R',
        PathStatus::TypeChanged => 'T',
        PathStatus::Unspecified => '?',
    }
}

/// The exact bytes of a text that may have lost some.
pub(crate) fn raw(text: &str, raw: &[u8]) -> Vec<u8> {
    assert!(
        raw.is_empty() || std::str::from_utf8(raw).is_err(),
        "raw bytes beside a text that has them all"
    );
    if raw.is_empty() {
        text.as_bytes().to_vec()
    } else {
        raw.to_vec()
    }
}

/// That a record says what the commit's own bytes say.
pub(crate) fn check_record(repository: &Path, record: &v1::CommitRecord) {
    let object = bytes(repository, &["cat-file", "commit", &record.sha]);
    let head_end = object
        .windows(2)
        .position(|pair| pair == b"\n\n")
        .unwrap_or(object.len());
    let headers: Vec<&[u8]> = object[..head_end].split(|&byte| byte == b'\n').collect();
    let all = |name: &str| {
        let name = format!("{name} ");
        let found = headers
            .iter()
            .filter_map(|line| line.strip_prefix(name.as_bytes()));
        found.map(<[u8]>::to_vec).collect::<Vec<_>>()
    };
    let sha = &record.sha;
    assert_eq!(all("tree"), [record.tree.as_bytes()], "{sha}");
    assert_eq!(
        all("parent"),
        record
            .parents
            .iter()
            .map(|parent| parent.as_bytes().to_vec())
            .collect::<Vec<_>>(),
        "{sha}"
    );
    assert_eq!(
        raw(&record.message, &record.message_raw),
        object.get(head_end + 2..).unwrap_or_default(),
        "{sha}"
    );
    assert_eq!(
        all("encoding").concat(),
        record.encoding.as_bytes(),
        "{sha}"
    );
    for (name, person) in [
        ("author", record.author.as_ref()),
        ("committer", record.committer.as_ref()),
    ] {
        let person = person.unwrap();
        let mut line = raw(&person.name, &person.name_raw);
        line.extend_from_slice(b" <");
        line.extend(raw(&person.email, &person.email_raw));
        line.extend(format!("> {} {}", person.time, person.zone).into_bytes());
        assert_eq!(all(name), [line], "{sha}");
    }
}

/// That refs, commits, their order, their records and their paths are those of the repository.
pub(crate) fn check_all(repository: &Path, all: &All) {
    check_refs(repository, all);
    check_order(all);
    let told: BTreeSet<_> = all.shas().into_iter().collect();
    assert_eq!(told, commits(repository, &[]));
    let changed = changed(repository);
    for commit in all.commits() {
        check_record(repository, commit);
        assert_eq!(
            self::told(commit.paths.as_ref().unwrap()),
            changed[&commit.sha],
            "{}",
            commit.sha
        );
    }
}

/// That the refs are those of the repository.
pub(crate) fn check_refs(repository: &Path, all: &All) {
    let told: BTreeMap<_, _> = all
        .refs
        .refs
        .iter()
        .map(|at| (at.name.as_bytes().to_vec(), at.oid.to_string()))
        .collect();
    assert_eq!(told, refs(repository));
}

/// That every commit is told once, and behind its parents as far as they are told.
pub(crate) fn check_order(all: &All) {
    let mut seen = BTreeSet::new();
    let everything: BTreeSet<_> = all.shas().into_iter().collect();
    for commit in all.commits() {
        for parent in commit
            .parents
            .iter()
            .filter(|parent| everything.contains(*parent))
        {
            assert!(
                seen.contains(parent),
                "{} comes before its parent {parent}",
                commit.sha
            );
        }
        assert!(
            seen.insert(commit.sha.clone()),
            "{} is told twice",
            commit.sha
        );
    }
}

/// That a mirror is whole. What odd commits have done wrong is not what is looked for.
pub(crate) fn fsck(mirror: &Path) {
    let mut arguments = Vec::new();
    let known = [
        "badTimezone",
        "missingNameBeforeEmail",
        "missingSpaceBeforeDate",
        "badDateOverflow",
        "missingTaggerEntry",
    ];
    let ignored: Vec<_> = known
        .iter()
        .map(|what| format!("fsck.{what}=ignore"))
        .collect();
    for setting in &ignored {
        arguments.extend(["-c", setting.as_str()]);
    }
    arguments.extend(["fsck", "--full", "--no-dangling"]);
    git_in(mirror, &arguments);
}
