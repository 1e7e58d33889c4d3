//! `sluice apply`.

use sluice_daemon::{Invocation, escape};
use sluice_registry::{Kind, Object};

use super::{manifests, print};
use crate::{
    arguments::{Format, records::Apply},
    find,
    way::{Applied, Became, How, Way},
};

/// Declares what the files say: all of it, or, if anything stands against it, nothing.
pub(super) async fn run(arguments: Apply, invocation: &Invocation) -> anyhow::Result<()> {
    let set = &arguments.set;
    let manifests = manifests::read(&arguments.files, &set.project, invocation)?;
    let endpoints: Vec<_> = manifests
        .iter()
        .map(|manifest| manifest.object())
        .filter(|object| object.kind == Kind::Endpoint)
        .collect();
    let way = find::to_change(&arguments.reach, invocation).await?;
    let how = How {
        dry_run: arguments.dry_run,
        set: &set.set,
        prune: set.prune,
    };
    let applied = way.declare(manifests, how).await?;
    warn(&applied);
    let names = || applied.outcomes.iter().map(Became::object).collect();
    let shown = print::structured(&applied, arguments.output, names)?;
    let is_table = arguments.output == Format::Table;
    print::say(&shown.unwrap_or_else(|| lines(&applied)))?;
    if is_table && !arguments.dry_run {
        show_addresses(&endpoints, &way).await?;
    }
    way.close().await;
    Ok(())
}

/// Tells what is allowed and deserves a second look.
pub(super) fn warn(applied: &Applied) {
    for warning in &applied.warnings {
        let (place, what, remedy) = (&warning.place, &warning.what, &warning.remedy);
        eprintln!(
            "warning: {}",
            escape::terminal(&format!("{place}: {what}; {remedy}"))
        );
    }
}

fn lines(applied: &Applied) -> String {
    let dry = if applied.dry_run { " (dry run)" } else { "" };
    let line = |became: &Became| {
        let why = became.reason.as_ref().map(|reason| format!(": {reason}"));
        let operation = became.operation.as_ref();
        let operation = operation.map(|operation| format!(": operation {operation}"));
        let more = why.or(operation).unwrap_or_default();
        let line = format!("{} {}{more}{dry}", became.object(), became.outcome);
        format!("{}\n", escape::terminal(&line))
    };
    applied.outcomes.iter().map(line).collect()
}

/// The address of every endpoint that was applied, to paste at the host.
async fn show_addresses(endpoints: &[Object], way: &Way) -> anyhow::Result<()> {
    for endpoint in endpoints {
        let found = way.find(endpoint).await?;
        if let Some(address) = found.and_then(|found| found.status.address) {
            let line = format!("  {}/{}: {address}", endpoint.project, endpoint.name);
            print::say(&format!("{}\n", escape::terminal(&line)))?;
        }
    }
    Ok(())
}
