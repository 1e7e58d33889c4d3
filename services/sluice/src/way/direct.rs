//! The way past the API: records in NATS, as its operator. Every change is audited; who may is not asked.

use std::time::Duration;

use anyhow::Context;
use sluice_bus::{Command, Outgoing, Records};
use sluice_daemon::{Invocation, escape};
use sluice_declared::{Author, Declared};
use sluice_events::{
    Timestamp, token,
    v1::{Connection, ConnectorRequest, OperationOutcome, OperationState, SyncRepository},
};
use sluice_registry::{
    DEFAULT_PROJECT, Kind, Manifest, Object, Plan, Problem, Record, SealingKeys, Spec, deletion,
    keys, plan,
};

use super::{Applied, Became, How, Operation, Said, Shown, Status, Work, sealing::sealing_keys};
use crate::{
    arguments::Sealing,
    commands::{SERVICE, time},
    failure::Failure,
    find::{Actor, System},
};

/// How long the bus may take to store a command.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection as the operator, and what secrets are sealed to.
pub(crate) struct Direct {
    pub(super) system: System,
    sealing: SealingKeys,
}

impl Direct {
    pub(crate) fn new(
        system: System,
        sealing: &Sealing,
        invocation: &Invocation,
    ) -> anyhow::Result<Self> {
        let sealing = sealing_keys(sealing, &system, invocation)?;
        Ok(Self { system, sealing })
    }

    pub(super) async fn declared(&self) -> anyhow::Result<Declared> {
        Ok(Declared::read(&self.system.bus).await?)
    }

    pub(super) async fn list(&self, kind: Kind, project: &str) -> anyhow::Result<Vec<Shown>> {
        let snapshot = self.declared().await?.snapshot;
        let mut listed = Vec::new();
        // The predefined ones among them.
        let hosts = snapshot.hosts().map(Record::Host);
        let of_none = snapshot.projects().map(Record::Project).chain(hosts);
        let declared = snapshot.records();
        let of_projects = declared.filter(|record| record.object().kind.is_of_project());
        for record in of_none.chain(of_projects) {
            let object = record.object();
            let wanted =
                project.is_empty() || object.project.is_empty() || object.project == project;
            if object.kind == kind && wanted {
                listed.push(self.shown(&record).await?);
            }
        }
        Ok(listed)
    }

    pub(super) async fn object(&self, object: &Object) -> anyhow::Result<Option<Shown>> {
        let object = in_project(object);
        let record = self.declared().await?.snapshot.record(&object);
        match record {
            Some(record) => self.shown(&record).await.map(Some),
            None => Ok(None),
        }
    }

    async fn shown(&self, record: &Record) -> anyhow::Result<Shown> {
        let mut status = match record {
            Record::Repository(repository) => {
                Status::of_repository(&self.system.bus, repository).await?
            }
            Record::Credential(credential) => Status {
                public_key: credential.public_key.clone(),
                ..Status::default()
            },
            _ => Status::default(),
        };
        let object = record.object();
        let records = Records::<serde_json::Value>::new(&self.system.bus, object.kind.bucket());
        let there = records.get(&object.key()).await?;
        status.revision = there.map_or(0, |there| there.revision);
        let manifest = Manifest::from(record);
        if let Spec::Endpoint(endpoint) = &manifest.spec {
            let base = self
                .system
                .file
                .as_ref()
                .map_or("", |file| file.hooks.as_str());
            let id = endpoint.id.as_deref();
            status.address = id.map(|id| format!("{base}/hooks/{id}"));
        }
        Ok(Shown { manifest, status })
    }

    pub(super) async fn declare(
        &self,
        mut manifests: Vec<Manifest>,
        how: How<'_>,
    ) -> anyhow::Result<Applied> {
        if how.prune {
            let hint = "leave --prune or --direct out";
            return Err(Failure::refused("only the API prunes", hint));
        }
        if !how.set.is_empty() {
            manifests
                .iter_mut()
                .for_each(|manifest| manifest.put_in_set(how.set));
        }
        let declared = self.declared().await?;
        let planned = plan(
            &manifests,
            &declared.snapshot,
            &self.sealing,
            Timestamp::now(),
        );
        let Plan { outcomes, warnings } = planned?;
        let author = author()?;
        let mut became = Vec::with_capacity(outcomes.len());
        for outcome in outcomes {
            let (object, verb) = (outcome.object, outcome.verb.word());
            if !how.dry_run {
                let steps = outcome.steps;
                declared.carry_out(&author, "apply", &object, steps).await?;
            }
            became.push(Became::of(&object, verb));
        }
        Ok(Applied {
            dry_run: how.dry_run,
            outcomes: became,
            warnings: warnings.iter().map(Said::from).collect(),
        })
    }

    pub(super) async fn delete(&self, object: &Object) -> anyhow::Result<()> {
        let declared = self.declared().await?;
        let steps = deletion(object, &declared.snapshot);
        let steps = steps.map_err(|problem| Failure::refused(problem.to_string(), ""))?;
        let left = match object.kind {
            Kind::Repository => self.left_at_host(object).await?,
            _ => None,
        };
        declared
            .carry_out(&author()?, "delete", object, steps)
            .await?;
        if let Some(left) = left {
            let left = format!("warning: {left}; remove it there by hand");
            eprintln!("{}", escape::terminal(&left));
        }
        Ok(())
    }

    /// What stays at the host of a repository that is deleted past the connector, which would have removed it.
    async fn left_at_host(&self, object: &Object) -> anyhow::Result<Option<String>> {
        let connections = Records::<Connection>::new(&self.system.bus, keys::CONNECTIONS);
        let found = connections.get(&object.key()).await?;
        let hook = found.and_then(|found| found.record.hook);
        Ok(hook.map(|hook| match hook.id.as_str() {
            "" => format!("the webhook that was installed by hand for {object} stays at its host"),
            id => format!("the webhook {id} of {object} stays at its host"),
        }))
    }

    /// Publishes the command that asks for it.
    pub(super) async fn ask(
        &self,
        work: Work,
        project: &str,
        name: &str,
        wanted: Duration,
    ) -> anyhow::Result<String> {
        let compose = |command: &Command<'_>, deadline| {
            let name = name.to_owned();
            match work {
                Work::Sync => command.outgoing(&SyncRepository { name, deadline }),
                _ => command.outgoing(&ConnectorRequest {
                    name,
                    deadline,
                    force: work == Work::Remove { force: true },
                    ..ConnectorRequest::default()
                }),
            }
        };
        self.send(work.service(), verb(work), project, name, wanted, compose)
            .await
    }

    /// Publishes the command that this composes, with the time until when it is wanted.
    pub(super) async fn send<E: std::error::Error + Send + Sync + 'static>(
        &self,
        service: &str,
        verb: &str,
        project: &str,
        name: &str,
        wanted: Duration,
        compose: impl FnOnce(&Command<'_>, Option<Timestamp>) -> Result<Outgoing, E>,
    ) -> anyhow::Result<String> {
        let author = author()?;
        let kind = match verb {
            "import" | "end-import" => "Import",
            _ => "Repository",
        };
        let (said, object) = (
            format!("{service}.{verb}"),
            format!("{kind} {project}/{name}"),
        );
        let noted = author.note(&self.system.bus, &said, project, &object, None);
        noted.await.context("cannot note who asks for it")?;
        let operation = author.operation;
        let operator = Actor::Operator.role();
        let command = Command {
            sender: operator,
            principal: operator,
            project,
            service,
            verb,
            name,
            operation: &operation,
            wanted,
        };
        let message = compose(&command, Some(time::after(Timestamp::now(), wanted)))?;
        let stored = self.system.bus.publish(message, PATIENCE).await;
        stored.context("the command could not be stored")?;
        Ok(operation)
    }

    pub(super) async fn operation(&self, id: &str) -> anyhow::Result<Operation> {
        let outcomes = Records::<OperationOutcome>::new(&self.system.bus, keys::OPERATIONS);
        let found = outcomes.get(&token::encode(id)).await?;
        let outcome = found.map(|found| found.record).unwrap_or_default();
        Ok(Operation {
            id: id.to_owned(),
            state: match outcome.state() {
                OperationState::Unspecified => "waiting",
                OperationState::Accepted => "accepted",
                OperationState::Done => "done",
                OperationState::Refused => "refused",
                OperationState::Failed => "failed",
            }
            .to_owned(),
            verb: outcome.verb,
            principal: outcome.principal,
            reason: outcome.reason,
            at: outcome.at.map(|at| at.to_string()),
        })
    }

    /// What nobody could find afterwards is not done.
    pub(super) async fn note(
        &self,
        action: &str,
        project: &str,
        object: &str,
    ) -> anyhow::Result<()> {
        let author = author()?;
        let noted = author.note(&self.system.bus, action, project, object, None);
        noted.await.context("cannot note who changes it")
    }

    pub(super) async fn close(&self) {
        self.system.bus.drain().await;
    }
}

/// What services call it.
fn verb(work: Work) -> &'static str {
    match work {
        Work::Sync => "repository",
        Work::Recheck => "recheck",
        Work::Renew => "renew",
        Work::Accept => "accept",
        Work::Remove { .. } => "remove",
    }
}

impl Became {
    fn of(object: &Object, verb: &str) -> Self {
        Self {
            kind: object.kind.word().to_owned(),
            project: object.project.clone(),
            name: object.name.clone(),
            outcome: verb.to_owned(),
            changes: Vec::new(),
            operation: None,
            reason: None,
        }
    }
}

impl From<&Problem> for Said {
    fn from(problem: &Problem) -> Self {
        Self {
            place: problem.place.clone(),
            what: problem.what.clone(),
            remedy: problem.remedy.clone(),
        }
    }
}

/// Where no project is said, it is the one that is always there.
fn in_project(object: &Object) -> Object {
    let project = match object.project.as_str() {
        "" => DEFAULT_PROJECT,
        project => project,
    };
    Object::new(object.kind, project, &object.name)
}

fn author() -> anyhow::Result<Author> {
    Ok(Author::new(SERVICE, Actor::Operator.role())?)
}
