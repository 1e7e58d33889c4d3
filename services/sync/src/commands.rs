//! Commands to sync: look at a repository now.

use sluice_bus::{
    Bus,
    consume::{self, Advance, Failure, Received, Sink},
};
use sluice_events::{
    Call, CallKind,
    v1::{OperationState, SyncRepository},
};
use sluice_repositories::{Commanded, Repositories, wake};

use crate::{SERVICE, wake::COMMAND};

/// What is asked: to look at a repository.
const REPOSITORY: &str = "repository";

/// The handler of commands.
pub(crate) struct Commands {
    pub(crate) bus: Bus,
    pub(crate) repositories: Repositories,
}

impl consume::Handler for Commands {
    type Event = SyncRepository;

    async fn handle(
        &self,
        event: Received<SyncRepository>,
        sink: &mut Sink,
    ) -> Result<Option<Advance>, Failure> {
        let call = Call::parse(&event.subject)
            .filter(|call| call.kind == CallKind::Command && call.verb == REPOSITORY)
            .ok_or_else(|| Failure::Reject("there is no such command".into()))?;
        let command = Commanded {
            service: SERVICE.name,
            kind: "Repository",
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
        if let Err(reason) = command.too_late().and_then(|()| command.names_nothing()) {
            sink.push(command.refused(&reason)?).await?;
            return command.journal(OperationState::Refused, reason);
        }
        let Some(registered) = self.repositories.named(&call.project, command.name) else {
            return command.journal(OperationState::Failed, "it is gone".into());
        };
        let occasion = command.operation.as_bytes();
        wake(&self.bus, SERVICE.name, &registered, COMMAND, occasion)
            .await
            .map_err(|error| Failure::Retry(error.to_string()))?;
        command.journal(OperationState::Accepted, String::new())
    }
}
