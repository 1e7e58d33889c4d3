//! `sluice repositories recheck|renew|accept|delete`: commands to the connector.

use std::process::ExitCode;

use sluice_bus::{Bus, Records};
use sluice_daemon::{Invocation, escape};
use sluice_events::{
    Timestamp,
    v1::{Connection, ConnectorRequest},
};
use sluice_registry::keys;
use tokio::time::Instant;

use super::{
    ask::{Asked, ask, done},
    connection, registered,
};
use crate::{
    arguments::repositories::{Delete, One},
    commands::time,
    find::{self, Actor},
};

/// Has something done about a repository, and says how it stands then.
pub(super) async fn run(
    verb: &str,
    arguments: One,
    invocation: &Invocation,
) -> anyhow::Result<ExitCode> {
    let system = find::system(&arguments.reach, Actor::Operator, invocation).await?;
    let bus = &system.bus;
    let ended = request(bus, verb, &arguments, false).await;
    let (project, name) = (&arguments.project, &arguments.name);
    let connections = Records::<Connection>::new(bus, keys::CONNECTIONS);
    let found = connections.get(&keys::repository(project, name)).await?;
    bus.drain().await;
    if let Some(found) = &found {
        found
            .record
            .steps
            .iter()
            .for_each(|step| eprintln!("{}", connection::line(step)));
        let sentence = connection::sentence(&found.record);
        println!(
            "Repository {project}/{name} is {}",
            escape::terminal(&sentence)
        );
    }
    // What is wrong stands in the sentence.
    match ended {
        Ok(_) => Ok(ExitCode::SUCCESS),
        Err(_) if found.is_some_and(|found| found.record.problem.is_some()) => {
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(error),
    }
}

/// Has a repository removed, and says what is left to be removed by hand.
pub(super) async fn delete(arguments: Delete, invocation: &Invocation) -> anyhow::Result<ExitCode> {
    let Delete { one, force } = arguments;
    let system = find::system(&one.reach, Actor::Operator, invocation).await?;
    let left = request(&system.bus, "remove", &one, force).await;
    system.bus.drain().await;
    let (project, name) = (&one.project, &one.name);
    match left {
        Ok(left) => {
            println!("Repository {project}/{name} deleted");
            if !left.is_empty() {
                eprintln!("remove by hand: {}", escape::terminal(&left));
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(error) if force => Err(error),
        Err(error) => Err(error.context(format!(
            "Repository {project}/{name} is not deleted; with --force it is removed here all the same, and the webhook has to be removed by hand"
        ))),
    }
}

async fn request(bus: &Bus, verb: &str, one: &One, force: bool) -> anyhow::Result<String> {
    let (project, name) = (&one.project, &one.name);
    registered(bus, project, name).await?;
    let asked = Asked {
        service: "connector",
        verb,
        project,
        name,
        wanted: one.wait,
    };
    let request = ConnectorRequest {
        name: name.clone(),
        deadline: Some(time::after(Timestamp::now(), one.wait)),
        force,
    };
    let operation = ask(bus, asked, &request).await?;
    done(bus, "connector", &operation, Instant::now() + one.wait).await
}
