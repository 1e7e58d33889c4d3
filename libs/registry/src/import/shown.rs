//! An import as it is shown: what was asked for, and how far it has come.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sluice_events::{
    Timestamp,
    v1::{self, ConnectionProblem, ConnectionStatus},
};

use super::ImportSpec;
use crate::{CONNECTION_STATUSES, IMPORT_STATUSES};

/// An import, and how far it has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShownImport {
    /// Its name.
    pub name: String,
    /// Its project.
    pub project: String,
    /// What was asked for.
    pub spec: ImportSpec,
    /// How far it has come.
    pub status: ImportProgress,
}

/// How far an import has come.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ImportProgress {
    /// One of [`IMPORT_STATUSES`].
    pub state: String,
    /// How many repositories the host has shown this time.
    pub seen: u32,
    /// How many it has registered, at any time.
    pub registered: u32,
    /// How many of those seen were registered already.
    pub known: u32,
    /// How many of them are not meant.
    pub skipped: u32,
    /// How those stand that it has registered and that are there: a number for each of [`CONNECTION_STATUSES`].
    pub repositories: BTreeMap<String, u32>,
    /// Why it does not go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<ConnectionProblem>,
    /// Until when the host takes nothing new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_until: Option<Timestamp>,
    /// When it last began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it last came to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// When it is looked again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// Who asked for it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub principal: String,
    /// The operation that asked for it last.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub operation: String,
    /// How the webhook of its owner stands, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<v1::Connection>,
}

impl ShownImport {
    /// As its record says, with how each repository stands that it has registered.
    pub fn of(
        import: &v1::Import,
        connection: Option<v1::Connection>,
        standing: impl IntoIterator<Item = ConnectionStatus>,
    ) -> Self {
        let mut repositories = BTreeMap::new();
        for status in standing {
            let word = CONNECTION_STATUSES.word(status).to_owned();
            *repositories.entry(word).or_default() += 1;
        }
        Self {
            name: import.name.clone(),
            project: import.project.clone(),
            spec: ImportSpec::from(import),
            status: ImportProgress {
                state: IMPORT_STATUSES.word(import.status()).to_owned(),
                seen: import.seen,
                registered: import.registered,
                known: import.known,
                skipped: import.skipped,
                repositories,
                problem: import.problem.clone(),
                waits_until: import.waits_until,
                started_at: import.started_at,
                finished_at: import.finished_at,
                due_at: import.due_at,
                principal: import.principal.clone(),
                operation: import.operation_id.clone(),
                connection,
            },
        }
    }
}
