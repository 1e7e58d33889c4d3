//! `sluice doctor`: what is wrong, and what to do.

mod durability;
mod endpoints;
mod keys;
mod repositories;

use std::{process::ExitCode, time::Duration};

use serde::Serialize;
use sluice_bus::topology::{self, Topology};
use sluice_daemon::{Invocation, escape};
use sluice_declared::Declared;

use crate::{
    arguments::{Doctor, Format},
    find::{self, Actor, System},
};

/// How long an address may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    ok: bool,
    says: String,
    /// What to do; empty if nothing.
    fix: String,
}

impl Finding {
    fn good(check: &'static str, says: impl Into<String>) -> Self {
        Self {
            check,
            ok: true,
            says: says.into(),
            fix: String::new(),
        }
    }

    fn bad(check: &'static str, says: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            check,
            ok: false,
            says: says.into(),
            fix: fix.into(),
        }
    }
}

/// Looks at everything; exit code 1 if something is wrong.
pub(super) async fn run(arguments: Doctor, invocation: &Invocation) -> anyhow::Result<ExitCode> {
    let findings = match find::system(&arguments.reach, Actor::Operator, invocation).await {
        Ok(System { bus, file, folder }) => {
            let bus = bus.declare(arguments.durability.durability());
            let system = System { bus, file, folder };
            look(&system, &arguments, invocation).await
        }
        Err(error) => vec![Finding::bad(
            "nats",
            format!("{error:#}"),
            "start it, or name the right system and credentials",
        )],
    };
    let well = findings.iter().all(|finding| finding.ok);
    if arguments.output == Format::Table {
        for Finding {
            check,
            ok,
            says,
            fix,
        } in &findings
        {
            println!(
                "[{}] {check}: {}",
                if *ok { "+" } else { "-" },
                escape::terminal(says)
            );
            if !fix.is_empty() {
                println!("    fix: {}", escape::terminal(fix));
            }
        }
    } else if arguments.output == Format::Name {
        let bad = findings.iter().filter(|finding| !finding.ok);
        bad.for_each(|finding| println!("{}", finding.check));
    } else {
        println!("{}", serde_json::to_string_pretty(&findings)?);
    }
    Ok(if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn look(system: &System, arguments: &Doctor, invocation: &Invocation) -> Vec<Finding> {
    let mut findings = vec![
        server(system),
        durability::look(system, arguments.nats_monitor.as_deref()).await,
        topology(system).await,
    ];
    match Declared::read(&system.bus).await {
        Ok(declared) => {
            findings.extend(endpoints::look(&declared));
            findings.extend(keys::look(system, &declared, invocation).await);
            findings.extend(repositories::look(&system.bus, &declared).await);
        }
        Err(error) => findings.push(Finding::bad(
            "declared",
            format!("{error:#}"),
            "see nats and topology above",
        )),
    }
    if let Some(file) = &system.file {
        findings.push(services(&file.admin).await);
    }
    findings
}

fn server(system: &System) -> Finding {
    let version = system.bus.server_version().unwrap_or_default();
    match system.bus.check_server() {
        Ok(()) => Finding::good("nats", format!("connected to nats-server {version}")),
        Err(problem) => Finding::bad("nats", problem.to_string(), "install nats-server 2.15.1"),
    }
}

async fn topology(system: &System) -> Finding {
    match topology::differences(&system.bus, &Topology::current()).await {
        Ok(differences) if differences.is_empty() => {
            Finding::good("topology", "the bus is as it must be")
        }
        Ok(differences) => {
            let says: Vec<_> = differences.iter().map(ToString::to_string).collect();
            Finding::bad(
                "topology",
                says.join("; "),
                "sluice topology apply --nats URL, as the user bootstrap",
            )
        }
        Err(error) => Finding::bad(
            "topology",
            error.to_string(),
            "give the user operator its rights (deploy/nats)",
        ),
    }
}

/// The checks of all that runs in `sluice up`.
async fn services(admin: &str) -> Finding {
    match get(&format!("{admin}/readyz?verbose")).await {
        Ok(_) => Finding::good("services", "ready"),
        Err(error) => Finding::bad(
            "services",
            error,
            "see the log; `sluice up` writes it to standard error",
        ),
    }
}

/// The body of a good answer, or what is wrong.
async fn get(url: &str) -> Result<String, String> {
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .build()
        .map_err(|error| error.to_string())?;
    let answer = client
        .get(url)
        .send()
        .await
        .map_err(|error| error.to_string())?;
    let good = answer.status().is_success();
    let body = answer.text().await.map_err(|error| error.to_string())?;
    if good {
        Ok(body)
    } else {
        Err(body.trim().replace('\n', "; "))
    }
}
