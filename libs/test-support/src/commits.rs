//! What the commit log records, said without sync: commits and where refs stand.

use std::time::Duration;

use sluice_bus::{Bus, Outgoing};
use sluice_events::{
    Address, Envelope, MessageId, Subject, Timestamp, to_json,
    v1::{
        CommitPerson, CommitRecord, CommitRecorded, RefKind, RefMove, RefMoved, Repository, Trust,
    },
};

/// How long the bus may take to store a batch.
const PATIENCE: Duration = Duration::from_secs(30);

/// Records in one batch.
const BATCH: usize = 500;

/// When the commit of number 0 was committed. Each is a minute younger than the one before.
const BEGIN: i64 = 1_700_000_000;

/// A repository on `github` whose commits are recorded, registered under the last part of its name.
#[derive(Debug, Clone, Copy)]
pub struct History<'a> {
    /// Name of its project.
    pub project: &'a str,
    /// Its full name.
    pub full_name: &'a str,
}

/// A commit of a line: each is the child of the one with the number before.
pub fn numbered(number: u64) -> CommitRecord {
    let seconds = 60 * i64::try_from(number).unwrap();
    let person = CommitPerson {
        name: "Ada Lovelace".into(),
        email: "ada@example.org".into(),
        time: BEGIN + seconds,
        zone: "+0000".into(),
        ..Default::default()
    };
    let parent = number.checked_sub(1).map(numbered_sha);
    CommitRecord {
        sha: numbered_sha(number),
        parents: parent.into_iter().collect(),
        tree: numbered_sha(u64::MAX),
        author: Some(person.clone()),
        committer: Some(person),
        message: format!("Commit number {number}\n"),
        ..Default::default()
    }
}

/// The sha of [`numbered`].
pub fn numbered_sha(number: u64) -> String {
    MessageId::of(&[&number.to_be_bytes()]).as_str().to_owned()
}

impl History<'_> {
    /// Records commits in their order, as the user `commit-log`.
    pub async fn record(&self, log: &Bus, commits: impl IntoIterator<Item = CommitRecord>) {
        let mut rest = commits.into_iter();
        loop {
            let batch = rest.by_ref().take(BATCH).map(|commit| self.commit(commit));
            let batch: Vec<_> = batch.collect();
            if batch.is_empty() {
                return;
            }
            log.publish_together(&batch, PATIENCE).await.unwrap();
        }
    }

    /// Records that a branch stands at a commit, in this generation.
    pub async fn stands(&self, log: &Bus, branch: &str, sha: &str, generation: u64) {
        let number = generation.to_string();
        let subject = Subject::new("commit", self.address(), "moved", &number);
        let subject = subject.qualified(["branch", branch]);
        let moved = RefMoved {
            repository: Some(self.repository()),
            name: self.name().to_owned(),
            generation,
            r#move: Some(RefMove {
                r#ref: format!("refs/heads/{branch}"),
                kind: RefKind::Branch.into(),
                to: Some(sha.to_owned()),
                ..Default::default()
            }),
            recorded_at: Some(Timestamp::now()),
        };
        let payload = to_json(&moved).unwrap();
        let record = Outgoing::record(&subject, &self.envelope(&subject, "moved"), payload);
        log.publish(record, PATIENCE).await.unwrap();
    }

    fn commit(&self, commit: CommitRecord) -> Outgoing {
        let subject = Subject::new("commit", self.address(), "recorded", &commit.sha);
        let recorded = CommitRecorded {
            repository: Some(self.repository()),
            name: self.name().to_owned(),
            commit: Some(commit),
            r#ref: "refs/heads/main".into(),
            recorded_at: Some(Timestamp::now()),
            ..Default::default()
        };
        let payload = to_json(&recorded).unwrap();
        Outgoing::record(&subject, &self.envelope(&subject, "recorded"), payload)
    }

    fn name(&self) -> &str {
        self.full_name.rsplit('/').next().unwrap()
    }

    fn address(&self) -> Address {
        Address::of(self.project, "github", self.full_name)
    }

    fn repository(&self) -> Repository {
        Repository {
            host: "github".into(),
            provider: "github".into(),
            full_name: self.full_name.into(),
            web_url: format!("https://github.com/{}", self.full_name),
            ..Default::default()
        }
    }

    fn envelope(&self, subject: &Subject, name: &str) -> Envelope {
        Envelope {
            id: MessageId::of(&[subject.to_string().as_bytes()])
                .as_str()
                .to_owned(),
            source: format!("https://github.com/{}", self.full_name),
            event_type: format!("dev.sluice.commit.{name}.v1"),
            subject: String::new(),
            time: Timestamp::now(),
            project: self.project.to_owned(),
            fact: None,
            trust: Trust::Host,
            delivery: String::new(),
            operation: String::new(),
        }
    }
}
