//! `sluice delete`.

use sluice_daemon::Invocation;
use sluice_registry::{Kind, Object, deletion};

use super::snapshot::Declared;
use crate::{
    arguments::{Delete, KindWord},
    find::{self, Actor},
};

/// Removes an object that nothing else needs.
pub(super) async fn run(arguments: Delete, invocation: &Invocation) -> anyhow::Result<()> {
    let system = find::system(&arguments.reach, Actor::Operator, invocation).await?;
    let declared = Declared::read(&system.bus).await?;
    let (kind, project) = match arguments.kind {
        KindWord::Projects => (Kind::Project, String::new()),
        KindWord::Hosts => (Kind::Host, String::new()),
        KindWord::Endpoints => (Kind::Endpoint, arguments.project),
    };
    let object = Object {
        kind,
        project,
        name: arguments.name,
    };
    let steps =
        deletion(&object, &declared.snapshot).map_err(|problem| anyhow::anyhow!("{problem}"))?;
    declared.carry_out(steps).await?;
    println!("{object} deleted");
    system.bus.drain().await;
    Ok(())
}
