//! Commands to sync: look at a repository now.

use sluice_bus::{
    Audit, Bus, Outgoing, Records,
    consume::{self, Advance, Failure, Received, Sink},
};
use sluice_events::{
    Call, CallKind, Timestamp, token,
    v1::{OperationOutcome, OperationState, SyncRepository},
};
use sluice_registry::keys;
use sluice_repositories::{Repositories, wake};

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
        let operation = event.envelope.id.clone();
        let outcomes = Records::<OperationOutcome>::new(&self.bus, keys::OPERATIONS);
        let key = token::encode(&operation);
        let known = outcomes
            .get(&key)
            .await
            .map_err(|error| Failure::Retry(error.to_string()))?;
        if known.is_some() {
            return Ok(None);
        }
        if !self.repositories.is_read() {
            return Err(Failure::Retry("the repositories were not read yet".into()));
        }
        let outcome = match self.authorize(&call, &event.data) {
            Ok(()) => self.wake(&call, &event.data, &operation).await?,
            Err(reason) => {
                sink.push(refused(&call, &event.data, &operation, &reason)?)
                    .await?;
                outcome(&call, OperationState::Refused, reason)
            }
        };
        Advance::of(keys::OPERATIONS, key, &outcome, None).map(Some)
    }
}

impl Commands {
    /// Who may: the users of the bus to whom the server gives this subject, and the holders of access tokens for whom
    /// the API has checked the project. Neither for a repository that is not there.
    fn authorize(&self, call: &Call, asked: &SyncRepository) -> Result<(), String> {
        if asked
            .deadline
            .is_some_and(|deadline| deadline < Timestamp::now())
        {
            return Err("its deadline is over".into());
        }
        match self.repositories.named(&call.project, &asked.name) {
            Some(_) => Ok(()),
            None => Err("there is no such repository in this project".into()),
        }
    }

    async fn wake(
        &self,
        call: &Call,
        asked: &SyncRepository,
        operation: &str,
    ) -> Result<OperationOutcome, Failure> {
        let Some(registered) = self.repositories.named(&call.project, &asked.name) else {
            return Ok(outcome(call, OperationState::Failed, "it is gone".into()));
        };
        wake(
            &self.bus,
            SERVICE.name,
            &registered,
            COMMAND,
            operation.as_bytes(),
        )
        .await
        .map_err(|error| Failure::Retry(error.to_string()))?;
        Ok(outcome(call, OperationState::Accepted, String::new()))
    }
}

fn outcome(call: &Call, state: OperationState, reason: String) -> OperationOutcome {
    OperationOutcome {
        principal: call.principal.clone(),
        verb: format!("{}.{}", call.service, call.verb),
        state: state.into(),
        reason,
        at: Some(Timestamp::now()),
    }
}

/// A refusal is audited (rule S1).
fn refused(
    call: &Call,
    asked: &SyncRepository,
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
