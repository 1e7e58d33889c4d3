//! `sluice doctor`: what is wrong, and what to do.

use std::{process::ExitCode, time::Duration};

use serde::Serialize;
use sluice_bus::topology::{self, Topology};
use sluice_daemon::{Invocation, escape};
use sluice_registry::keys;

use super::snapshot::Declared;
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
        Ok(system) => look(&system, arguments.nats_monitor.as_deref()).await,
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
    } else {
        println!("{}", serde_json::to_string_pretty(&findings)?);
    }
    Ok(if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn look(system: &System, monitor: Option<&str>) -> Vec<Finding> {
    let mut findings = vec![
        server(system),
        durability(system, monitor).await,
        topology(system).await,
    ];
    findings.extend(endpoints(system).await);
    if let Some(file) = &system.file {
        findings.push(gateway(&file.admin).await);
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

/// A client cannot see how the server syncs: its monitoring address tells, or the configuration that we wrote.
async fn durability(system: &System, monitor: Option<&str>) -> Finding {
    let declared = system.bus.durability().word();
    if let Some(folder) = &system.folder
        && let Ok(config) = std::fs::read_to_string(folder.join("nats/nats.conf"))
    {
        return verdict(
            declared,
            config.contains("sync_interval: always"),
            "the configuration of the nats-server that runs here",
        );
    }
    let Some(monitor) = monitor else {
        return Finding::good(
            "durability",
            format!("{declared}: declared, not verified; --nats-monitor URL verifies it"),
        );
    };
    match get(&format!("{}/varz", monitor.trim_end_matches('/'))).await {
        Ok(varz) => {
            let varz: serde_json::Value = serde_json::from_str(&varz).unwrap_or_default();
            verdict(
                declared,
                varz["jetstream"]["config"]["sync_always"] == true,
                monitor,
            )
        }
        Err(error) => Finding::bad(
            "durability",
            format!("{declared}: not verified: {error}"),
            "give the right --nats-monitor",
        ),
    }
}

fn verdict(declared: &str, always: bool, by: &str) -> Finding {
    if always || declared != "fsync" {
        Finding::good("durability", format!("{declared}: verified by {by}"))
    } else {
        Finding::bad(
            "durability",
            format!(
                "{declared} is declared, but {by} says that the server does not sync every message"
            ),
            "set `sync_interval: always` in the jetstream block and restart nats-server",
        )
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

async fn endpoints(system: &System) -> Vec<Finding> {
    let declared = match Declared::read(&system.bus).await {
        Ok(declared) => declared,
        Err(error) => {
            return vec![Finding::bad(
                "endpoints",
                format!("{error:#}"),
                "see nats and topology above",
            )];
        }
    };
    let mut findings = Vec::new();
    for endpoint in declared.snapshot.endpoints() {
        let missing: Vec<_> = endpoint
            .secrets
            .iter()
            .filter(|secret| {
                let (project, name) = (&endpoint.project, &endpoint.name);
                let key = keys::hook_secret(project, name, &secret.id, secret.version);
                !declared.has_value(keys::HOOK_SECRETS, &key)
            })
            .map(|secret| secret.id.as_str())
            .collect();
        let name = format!("{}/{}", endpoint.project, endpoint.name);
        if !missing.is_empty() {
            let says = format!(
                "{name}: the value of secret {} is not there",
                missing.join(", ")
            );
            findings.push(Finding::bad(
                "endpoints",
                says,
                "apply the endpoint again with the secret's value",
            ));
        } else if endpoint.disabled {
            findings.push(Finding::bad(
                "endpoints",
                format!("{name}: disabled"),
                "apply it without `disabled`",
            ));
        }
    }
    if findings.is_empty() {
        let count = declared.snapshot.endpoints().count();
        let fix = if count == 0 {
            "; `sluice apply -f FILE` declares one"
        } else {
            ""
        };
        findings.push(Finding::good("endpoints", format!("{count} declared{fix}")));
    }
    findings
}

async fn gateway(admin: &str) -> Finding {
    match get(&format!("{admin}/readyz?verbose")).await {
        Ok(_) => Finding::good("gateway", "ready"),
        Err(error) => Finding::bad(
            "gateway",
            error,
            "see its log; `sluice up` writes it to standard error",
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
