//! What sync lists: `listing("acme/web").branch("main").to(&c).commits([a, b, c])`.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime},
};

use sluice_bus::Outgoing;
use sluice_events::{
    Address, Envelope, MessageId, Subject, Timestamp, to_json,
    v1::{
        ChangedPath, ChangedPaths, CommitPerson, CommitRecord, CommitsListed, ListedCommit,
        PathStatus, PathsExtent, Push, RefAt, RefKind, RefMove, Repository, Trust,
    },
};

/// Each listing is another message.
static NUMBER: AtomicU64 = AtomicU64::new(0);

#[derive(Clone)]
pub(crate) struct Listing {
    pub(crate) project: String,
    pub(crate) data: CommitsListed,
    pub(crate) at: Timestamp,
}

/// The first listing of a repository on `github`, registered under the last part of its name, of the branch `main`.
pub(crate) fn listing(full_name: &str) -> Listing {
    let name = full_name.rsplit('/').next().unwrap();
    Listing {
        project: "default".into(),
        at: Timestamp::now(),
        data: CommitsListed {
            repository: Some(Repository {
                host: "github".into(),
                provider: "github".into(),
                full_name: full_name.into(),
                web_url: format!("https://github.example/{full_name}"),
                ..Default::default()
            }),
            name: name.into(),
            generation: 1,
            r#move: Some(RefMove {
                r#ref: "refs/heads/main".into(),
                kind: RefKind::Branch.into(),
                ..Default::default()
            }),
            last: true,
            ..Default::default()
        },
    }
}

impl Listing {
    pub(crate) fn project(mut self, project: &str) -> Self {
        self.project = project.into();
        self
    }

    pub(crate) fn host(mut self, host: &str) -> Self {
        self.repository().host = host.into();
        self
    }

    pub(crate) fn id(mut self, host_id: &str) -> Self {
        self.repository().host_id = host_id.into();
        self
    }

    pub(crate) fn called(mut self, name: &str) -> Self {
        self.data.name = name.into();
        self
    }

    pub(crate) fn generation(mut self, generation: u64) -> Self {
        self.data.generation = generation;
        self
    }

    pub(crate) fn part(mut self, part: u32) -> Self {
        self.data.part = part;
        self
    }

    pub(crate) fn branch(mut self, name: &str) -> Self {
        self.moved().r#ref = format!("refs/heads/{name}");
        self
    }

    pub(crate) fn tag(mut self, name: &str) -> Self {
        self.moved().r#ref = format!("refs/tags/{name}");
        self.moved().set_kind(RefKind::Tag);
        self
    }

    pub(crate) fn from(mut self, sha: &str) -> Self {
        self.moved().from = Some(sha.into());
        self
    }

    pub(crate) fn to(mut self, sha: &str) -> Self {
        self.moved().to = Some(sha.into());
        let full = self.moved().r#ref.clone();
        self.data.refs = vec![RefAt {
            r#ref: full,
            sha: sha.into(),
            ..Default::default()
        }];
        self
    }

    pub(crate) fn took_off(mut self, shas: &[&str]) -> Self {
        self.moved().removed = shas.iter().map(|sha| (*sha).to_owned()).collect();
        self
    }

    pub(crate) fn pushed_by(mut self, event: &str) -> Self {
        self.moved().push = Some(push(event));
        self
    }

    pub(crate) fn found_ago(mut self, ago: Duration) -> Self {
        self.at = (SystemTime::now() - ago).into();
        self
    }

    pub(crate) fn commits(mut self, commits: impl IntoIterator<Item = CommitRecord>) -> Self {
        let listed = commits.into_iter().map(|commit| ListedCommit {
            commit: Some(commit),
            push: None,
        });
        self.data.commits = listed.collect();
        self
    }

    pub(crate) fn repository(&mut self) -> &mut Repository {
        self.data.repository.as_mut().unwrap()
    }

    pub(crate) fn moved(&mut self) -> &mut RefMove {
        self.data.r#move.as_mut().unwrap()
    }

    /// As sync publishes it.
    pub(crate) fn message(&self) -> Outgoing {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let full_name = &self.data.repository.as_ref().unwrap().full_name;
        let host = &self.data.repository.as_ref().unwrap().host;
        let address = Address::of(&self.project, host, full_name);
        let subject = Subject::new("bulk", address, "commits", "listed");
        let id = MessageId::of(&[b"listing", &number]);
        let envelope = Envelope {
            id: id.as_str().to_owned(),
            source: "https://github.example".into(),
            event_type: subject.event_type(),
            subject: String::new(),
            time: self.at,
            project: self.project.clone(),
            fact: None,
            trust: Trust::Host,
            delivery: String::new(),
            operation: String::new(),
        };
        Outgoing::event(&subject, &envelope, id, to_json(&self.data).unwrap())
    }
}

pub(crate) fn push(event: &str) -> Push {
    Push {
        event_id: event.into(),
        ..Default::default()
    }
}

/// A commit, by a word that its sha comes from; its parents by theirs.
pub(crate) fn commit(word: &str, parents: &[&str]) -> CommitRecord {
    let person = |time| CommitPerson {
        name: "Ada Lovelace".into(),
        email: "ada@example.org".into(),
        time,
        zone: "+0000".into(),
        ..Default::default()
    };
    CommitRecord {
        sha: sha(word),
        parents: parents.iter().map(|parent| sha(parent)).collect(),
        tree: sha("tree"),
        author: Some(person(1_700_000_000)),
        committer: Some(person(1_700_000_000)),
        message: format!("{word}\n"),
        ..Default::default()
    }
}

/// A line of commits, each the parent of the next, a minute apart.
pub(crate) fn line(words: &[&str]) -> Vec<CommitRecord> {
    let mut commits = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let parents = if at == 0 { &[][..] } else { &words[at - 1..at] };
        let mut commit = commit(word, parents);
        commit.committer.as_mut().unwrap().time += 60 * i64::try_from(at).unwrap();
        commits.push(commit);
    }
    commits
}

/// The paths that a commit changes.
pub(crate) fn changing(paths: &[&str]) -> Option<ChangedPaths> {
    let changed = paths.iter().map(|path| ChangedPath {
        status: PathStatus::Modified.into(),
        path: (*path).to_owned(),
        ..Default::default()
    });
    Some(ChangedPaths {
        extent: PathsExtent::Known.into(),
        paths: changed.collect(),
    })
}

/// A sha that comes from a word.
pub(crate) fn sha(word: &str) -> String {
    MessageId::of(&[word.as_bytes()]).as_str().to_owned()
}
