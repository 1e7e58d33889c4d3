//! Commands to the connector: what is asked for stands in the repository's record until it is done.

use sluice_bus::{
    Audit, Bus, Outgoing, RecordError, Records,
    consume::{self, Advance, Failure, Received, Sink},
};
use sluice_events::{
    Call, CallKind, Timestamp, token,
    v1::{
        Connection, ConnectionRequest, ConnectorRequest, Import, ImportStatus, OperationOutcome,
        OperationState,
    },
};
use sluice_registry::keys;
use sluice_repositories::Repositories;

use crate::SERVICE;

/// What can be asked for.
const VERBS: [&str; 5] = ["recheck", "renew", "remove", "accept", IMPORT];

/// What is asked for about no repository that is there.
const IMPORT: &str = "import";

/// Most requests that wait at one repository.
const WAITING: usize = 20;

/// The handler of commands.
pub(crate) struct Commands {
    pub(crate) bus: Bus,
    pub(crate) repositories: Repositories,
}

impl consume::Handler for Commands {
    type Event = ConnectorRequest;

    async fn handle(
        &self,
        event: Received<ConnectorRequest>,
        sink: &mut Sink,
    ) -> Result<Option<Advance>, Failure> {
        let call = Call::parse(&event.subject)
            .filter(|call| call.kind == CallKind::Command && VERBS.contains(&&*call.verb))
            .ok_or_else(|| Failure::Reject("there is no such command".into()))?;
        let operation = event.envelope.id.clone();
        let outcomes = Records::<OperationOutcome>::new(&self.bus, keys::OPERATIONS);
        let key = token::encode(&operation);
        if outcomes.get(&key).await.map_err(retry)?.is_some() {
            return Ok(None);
        }
        if !self.repositories.is_read() {
            return Err(Failure::Retry("the repositories were not read yet".into()));
        }
        let (state, reason) = match self.authorize(&call, &event.data) {
            Ok(()) => (OperationState::Accepted, String::new()),
            Err(reason) => {
                sink.push(refused(&call, &event.data, &operation, &reason)?)
                    .await?;
                (OperationState::Refused, reason)
            }
        };
        if state == OperationState::Accepted {
            match &event.data.import {
                Some(import) if call.verb == IMPORT => {
                    self.import(&call, &event.data.name, import).await?;
                }
                _ => self.ask(&call, &event.data, &operation).await?,
            }
        }
        let outcome = OperationOutcome {
            principal: call.principal.clone(),
            verb: format!("{}.{}", call.service, call.verb),
            state: state.into(),
            reason,
            at: Some(Timestamp::now()),
        };
        // Where it is done already, that stands there, and the command comes again and finds it.
        Advance::of(keys::OPERATIONS, key, &outcome, None).map(Some)
    }
}

impl Commands {
    /// Who may: the users of the bus to whom the server gives this subject, and the holders of access tokens for whom
    /// the API has checked the project. Neither for a repository that is not there.
    fn authorize(&self, call: &Call, asked: &ConnectorRequest) -> Result<(), String> {
        if asked
            .deadline
            .is_some_and(|deadline| deadline < Timestamp::now())
        {
            return Err("its deadline is over".into());
        }
        if call.verb == IMPORT {
            let import = asked.import.as_ref();
            return match import.is_some_and(|import| !import.owner.is_empty()) {
                true => Ok(()),
                false => Err("it does not say what to import".into()),
            };
        }
        match self.repositories.named(&call.project, &asked.name) {
            Some(_) => Ok(()),
            None => Err("there is no such repository in this project".into()),
        }
    }

    /// Notes an import: it begins, or begins anew by what is asked now.
    async fn import(&self, call: &Call, name: &str, asked: &Import) -> Result<(), Failure> {
        let imports = Records::<Import>::new(&self.bus, keys::IMPORTS);
        let key = keys::import(&call.project, name);
        let known = imports.get(&key).await.map_err(retry)?;
        let registered = known.as_ref().map_or(0, |known| known.record.registered);
        let record = Import {
            name: name.to_owned(),
            project: call.project.clone(),
            principal: call.principal.clone(),
            registered,
            status: ImportStatus::Unspecified.into(),
            claim: None,
            problem: None,
            due_at: None,
            ..asked.clone()
        };
        let put = imports.put(&key, &record, known.map(|known| known.revision));
        put.await.map_err(retry)?;
        Ok(())
    }

    /// Notes what is asked for in the repository's record, where whoever works on it finds it.
    async fn ask(
        &self,
        call: &Call,
        asked: &ConnectorRequest,
        operation: &str,
    ) -> Result<(), Failure> {
        let connections = Records::<Connection>::new(&self.bus, keys::CONNECTIONS);
        let key = keys::repository(&call.project, &asked.name);
        loop {
            let found = connections.get(&key).await.map_err(retry)?;
            let revision = found.as_ref().map(|found| found.revision);
            let mut record = found.map(|found| found.record).unwrap_or_default();
            let mut waiting = record.requests.iter();
            if waiting.any(|request| request.operation_id == operation) {
                return Ok(());
            }
            if record.requests.len() >= WAITING {
                return Err(Failure::Retry("too much is asked for at once".into()));
            }
            record.requests.push(ConnectionRequest {
                operation_id: operation.to_owned(),
                verb: call.verb.clone(),
                principal: call.principal.clone(),
                force: asked.force,
                at: Some(Timestamp::now()),
            });
            match connections.put(&key, &record, revision).await {
                Ok(_) => return Ok(()),
                Err(RecordError::Conflict { .. }) => {}
                Err(error) => return Err(retry(error)),
            }
        }
    }
}

fn retry(error: impl std::fmt::Display) -> Failure {
    Failure::Retry(error.to_string())
}

/// A refusal is audited (rule S1).
fn refused(
    call: &Call,
    asked: &ConnectorRequest,
    operation: &str,
    reason: &str,
) -> Result<Outgoing, Failure> {
    let audit = Audit {
        service: SERVICE.name,
        principal: &call.principal,
        project: &call.project,
        action: &format!("{}.{}", call.service, call.verb),
        object: &format!("Repository {}/{}", call.project, asked.name),
        operation,
    };
    let entry = audit.refused(reason);
    entry.map_err(|error| Failure::Reject(error.to_string()))
}
