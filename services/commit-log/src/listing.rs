//! What a message of `bulk.commits.listed` says, checked.
//!
//! A listing that contradicts itself or leaves out what it is about is no listing; whoever sends it again sends the same.

use std::collections::HashSet;

use sluice_bus::consume::Received;
use sluice_events::{
    Subject, Timestamp,
    v1::{CommitsListed, ListedCommit, RefAt, RefKind, RefMove, Repository},
};

/// A part of a listing.
#[derive(Debug, Clone)]
pub(crate) struct Listing {
    /// The project, which only the subject says.
    pub(crate) project: String,
    /// Project, host, owner and repository as they stand in the subject.
    pub(crate) tokens: String,
    pub(crate) repository: Repository,
    /// The repository's name in the registry.
    pub(crate) name: String,
    pub(crate) generation: u64,
    pub(crate) kind: RefKind,
    pub(crate) moved: RefMove,
    pub(crate) refs: Vec<RefAt>,
    pub(crate) part: u32,
    /// Its commits, each once.
    pub(crate) commits: Vec<ListedCommit>,
    /// When it was listed.
    pub(crate) found_at: Timestamp,
}

impl Listing {
    /// Reads a message. The error says what is wrong with it.
    pub(crate) fn read(event: Received<CommitsListed>) -> Result<Self, String> {
        let subject = Subject::parse(&event.subject).map_err(|error| error.to_string())?;
        let data = event.data;
        let mut repository = data.repository.ok_or("it names no repository")?;
        let moved = data.r#move.ok_or("it names no move")?;
        let kind = moved.kind();
        if kind == RefKind::Unspecified || moved.r#ref.is_empty() {
            return Err("its move is of neither a branch nor a tag".into());
        }
        for sha in moved.from.iter().chain(&moved.to) {
            object_id(sha)?;
        }
        if repository.host.is_empty() {
            repository.host = subject.address.host.clone();
        }
        if repository.full_name.is_empty() {
            return Err("its repository has no name".into());
        }
        Ok(Self {
            project: subject.address.project,
            tokens: event
                .subject
                .split('.')
                .skip(3)
                .take(4)
                .collect::<Vec<_>>()
                .join("."),
            repository,
            name: data.name,
            generation: data.generation,
            kind,
            moved,
            refs: data.refs,
            part: data.part,
            commits: each_once(data.commits)?,
            found_at: event.envelope.time,
        })
    }

    /// The word for the kind of its ref.
    pub(crate) fn kind_word(&self) -> &'static str {
        match self.kind {
            RefKind::Tag => "tag",
            RefKind::Branch | RefKind::Unspecified => "branch",
        }
    }
}

fn each_once(listed: Vec<ListedCommit>) -> Result<Vec<ListedCommit>, String> {
    let mut seen = HashSet::new();
    let mut commits = Vec::with_capacity(listed.len());
    for commit in listed {
        let sha = commit.commit.as_ref().map(|commit| commit.sha.clone());
        let sha = sha.ok_or("it lists a commit without a record")?;
        object_id(&sha)?;
        if seen.insert(sha) {
            commits.push(commit);
        }
    }
    Ok(commits)
}

/// The bytes of an object id: 20 (SHA-1) or 32 (SHA-256), written in lower case.
pub(crate) fn object_id(text: &str) -> Result<Vec<u8>, String> {
    let bytes = hex::decode(text).ok();
    let bytes = bytes.filter(|bytes| matches!(bytes.len(), 20 | 32) && hex::encode(bytes) == text);
    bytes.ok_or_else(|| {
        format!(
            "`{}` is no object id",
            text.chars().take(80).collect::<String>()
        )
    })
}

#[cfg(test)]
mod tests {
    use sluice_events::{
        Envelope,
        v1::{CommitRecord, Trust},
    };

    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    fn received(change: impl FnOnce(&mut CommitsListed)) -> Received<CommitsListed> {
        let commit = |sha: &str| ListedCommit {
            commit: Some(CommitRecord {
                sha: sha.into(),
                ..Default::default()
            }),
            push: None,
        };
        let mut data = CommitsListed {
            repository: Some(Repository {
                full_name: "acme/web".into(),
                ..Default::default()
            }),
            r#move: Some(RefMove {
                r#ref: "refs/heads/main".into(),
                kind: RefKind::Branch.into(),
                to: Some(A.into()),
                ..Default::default()
            }),
            commits: vec![commit(A), commit(A)],
            ..Default::default()
        };
        change(&mut data);
        Received {
            subject: "sluice.v1.bulk.default.github.acme.web.commits.listed".into(),
            envelope: Envelope {
                id: "1".into(),
                source: "s".into(),
                event_type: "t".into(),
                subject: String::new(),
                time: Timestamp::from_seconds(7),
                project: "other".into(),
                fact: None,
                trust: Trust::Host,
                delivery: String::new(),
                operation: String::new(),
            },
            data,
            sequence: 1,
            attempt: 1,
        }
    }

    #[test]
    fn the_project_is_the_subjects_and_a_commit_stands_once() {
        let listing = Listing::read(received(|_| {})).unwrap();
        assert_eq!(listing.project, "default");
        assert_eq!(listing.tokens, "default.github.acme.web");
        assert_eq!(listing.repository.host, "github");
        assert_eq!(listing.commits.len(), 1);
        assert_eq!(listing.found_at.seconds, 7);
    }

    type Spoil = fn(&mut CommitsListed);

    #[test]
    fn what_says_nonsense_is_no_listing() {
        let wrong: [(&str, Spoil); 7] = [
            ("no repository", |data| data.repository = None),
            ("has no name", |data| {
                data.repository = Some(Repository::default())
            }),
            ("no move", |data| data.r#move = None),
            ("neither", |data| data.r#move = Some(RefMove::default())),
            ("without a record", |data| data.commits[0].commit = None),
            ("no object id", |data| {
                data.commits[1].commit.as_mut().unwrap().sha = "../x".into()
            }),
            ("no object id", |data| {
                data.r#move.as_mut().unwrap().to = Some(A.to_uppercase())
            }),
        ];
        for (reason, change) in wrong {
            let error = Listing::read(received(change)).unwrap_err();
            assert!(error.contains(reason), "{reason}: {error}");
        }
    }
}
