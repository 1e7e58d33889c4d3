//! `sluice delete`.

use sluice_daemon::Invocation;
use sluice_declared::{Author, Declared};
use sluice_registry::{Object, deletion};

use crate::{
    arguments::Delete,
    commands::SERVICE,
    find::{self, Actor},
};

/// Removes an object that nothing else needs.
pub(super) async fn run(arguments: Delete, invocation: &Invocation) -> anyhow::Result<()> {
    let system = find::system(&arguments.reach, Actor::Operator, invocation).await?;
    let declared = Declared::read(&system.bus).await?;
    let object = Object::new(arguments.kind.kind(), &arguments.project, &arguments.name);
    let steps =
        deletion(&object, &declared.snapshot).map_err(|problem| anyhow::anyhow!("{problem}"))?;
    let author = Author::new(SERVICE, Actor::Operator.role())?;
    declared
        .carry_out(&author, "delete", &object, steps)
        .await?;
    println!("{object} deleted");
    system.bus.drain().await;
    Ok(())
}
