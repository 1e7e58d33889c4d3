//! How a repository is connected: its record, and whose turn it is to work on it.

use sluice_bus::{Bus, RecordError, Records};
use sluice_events::{
    Timestamp,
    v1::{
        Connection, ConnectionClaim, ConnectionProblem, ConnectionRequest, ConnectionStatus,
        ConnectionStep, StepOutcome,
    },
};
use sluice_registry::keys;

use crate::SERVICE;

/// How long a claim holds after each sign of life, in seconds: longer than any one call to a host may take with all its
/// tries.
const CLAIM: i64 = 120;

/// The records of all repositories.
pub(crate) struct Connections {
    records: Records<Connection>,
    /// Who we are, among the replicas.
    ours: String,
}

/// How a repository stands, claimed by us.
pub(crate) struct Standing {
    key: String,
    revision: Option<u64>,
    /// As it was when it was claimed.
    pub(crate) before: Connection,
    pub(crate) record: Connection,
}

impl Connections {
    /// The records, and who we are: any name that no other replica has.
    pub(crate) fn of(bus: &Bus, ours: String) -> Self {
        Self {
            records: Records::new(bus, keys::CONNECTIONS),
            ours,
        }
    }

    /// Who we are.
    pub(crate) fn ours(&self) -> &str {
        &self.ours
    }

    pub(crate) fn watch(&self) -> sluice_bus::Watch<Connection> {
        self.records.watch()
    }

    /// Takes a repository in hand. `None`: another replica has it.
    pub(crate) async fn claim(&self, key: &str) -> Result<Option<Standing>, RecordError> {
        let now = Timestamp::now();
        let found = self.records.get(key).await?;
        let revision = found.as_ref().map(|found| found.revision);
        let before = found.map(|found| found.record).unwrap_or_default();
        if is_taken(&before, &self.ours, now) {
            return Ok(None);
        }
        let record = Connection {
            steps: Vec::new(),
            ..before.clone()
        };
        let mut standing = Standing {
            key: key.to_owned(),
            revision,
            before,
            record,
        };
        match self.write(&mut standing).await {
            Ok(()) => Ok(Some(standing)),
            Err(RecordError::Conflict { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes how it stands, and goes on holding it.
    pub(crate) async fn write(&self, standing: &mut Standing) -> Result<(), RecordError> {
        standing.record.claim = Some(claim(&self.ours));
        self.put(standing).await
    }

    /// Writes how it stands, and lets it go.
    pub(crate) async fn release(&self, standing: &mut Standing) -> Result<(), RecordError> {
        standing.record.claim = None;
        self.put(standing).await
    }

    /// Lets it go as it was before we took it.
    pub(crate) async fn put_down(&self, standing: &mut Standing) -> Result<(), RecordError> {
        standing.record = standing.before.clone();
        match standing.record == Connection::default() {
            true => self.delete(standing).await,
            false => self.release(standing).await,
        }
    }

    /// Deletes it, once nothing is left of it.
    pub(crate) async fn delete(&self, standing: &Standing) -> Result<(), RecordError> {
        match standing.revision {
            Some(revision) => self.records.delete(&standing.key, revision).await,
            None => Ok(()),
        }
    }

    /// Commands add what they ask for while we hold the record: that is taken over.
    async fn put(&self, standing: &mut Standing) -> Result<(), RecordError> {
        loop {
            let (record, revision) = (&standing.record, standing.revision);
            let conflict = match self.records.put(&standing.key, record, revision).await {
                Ok(revision) => {
                    standing.revision = Some(revision);
                    return Ok(());
                }
                Err(error @ RecordError::Conflict { .. }) => error,
                Err(error) => return Err(error),
            };
            let found = self.records.get(&standing.key).await?;
            let ours = |claim: &ConnectionClaim| claim.by == self.ours;
            let still = |found: &Connection| found.claim.as_ref().is_some_and(ours);
            let Some(found) = found.filter(|found| still(&found.record)) else {
                return Err(conflict);
            };
            standing.revision = Some(found.revision);
            take_over(&mut standing.record, &standing.before, found.record);
        }
    }
}

/// A claim from now on.
pub(crate) fn claim(ours: &str) -> ConnectionClaim {
    ConnectionClaim {
        by: ours.to_owned(),
        until: Some(Timestamp {
            seconds: Timestamp::now().seconds + CLAIM,
            nanos: 0,
        }),
    }
}

/// Whether nothing of ours is left at the host, as far as is known. Where something is, the record goes on saying so.
pub(crate) fn is_empty(connection: &Connection) -> bool {
    let mut hooks = connection.hook.iter().chain(&connection.obsolete);
    hooks.all(|hook| hook.id.is_empty()) && connection.intent.is_none()
}

/// Adds what was asked for since.
fn take_over(record: &mut Connection, before: &Connection, found: Connection) {
    let known = |request: &ConnectionRequest| {
        let requests = before.requests.iter().chain(&record.requests);
        requests
            .into_iter()
            .any(|known| known.operation_id == request.operation_id)
    };
    let new: Vec<_> = found
        .requests
        .into_iter()
        .filter(|request| !known(request))
        .collect();
    record.requests.extend(new);
}

/// Whether somebody else works on it.
fn is_taken(record: &Connection, ours: &str, now: Timestamp) -> bool {
    record
        .claim
        .as_ref()
        .is_some_and(|claim| claim.by != ours && claim.until.is_some_and(|until| now < until))
}

impl Standing {
    /// Notes what came of a step. What was told of it before in this look is replaced.
    pub(crate) fn step(&mut self, name: &str, outcome: StepOutcome, message: impl Into<String>) {
        let step = ConnectionStep {
            name: name.to_owned(),
            outcome: outcome.into(),
            message: message.into(),
            at: Some(Timestamp::now()),
        };
        let mut steps = self.record.steps.iter_mut();
        match steps.find(|known| known.name == name) {
            Some(known) => *known = step,
            None => self.record.steps.push(step),
        }
    }

    /// Notes how it stands from now on. Where it stood so before, since when does not change.
    pub(crate) fn stands(&mut self, status: ConnectionStatus, problem: Option<ConnectionProblem>) {
        let now = Some(Timestamp::now());
        if self.record.status() != status {
            self.record.since = now;
        }
        let known = self.record.problem.take();
        self.record.problem = problem.map(|problem| ConnectionProblem {
            since: known
                .filter(|known| known.kind == problem.kind)
                .map_or(now, |known| known.since),
            ..problem
        });
        self.record.set_status(status);
    }
}

/// A name that no other replica has.
pub(crate) fn new_name() -> anyhow::Result<String> {
    let mut bits = [0; 8];
    getrandom::fill(&mut bits).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(format!("{}-{}", SERVICE.name, hex::encode(bits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_in_one_hand_until_that_lets_it_go_or_dies() {
        let now = Timestamp::from_seconds(100);
        let claimed = |by: &str, until: i64| Connection {
            claim: Some(ConnectionClaim {
                by: by.into(),
                until: Some(Timestamp::from_seconds(until)),
            }),
            ..Connection::default()
        };
        assert!(!is_taken(&Connection::default(), "a", now));
        assert!(is_taken(&claimed("b", 101), "a", now));
        assert!(!is_taken(&claimed("a", 101), "a", now), "it is ours");
        assert!(!is_taken(&claimed("b", 100), "a", now), "it died");
    }

    #[test]
    fn what_is_asked_for_meanwhile_is_not_lost_and_what_is_done_does_not_come_back() {
        let asking = |ids: &[&str]| Connection {
            requests: ids
                .iter()
                .map(|id| ConnectionRequest {
                    operation_id: (*id).into(),
                    ..ConnectionRequest::default()
                })
                .collect(),
            ..Connection::default()
        };
        let mut record = asking(&[]);
        take_over(&mut record, &asking(&["done"]), asking(&["done", "new"]));
        assert_eq!(record, asking(&["new"]));
    }

    #[test]
    fn k2_since_when_it_stands_so_changes_with_how_it_stands() {
        let mut standing = Standing {
            key: String::new(),
            revision: None,
            before: Connection::default(),
            record: Connection {
                status: ConnectionStatus::Active.into(),
                since: Some(Timestamp::from_seconds(7)),
                ..Connection::default()
            },
        };
        standing.stands(ConnectionStatus::Active, None);
        assert_eq!(standing.record.since, Some(Timestamp::from_seconds(7)));
        let problem = |kind: i32| ConnectionProblem {
            kind,
            ..ConnectionProblem::default()
        };
        standing.stands(ConnectionStatus::Inactive, Some(problem(2)));
        assert_ne!(standing.record.since, Some(Timestamp::from_seconds(7)));
        let since = |standing: &Standing| standing.record.problem.as_ref().unwrap().since;
        let first = since(&standing);
        standing.stands(ConnectionStatus::Inactive, Some(problem(2)));
        assert_eq!(since(&standing), first);
    }
}
