//! Many repositories at once: those of an owner at a host, by a rule. Each becomes a record, and is connected as any other.
//!
//! An import is listed from its first page again after whatever interrupted it: what is registered already is known by
//! the host's id of it. Where one webhook shall tell of all, that is there first ([`crate::owner`]).

mod due;
mod register;

use std::collections::HashSet;

pub(crate) use due::follow;
use sluice_bus::{Records, Versioned};
use sluice_events::{
    Timestamp,
    v1::{
        Connection, ConnectionProblem, ConnectionRequest, ConnectionStatus, Import, ImportStatus,
        OperationState, WebhookKind,
    },
};
use sluice_registry::keys;

use crate::{
    fault::{Again, Fault},
    handler::Connector,
    openings::Opening,
    owner::owner_basis,
    retries,
    state::claim,
};

/// An import in our hand.
pub(crate) struct Running {
    key: String,
    revision: u64,
    record: Import,
    /// Name of the endpoint whose webhook tells of all. Empty: each has its own, or none.
    shared_endpoint: String,
    /// What is registered in the project already: `<host> <host's id>` and `<host>/<full name>`.
    registered: HashSet<String>,
}

/// How the webhook stands that is to tell of all.
enum Shared {
    /// It is there, and this is its endpoint. Empty: none is wanted.
    There(String),
    /// It is not there yet.
    NotYet,
    /// It will not be, until somebody mends something.
    Never(ConnectionProblem),
}

impl Connector {
    /// Lists an import's repositories and registers them, unless another replica does. False: nothing was written of it, and
    /// it is still due.
    async fn import(&self, key: &str, opening: Opening) -> Result<bool, Fault> {
        let Some(found) = self.imports().get(key).await? else {
            return Ok(true);
        };
        let (shared_endpoint, never) = match self.shared_endpoint(&found.record, opening).await? {
            Shared::NotYet => return Ok(false),
            Shared::There(endpoint) => (endpoint, None),
            Shared::Never(problem) => (String::new(), Some(problem)),
        };
        let Some(mut running) = self.take_import(found, shared_endpoint).await? else {
            return Ok(false);
        };
        let listed = match never {
            None => self.list(&mut running).await,
            Some(problem) => Err(Fault::Host {
                problem,
                again: Again::Changed,
            }),
        };
        match listed {
            Ok(()) => self.import_listed(&mut running).await?,
            Err(Fault::Host { problem, again }) => {
                self.import_failed(&mut running, problem, again).await?;
            }
            Err(fault) => {
                self.leave_import(&running).await;
                return Err(fault);
            }
        }
        running.record.claim = None;
        self.put_import(&mut running).await?;
        Ok(true)
    }

    async fn shared_endpoint(&self, import: &Import, opening: Opening) -> Result<Shared, Fault> {
        if import.webhook() != WebhookKind::Shared {
            return Ok(Shared::There(String::new()));
        }
        let connections = Records::<Connection>::new(&self.bus, keys::CONNECTIONS);
        let key = keys::import_connection(&import.project, &import.name);
        let found = connections.get(&key).await?.map(|found| found.record);
        // What was found out for an earlier wish, or with another credential, says nothing of this one.
        let basis = owner_basis(import, opening, &self.hooks_url);
        let found = found.filter(|found| found.basis.as_ref() == Some(&basis));
        Ok(found.map_or(Shared::NotYet, shared))
    }

    async fn take_import(
        &self,
        found: Versioned<Import>,
        shared_endpoint: String,
    ) -> Result<Option<Running>, Fault> {
        let claimed = found.record.claim.as_ref().and_then(|claim| claim.until);
        if claimed.is_some_and(|until| until > Timestamp::now()) {
            return Ok(None);
        }
        let mut record = found.record;
        record.set_status(ImportStatus::Listing);
        record.started_at = Some(Timestamp::now());
        (record.seen, record.known, record.skipped) = (0, 0, 0);
        let registered = self.registered_in(&record.project);
        let mut running = Running {
            key: found.key,
            revision: found.revision,
            record,
            shared_endpoint,
            registered,
        };
        match self.hold_import(&mut running).await {
            Ok(()) => Ok(Some(running)),
            Err(Fault::Bus(reason)) => {
                tracing::debug!(reason, "an import is in another hand");
                Ok(None)
            }
            Err(fault) => Err(fault),
        }
    }

    async fn list(&self, running: &mut Running) -> Result<(), Fault> {
        let (opened, _) = self.open_owner(&running.record).await?;
        let owner = running.record.owner.clone();
        let mut from = None;
        loop {
            let page = opened.api.of_owner(&owner, from.as_ref()).await?;
            for shown in page.items {
                self.take(running, &opened, shown).await?;
            }
            self.hold_import(running).await?;
            match page.next {
                Some(next) => from = Some(next),
                None => return Ok(()),
            }
        }
    }

    async fn import_listed(&self, running: &mut Running) -> Result<(), Fault> {
        let now = Timestamp::now();
        if running.record.finished_at.is_none() {
            self.answer_import(running, OperationState::Done, "")
                .await?;
        }
        let next = self.next_check(&running.key);
        let record = &mut running.record;
        record.set_status(ImportStatus::Listed);
        (record.problem, record.failures) = (None, 0);
        record.finished_at = Some(now);
        record.due_at = record.follow.then_some(next);
        Ok(())
    }

    async fn import_failed(
        &self,
        running: &mut Running,
        problem: ConnectionProblem,
        again: Again,
    ) -> Result<(), Fault> {
        tracing::warn!(
            import = running.key,
            problem = problem.message,
            "an import does not go on"
        );
        let reason = format!("{}; {}", problem.message, problem.remedy);
        let (now, first) = (Timestamp::now(), self.limits.first_pause);
        let usual = self.next_check(&running.key);
        let record = &mut running.record;
        record.failures = record.failures.saturating_add(1);
        record.due_at = match again {
            Again::Later(earliest) => Some(retries::at(now, first, record.failures, earliest)),
            // What is wanted of repositories that appear later goes on once somebody has mended it.
            Again::Usual | Again::Changed => record.follow.then_some(usual),
        };
        record.set_status(ImportStatus::Failed);
        record.problem = Some(problem);
        if !matches!(again, Again::Later(_)) {
            self.answer_import(running, OperationState::Failed, &reason)
                .await?;
        }
        Ok(())
    }

    /// Tells who asked for it what came of that.
    async fn answer_import(
        &self,
        running: &Running,
        state: OperationState,
        reason: &str,
    ) -> Result<(), Fault> {
        let record = &running.record;
        if record.operation_id.is_empty() {
            return Ok(());
        }
        let request = ConnectionRequest {
            operation_id: record.operation_id.clone(),
            verb: "import".into(),
            principal: record.principal.clone(),
            ..ConnectionRequest::default()
        };
        self.answer(&[request], state, reason).await
    }

    /// Lets it go after an interruption, so that nobody has to wait until the claim is over.
    async fn leave_import(&self, running: &Running) {
        let ours = self.connections.ours();
        let left = self.change_import(&running.record, |record| {
            let is_ours = record.claim.as_ref().is_some_and(|claim| claim.by == ours);
            if is_ours {
                record.claim = Some(claim_that_is_over(ours));
            }
            is_ours
        });
        if let Err(Fault::Bus(reason)) = left.await {
            tracing::debug!(reason, "an import stays claimed until its time is over");
        }
    }

    pub(crate) fn imports(&self) -> Records<Import> {
        Records::new(&self.bus, keys::IMPORTS)
    }

    async fn hold_import(&self, running: &mut Running) -> Result<(), Fault> {
        running.record.claim = Some(claim(self.connections.ours()));
        self.put_import(running).await
    }

    async fn put_import(&self, running: &mut Running) -> Result<(), Fault> {
        let (key, record) = (&running.key, &running.record);
        let imports = self.imports();
        running.revision = imports.put(key, record, Some(running.revision)).await?;
        Ok(())
    }
}

/// How the webhook of an owner stands, by its connection.
fn shared(connection: Connection) -> Shared {
    let hook = connection.hook.filter(|hook| !hook.id.is_empty());
    let stands = matches!(
        connection.status.try_into(),
        Ok(ConnectionStatus::Active | ConnectionStatus::Unproved)
    );
    match (hook, connection.problem) {
        (Some(hook), _) if stands => Shared::There(hook.endpoint),
        (_, Some(problem)) if connection.due_at.is_none() || lasts(&problem) => {
            Shared::Never(problem)
        }
        _ => Shared::NotYet,
    }
}

/// Whether somebody has to mend it.
pub(crate) fn lasts(problem: &ConnectionProblem) -> bool {
    use sluice_events::v1::ConnectionProblemKind as Kind;
    !matches!(
        problem.kind(),
        Kind::Network | Kind::Limit | Kind::Host | Kind::Unspecified
    )
}

/// A claim that others may take over at once.
fn claim_that_is_over(ours: &str) -> sluice_events::v1::ConnectionClaim {
    sluice_events::v1::ConnectionClaim {
        by: ours.to_owned(),
        until: Some(Timestamp::now()),
    }
}

#[cfg(test)]
mod tests {
    use sluice_events::v1::Hook;

    use super::*;

    #[test]
    fn it_waits_for_the_one_webhook_and_not_for_one_that_will_not_come() {
        let connection = |status: ConnectionStatus, id: &str, due: bool| Connection {
            status: status.into(),
            hook: Some(Hook {
                id: id.into(),
                endpoint: "acme".into(),
                ..Hook::default()
            }),
            problem: Some(ConnectionProblem::default()),
            due_at: due.then(Timestamp::now),
            ..Connection::default()
        };
        use ConnectionStatus::{Inactive, Unproved};
        let there = shared(connection(Unproved, "7", true));
        assert!(matches!(there, Shared::There(endpoint) if endpoint == "acme"));
        assert!(matches!(
            shared(connection(Inactive, "", true)),
            Shared::NotYet
        ));
        assert!(matches!(
            shared(connection(Inactive, "", false)),
            Shared::Never(_)
        ));
        assert!(matches!(shared(Connection::default()), Shared::NotYet));
    }
}
