//! `sluice delete`.

use sluice_daemon::Invocation;
use sluice_registry::{Object, deletion};

use super::snapshot::Declared;
use crate::{
    arguments::Delete,
    find::{self, Actor},
};

/// Removes an object that nothing else needs.
pub(super) async fn run(arguments: Delete, invocation: &Invocation) -> anyhow::Result<()> {
    let system = find::system(&arguments.reach, Actor::Operator, invocation).await?;
    let declared = Declared::read(&system.bus).await?;
    let object = Object::new(arguments.kind.kind(), &arguments.project, &arguments.name);
    let steps =
        deletion(&object, &declared.snapshot).map_err(|problem| anyhow::anyhow!("{problem}"))?;
    declared.carry_out(steps).await?;
    println!("{object} deleted");
    system.bus.drain().await;
    Ok(())
}
