//! `sluice endpoints verify`: whether managed webhooks stand with the address that hosts are to reach us by.
//!
//! After a change of that address the connector mends them itself, in its own time; this says how far it has come, and
//! with `--repair` has the rest looked at now.

use std::{collections::BTreeMap, process::ExitCode};

use serde::Serialize;
use sluice_daemon::{Invocation, escape};
use sluice_events::v1::{ConnectionStatus, WebhookKind};
use sluice_registry::{Kind, Spec};

use super::{print, repositories::done};
use crate::{
    arguments::lists::Verify,
    failure::Failure,
    find,
    way::{Shown, Way, Work},
};

/// How a managed webhook stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Standing {
    project: String,
    name: String,
    ok: bool,
    /// What is wrong with it; empty if nothing is.
    says: String,
}

/// Says how they stand, has those mended that do not if that is wanted, and fails if some are left.
pub(super) async fn verify(arguments: Verify, invocation: &Invocation) -> anyhow::Result<ExitCode> {
    let (all, project) = (&arguments.of.all, &arguments.of.project);
    let way = Way::Api(find::api(&all.reach, invocation)?);
    let mut standings = look(&way, project).await?;
    if arguments.repair {
        repair(&way, &standings, &arguments).await;
        standings = look(&way, project).await?;
    }
    let left = || standings.iter().filter(|standing| !standing.ok);
    let names = || left().map(Standing::name).collect();
    let shown = print::structured(&standings, all.output, names)?.unwrap_or_else(|| {
        let row = |standing: &Standing| [standing.name(), standing.word()];
        print::table(["PROJECT/NAME", "WEBHOOK"], standings.iter().map(row))
    });
    print::say(&shown)?;
    Ok(match left().next() {
        None => ExitCode::SUCCESS,
        Some(_) => ExitCode::FAILURE,
    })
}

/// One after the other: each asks its host.
async fn repair(way: &Way, standings: &[Standing], arguments: &Verify) {
    let bad: Vec<_> = standings.iter().filter(|standing| !standing.ok).collect();
    for (index, standing) in bad.iter().enumerate() {
        let (project, name, wait) = (&standing.project, &standing.name, arguments.wait);
        let asked = async {
            let operation = way.ask(Work::Recheck, project, name, wait).await?;
            done(way, Work::Recheck.service(), &operation, wait).await
        };
        let said = match asked.await {
            Ok(_) => "looked at".to_owned(),
            Err(error) => format!("{error:#}"),
        };
        let (place, all) = (index + 1, bad.len());
        let line = format!("{place}/{all} {}: {said}", standing.name());
        eprintln!("{}", escape::terminal(&line));
    }
}

async fn look(way: &Way, project: &str) -> anyhow::Result<Vec<Standing>> {
    let endpoints = way.list(Kind::Endpoint, project).await?;
    let bases = bases(&endpoints)?;
    let repositories = way.list(Kind::Repository, project).await?;
    Ok(repositories
        .iter()
        .filter_map(|shown| standing(shown, &bases))
        .collect())
}

/// By project and name of an endpoint, the address that its own stands below.
type Bases = BTreeMap<(String, String), String>;

fn bases(endpoints: &[Shown]) -> anyhow::Result<Bases> {
    let mut bases = Bases::new();
    for shown in endpoints {
        let Spec::Endpoint(spec) = &shown.manifest.spec else {
            continue;
        };
        let base = shown.status.address.as_deref().zip(spec.id.as_deref());
        let base = base.and_then(|(address, id)| address.strip_suffix(&format!("/hooks/{id}")));
        let hidden = || {
            let hint = "use an editor's access token, and an API that is started with --hooks-url";
            Failure::refused("the addresses of endpoints are not shown", hint)
        };
        let key = (spec.project.clone(), spec.name.clone());
        bases.insert(key, base.ok_or_else(hidden)?.to_owned());
    }
    Ok(bases)
}

/// How the webhook of a repository stands, if the connector takes care of it.
fn standing(shown: &Shown, bases: &Bases) -> Option<Standing> {
    let Spec::Repository(repository) = &shown.manifest.spec else {
        return None;
    };
    if repository.webhook() != WebhookKind::Managed {
        return None;
    }
    let connection = shown.status.connection.as_ref();
    let hook = connection.and_then(|connection| connection.hook.as_ref());
    let (project, name) = (repository.project.clone(), repository.name.clone());
    let base = hook.and_then(|hook| bases.get(&(project.clone(), hook.endpoint.clone())));
    let says = match (hook, base) {
        (None, _) => "there is none".to_owned(),
        (Some(hook), None) => format!("its endpoint `{}` is gone", hook.endpoint),
        (Some(hook), Some(base)) if hook.base != *base => {
            format!("installed for {}, hosts are to reach {base}", hook.base)
        }
        (Some(_), Some(_)) => wrong(connection?.status()).to_owned(),
    };
    Some(Standing {
        project,
        name,
        ok: says.is_empty(),
        says,
    })
}

/// What is wrong where the address is right; nothing has come by one that is unproved, and nothing need have.
fn wrong(status: ConnectionStatus) -> &'static str {
    match status {
        ConnectionStatus::Active | ConnectionStatus::Unproved => "",
        ConnectionStatus::Connecting => "it is being connected",
        ConnectionStatus::Inactive => "the repository is inactive: see `sluice repositories show`",
        ConnectionStatus::Suspended => {
            "the repository is suspended: see `sluice repositories show`"
        }
        ConnectionStatus::Removing => "the repository is being removed",
        ConnectionStatus::Unspecified => "nobody has looked at it yet",
    }
}

impl Standing {
    fn name(&self) -> String {
        format!("{}/{}", self.project, self.name)
    }

    fn word(&self) -> String {
        match self.says.as_str() {
            "" => "ok".to_owned(),
            says => says.to_owned(),
        }
    }
}
