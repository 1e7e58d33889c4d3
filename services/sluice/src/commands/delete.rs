//! `sluice delete`.

use std::time::Duration;

use sluice_daemon::{Invocation, escape};
use sluice_registry::Object;

use super::{print, repositories::done};
use crate::{
    arguments::{Format, records::Delete},
    failure::Failure,
    find,
};

/// How long the connector may take to remove a repository.
const PATIENCE: Duration = Duration::from_secs(60);

/// Removes an object that nothing else needs.
pub(super) async fn run(arguments: Delete, invocation: &Invocation) -> anyhow::Result<()> {
    let way = find::to_change(&arguments.reach, invocation).await?;
    let object = Object::new(arguments.kind.kind(), &arguments.project, &arguments.name);
    let found = way.find(&object).await?;
    let none = || {
        let (kind, name) = (arguments.kind.word(), &arguments.name);
        Failure::refused(format!("there is no such {kind}: {name}"), "")
    };
    let object = found.ok_or_else(none)?.manifest.object();
    if let Some(operation) = way.delete(&object).await? {
        let left = done(&way, "connector", &operation.id, PATIENCE).await?;
        if !left.is_empty() {
            eprintln!("remove by hand: {}", escape::terminal(&left));
        }
    }
    print::say(&match arguments.output {
        Format::Name => format!("{object}\n"),
        _ => format!("{object} deleted\n"),
    })?;
    way.close().await;
    Ok(())
}
