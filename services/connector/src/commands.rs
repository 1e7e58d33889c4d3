//! Commands to the connector: what is asked for stands in the repository's record until it is done.

use sluice_bus::{
    Bus, RecordError, Records, Versioned,
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
const VERBS: [&str; 6] = ["recheck", "renew", "remove", "accept", IMPORT, END_IMPORT];

/// What is asked for about no repository that is there.
const IMPORT: &str = "import";

/// What is asked for about an import.
const END_IMPORT: &str = "end-import";

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
            kind: match call.verb.as_str() {
                IMPORT | END_IMPORT => "Import",
                _ => "Repository",
            },
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
        let key = keys::import(&call.project, command.name);
        let known = match call.verb.as_str() {
            IMPORT | END_IMPORT => self.imports().get(&key).await.map_err(retry)?,
            _ => None,
        };
        let wanted = command.too_late().and_then(|()| match call.verb.as_str() {
            IMPORT => imported(&event.data, known.as_ref().map(|known| &known.record)).map(drop),
            END_IMPORT => known.as_ref().map(drop).ok_or_else(no_import),
            _ => command.names_nothing(),
        });
        if let Err(reason) = wanted {
            sink.push(command.refused(&reason)?).await?;
            return command.journal(OperationState::Refused, reason);
        }
        match (call.verb.as_str(), &event.data.import) {
            (IMPORT, Some(import)) => self.import(&command, import, known).await?,
            (END_IMPORT, _) => {
                let key = keys::import_connection(&call.project, command.name);
                self.ask(&command, &key, &event.data).await?;
            }
            _ => {
                let key = keys::repository(&call.project, command.name);
                self.ask(&command, &key, &event.data).await?;
            }
        }
        // Where it is done already, that stands there, and the command comes again and finds it.
        command.journal(OperationState::Accepted, String::new())
    }
}

/// What is to be imported. Under one name it is always of the same owner.
fn imported<'a>(asked: &'a ConnectorRequest, known: Option<&Import>) -> Result<&'a Import, String> {
    let import = asked.import.as_ref();
    let import = import
        .filter(|import| !import.owner.is_empty())
        .ok_or("it does not say what to import")?;
    let other = known.filter(|known| (&known.host, &known.owner) != (&import.host, &import.owner));
    if let Some(Import { host, owner, .. }) = other {
        return Err(format!(
            "the import of that name is of {owner} at {host}: take another name"
        ));
    }
    if known.is_some_and(|known| known.status() == ImportStatus::Ending) {
        return Err("the import of that name is being ended: ask again when it is gone".into());
    }
    Ok(import)
}

fn no_import() -> String {
    "there is no such import in this project".into()
}

impl Commands {
    fn imports(&self) -> Records<Import> {
        Records::new(&self.bus, keys::IMPORTS)
    }

    /// Notes an import: it begins, or begins anew by what is asked now.
    async fn import(
        &self,
        command: &Commanded<'_>,
        asked: &Import,
        known: Option<Versioned<Import>>,
    ) -> Result<(), Failure> {
        let call = command.call;
        let (revision, known) = match known {
            Some(known) => (Some(known.revision), known.record),
            None => (None, Import::default()),
        };
        if known.operation_id == command.operation {
            return Ok(());
        }
        let record = Import {
            name: command.name.to_owned(),
            project: call.project.clone(),
            principal: call.principal.clone(),
            operation_id: command.operation.to_owned(),
            generation: known.generation.saturating_add(1),
            registered: known.registered,
            host: asked.host.clone(),
            owner: asked.owner.clone(),
            r#match: asked.r#match.clone(),
            credential: asked.credential.clone(),
            webhook: asked.webhook,
            mirror: asked.mirror,
            level: asked.level,
            archived: asked.archived,
            follow: asked.follow,
            ..Import::default()
        };
        let key = keys::import(&call.project, command.name);
        let put = self.imports().put(&key, &record, revision).await;
        put.map(drop).map_err(retry)
    }

    /// Notes what is asked for in the connection's record, where whoever works on it finds it.
    async fn ask(
        &self,
        command: &Commanded<'_>,
        key: &str,
        asked: &ConnectorRequest,
    ) -> Result<(), Failure> {
        let connections = Records::<Connection>::new(&self.bus, keys::CONNECTIONS);
        let (call, operation) = (command.call, command.operation);
        loop {
            let found = connections.get(key).await.map_err(retry)?;
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
                revision: asked.revision,
            });
            match connections.put(key, &record, revision).await {
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
