//! Work that others do: it is asked for by a command on the bus, and what became of it is read by the operation's id.

mod outcome;

use std::time::Duration;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header::LOCATION},
};
pub(crate) use outcome::{Operation, STATES, show};
use sluice_bus::{Command, Outgoing};
use sluice_events::{
    Timestamp,
    v1::{ConnectorRequest, MirrorKind, SyncRepository},
};
use sluice_registry::{Kind, Record};

use crate::{SERVICE, problem::Problem, serve::Asked};

/// How long what is asked for is wanted.
const WANTED: Duration = Duration::from_secs(60 * 60);

/// How long the bus may take to store a command.
const PATIENCE: Duration = Duration::from_secs(5);

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
    /// Its webhook is removed, and then itself.
    Remove {
        /// Even if the host refuses.
        force: bool,
        /// The revision of its record that is meant. `None`: whichever stands.
        revision: Option<u64>,
    },
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

/// What a service is asked for, and about what.
pub(crate) struct Wish<'w> {
    pub(crate) service: &'static str,
    pub(crate) verb: &'static str,
    /// As the audit names what it is about.
    pub(crate) kind: &'static str,
    pub(crate) project: &'w str,
    pub(crate) name: &'w str,
}

impl Operation {
    /// The answer that it is asked for, and where what became of it is shown.
    pub(crate) fn accepted(self) -> HttpResponse {
        let place = format!("/api/v1/operations/{}", self.id);
        HttpResponse::Accepted()
            .insert_header((LOCATION, place))
            .json(self)
    }
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
        Ok(operation.accepted())
    }

    /// The same, and tells the operation.
    pub(crate) async fn request_work(
        &self,
        work: Work,
        project: &str,
        name: &str,
    ) -> Result<Operation, Problem> {
        let wish = Wish {
            service: work.service(),
            verb: work.verb(),
            kind: "Repository",
            project,
            name,
        };
        let (force, revision) = match work {
            Work::Remove { force, revision } => (force, revision.unwrap_or_default()),
            _ => (false, 0),
        };
        self.send_wish(wish, |command, deadline| {
            let (name, deadline) = (name.to_owned(), Some(deadline));
            match work {
                Work::Sync => command.outgoing(&SyncRepository { name, deadline }),
                _ => command.outgoing(&ConnectorRequest {
                    name,
                    deadline,
                    force,
                    revision,
                    ..Default::default()
                }),
            }
        })
        .await
    }

    /// Notes that something is asked for, and asks for it by the command that this composes.
    pub(crate) async fn send_wish<E: std::fmt::Display>(
        &self,
        wish: Wish<'_>,
        compose: impl FnOnce(&Command<'_>, Timestamp) -> Result<Outgoing, E>,
    ) -> Result<Operation, Problem> {
        let Wish {
            service,
            verb,
            kind,
            project,
            name,
        } = wish;
        let deadline = Timestamp::now().plus(WANTED);
        let mut author = self.api.author(&self.holder)?;
        author.operation = outcome::id(project, deadline, &author.operation);
        let said = format!("{service}.{verb}");
        let object = format!("{kind} {project}/{name}");
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
        let message = compose(&command, deadline).map_err(unavailable)?;
        if let Err(error) = bus.publish(message, PATIENCE).await {
            let reason = error.to_string();
            let noted = author.note(bus, &said, project, &object, Some(&reason));
            if let Err(unnoted) = noted.await {
                tracing::warn!(object, %unnoted, "the audit does not say that a wish was not stored");
            }
            return Err(unavailable(error));
        }
        let principal = self.holder.name();
        Ok(Operation::waiting(author.operation, said, principal))
    }
}

fn unavailable(error: impl std::fmt::Display) -> Problem {
    tracing::warn!(%error, "a command was not stored");
    Problem::unavailable("it cannot be asked for at present: send it again")
}
