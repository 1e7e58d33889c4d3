//! Commits as hosts list them: alike everywhere, and complete nowhere.

use serde::Deserialize;
use sluice_events::v1;

use crate::{
    first_line,
    time::Time,
    wire::{ObjectId, Text, mail, said},
};

/// How many commits an event carries at most.
pub(crate) const LIMIT: usize = 50;

/// One entry of a push's `commits`, or its `head_commit`.
#[derive(Deserialize)]
pub(crate) struct Commit<'a> {
    id: ObjectId,
    #[serde(borrow)]
    message: Option<Text<'a>>,
    #[serde(borrow)]
    author: Option<Person<'a>>,
    timestamp: Option<Time>,
}

/// Somebody as Git knows them.
#[derive(Deserialize)]
pub(crate) struct Person<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    email: Option<Text<'a>>,
}

impl Commit<'_> {
    /// Its object id.
    pub(crate) fn id(&self) -> Option<&str> {
        self.id.0.as_deref()
    }

    /// What an event tells of it.
    pub(crate) fn told(&self) -> v1::Commit {
        let message = self.message.as_ref().map_or("", Text::as_str);
        let author = |part: fn(&Person<'_>) -> String| self.author.as_ref().map(part);
        v1::Commit {
            sha: self.id.0.clone().unwrap_or_default(),
            subject: first_line(message),
            author_name: author(|author| said(&author.name)).unwrap_or_default(),
            author_email: author(|author| mail(&author.email)).unwrap_or_default(),
            time: self.timestamp.and_then(|time| time.0),
        }
    }
}

impl Person<'_> {
    /// The person as an actor without an account.
    pub(crate) fn actor(&self) -> v1::Actor {
        v1::Actor {
            name: said(&self.name),
            email: mail(&self.email),
            ..v1::Actor::default()
        }
    }
}

/// What an event tells of a list that ends with the newest: the newest of them.
pub(crate) fn newest(commits: &[Commit<'_>]) -> Vec<v1::Commit> {
    let skipped = commits.len().saturating_sub(LIMIT);
    commits.iter().skip(skipped).map(Commit::told).collect()
}
