//! Work that others do: it is asked for by a command on the bus, and what became of it is read by the operation's id.

use std::time::Duration;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header::LOCATION},
};
use serde::Serialize;
use sluice_bus::{Command, Records};
use sluice_events::{
    Timestamp, token,
    v1::{ConnectorRequest, MirrorKind, OperationOutcome, OperationState, SyncRepository},
};
use sluice_registry::{Kind, Record, Words, keys};

use crate::{SERVICE, problem::Problem, serve::Asked};

/// How long what is asked for is wanted.
const WANTED: Duration = Duration::from_secs(60 * 60);

/// How long the bus may take to store a command.
const PATIENCE: Duration = Duration::from_secs(5);

/// How far an operation has come.
pub(crate) const STATES: Words<OperationState> = Words::of(&[
    (OperationState::Unspecified, "waiting"),
    (OperationState::Accepted, "accepted"),
    (OperationState::Done, "done"),
    (OperationState::Refused, "refused"),
    (OperationState::Failed, "failed"),
]);

/// What a repository can have done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// Sync looks at it now.
    Sync,
    /// The connector asks the host about it now.
    Recheck,
    /// Its webhook is made anew.
    Renew,
    /// Somebody agrees that its owner or visibility changed.
    Accept,
    /// Its webhook is removed, and then itself; with force even if the host refuses.
    Remove { force: bool },
}

/// What became of an operation.
#[derive(Serialize)]
pub(crate) struct Operation {
    pub(crate) id: String,
    state: &'static str,
    /// Service and verb.
    verb: String,
    /// Who asked.
    principal: String,
    /// Why it was refused or failed.
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
}

/// Has something done to the repository that the path names.
pub(crate) async fn ask(work: Work, asked: Asked) -> Result<HttpResponse, Problem> {
    let object = asked.object(Kind::Repository);
    let record = asked.find(&object)?;
    if let (Work::Sync, Record::Repository(repository)) = (work, &record)
        && repository.mirror() == MirrorKind::None
    {
        let detail = "it is not fetched: its mirror is `none`";
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    asked.have_done(work, &object.name).await
}

/// Shows what became of an operation. Its id tells whose it is and until when it was wanted.
pub(crate) async fn show(asked: Asked) -> Result<HttpResponse, Problem> {
    let id = asked.segment("id");
    let none = || Problem::missing("id", "there is no such operation, or no longer");
    let (project, deadline) = read(id).ok_or_else(none)?;
    if !asked.reach.sees(project, false) {
        return Err(none());
    }
    let outcomes = Records::<OperationOutcome>::new(&asked.api.bus, keys::OPERATIONS);
    let outcome = asked.api.in_time(outcomes.get(&token::encode(id))).await?;
    let outcome = match outcome {
        Some(outcome) => outcome.record,
        // Nobody has said anything about it yet.
        None if deadline >= Timestamp::now() => OperationOutcome::default(),
        None => return Err(none()),
    };
    Ok(HttpResponse::Ok().json(Operation {
        id: id.to_owned(),
        state: STATES.word(outcome.state()),
        verb: outcome.verb,
        principal: outcome.principal,
        reason: outcome.reason,
        at: outcome.at,
    }))
}

impl Work {
    fn service(self) -> &'static str {
        match self {
            Work::Sync => "sync",
            Work::Recheck | Work::Renew | Work::Accept | Work::Remove { .. } => "connector",
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Work::Sync => "repository",
            Work::Recheck => "recheck",
            Work::Renew => "renew",
            Work::Accept => "accept",
            Work::Remove { .. } => "remove",
        }
    }
}

impl Asked {
    /// Notes that it is asked for, and asks for it.
    pub(crate) async fn have_done(&self, work: Work, name: &str) -> Result<HttpResponse, Problem> {
        let operation = self.request_work(work, self.reach.project(), name).await?;
        let place = format!("/api/v1/operations/{}", operation.id);
        Ok(HttpResponse::Accepted()
            .insert_header((LOCATION, place))
            .json(operation))
    }

    /// The same, and tells the operation.
    pub(crate) async fn request_work(
        &self,
        work: Work,
        project: &str,
        name: &str,
    ) -> Result<Operation, Problem> {
        let deadline = Timestamp::now().plus(WANTED);
        let mut author = self.api.author(&self.holder)?;
        author.operation = format!("{project}-{:x}-{}", deadline.seconds, author.operation);
        let (service, verb) = (work.service(), work.verb());
        let said = format!("{service}.{verb}");
        let object = format!("Repository {project}/{name}");
        let bus = &self.api.bus;
        author
            .note(bus, &said, project, &object, None)
            .await
            .map_err(unavailable)?;
        let command = Command {
            sender: SERVICE.name,
            principal: self.holder.name(),
            project,
            service,
            verb,
            name,
            operation: &author.operation,
            wanted: WANTED,
        };
        let (name, deadline) = (name.to_owned(), Some(deadline));
        let message = match work {
            Work::Sync => command.outgoing(&SyncRepository { name, deadline }),
            Work::Remove { force } => command.outgoing(&ConnectorRequest {
                name,
                deadline,
                force,
            }),
            Work::Recheck | Work::Renew | Work::Accept => {
                let force = false;
                command.outgoing(&ConnectorRequest {
                    name,
                    deadline,
                    force,
                })
            }
        };
        let message = message.map_err(unavailable)?;
        bus.publish(message, PATIENCE).await.map_err(unavailable)?;
        Ok(Operation {
            id: author.operation,
            state: STATES.word(OperationState::Unspecified),
            verb: said,
            principal: self.holder.name().to_owned(),
            reason: String::new(),
            at: None,
        })
    }
}

fn unavailable(error: impl std::fmt::Display) -> Problem {
    tracing::warn!(%error, "a command was not stored");
    Problem::unavailable("it cannot be asked for at present: send it again")
}

/// The project of an operation that was asked for here, and until when it is wanted.
fn read(id: &str) -> Option<(&str, Timestamp)> {
    let mut parts = id.rsplitn(3, '-');
    let (random, deadline, project) = (parts.next()?, parts.next()?, parts.next()?);
    let is_random = random.len() == 32 && random.bytes().all(|digit| digit.is_ascii_hexdigit());
    let seconds = i64::from_str_radix(deadline, 16).ok()?;
    (is_random && !project.is_empty()).then_some((project, Timestamp::from_seconds(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_says_whose_it_is() {
        let random = "0123456789abcdef0123456789abcdef";
        let read_of =
            |id: &str| read(id).map(|(project, until)| (project.to_owned(), until.seconds));
        let id = format!("pay-ments-10-{random}");
        assert_eq!(read_of(&id), Some(("pay-ments".to_owned(), 16)));
        for wrong in [
            "".to_owned(),
            random.to_owned(),
            format!("10-{random}"),
            format!("-10-{random}"),
            format!("a-x-{random}"),
            format!("a-10-{random}0"),
            "a-10-é123456789abcdef0123456789abcde".to_owned(),
        ] {
            assert_eq!(read_of(&wrong), None, "{wrong}");
        }
    }
}
