//! Commands to the connector: what is asked for stands in the repository's record until it is done.

use sluice_bus::{
    Bus, RecordError, Records,
    consume::{self, Advance, Failure, Received, Sink},
};
use sluice_events::{
    Call, CallKind, Timestamp,
    v1::{Connection, ConnectionRequest, ConnectorRequest, Import, ImportStatus, OperationState},
};
use sluice_registry::keys;
use sluice_repositories::{Commanded, Repositories};

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
        let command = Commanded {
            service: SERVICE.name,
            bus: &self.bus,
            repositories: &self.repositories,
            call: &call,
            operation: &event.envelope.id,
            name: &event.data.name,
            deadline: event.data.deadline,
        };
        if command.is_known().await? {
            return Ok(None);
        }
        let wanted = command.too_late().and_then(|()| match call.verb.as_str() {
            IMPORT => imported(&event.data).map(drop),
            _ => command.names_nothing(),
        });
        if let Err(reason) = wanted {
            sink.push(command.refused(&reason)?).await?;
            return command.journal(OperationState::Refused, reason);
        }
        match imported(&event.data) {
            Ok(import) if call.verb == IMPORT => self.import(&call, command.name, import).await?,
            _ => self.ask(&call, &event.data, command.operation).await?,
        }
        // Where it is done already, that stands there, and the command comes again and finds it.
        command.journal(OperationState::Accepted, String::new())
    }
}

/// What is to be imported.
fn imported(asked: &ConnectorRequest) -> Result<&Import, String> {
    let import = asked.import.as_ref();
    import
        .filter(|import| !import.owner.is_empty())
        .ok_or_else(|| "it does not say what to import".into())
}

impl Commands {
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
