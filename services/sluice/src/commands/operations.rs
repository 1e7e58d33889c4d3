//! `sluice operations show`.

use sluice_daemon::Invocation;

use super::print;
use crate::{arguments::lists::Operation, find};

/// Shows what became of something that was asked for.
pub(super) async fn show(arguments: Operation, invocation: &Invocation) -> anyhow::Result<()> {
    let way = find::to_read(&arguments.all.reach, invocation).await?;
    let operation = way.operation(&arguments.id).await?;
    let names = || vec![operation.id.clone()];
    let shown = print::structured(&operation, arguments.all.output, names)?;
    let shown = shown.unwrap_or_else(|| {
        print::fields(&[
            ("operation", operation.id.clone()),
            ("asks for", operation.verb.clone()),
            ("asked by", operation.principal.clone()),
            ("state", operation.state.clone()),
            ("reason", operation.reason.clone()),
            ("at", operation.at.clone().unwrap_or_default()),
        ])
    });
    print::say(&shown)?;
    Ok(())
}
