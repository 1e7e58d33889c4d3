//! `sluice apply`.

use std::{ffi::OsString, io::Read, path::Path};

use anyhow::{Context, bail};
use sluice_daemon::Invocation;
use sluice_declared::Declared;
use sluice_registry::{MAX_MANIFEST_BYTES, Manifest, Spec, parse, resolve};
use zeroize::Zeroizing;

use super::declare;
use crate::{
    arguments::Apply,
    find::{self, Actor, System},
};

/// Declares what the files say: all of it, or, if anything stands against it, nothing.
pub(super) async fn run(arguments: Apply, invocation: &Invocation) -> anyhow::Result<()> {
    let mut manifests = Vec::new();
    for file in &arguments.files {
        manifests.extend(read(file, invocation)?);
    }
    let system = find::system(&arguments.reach, Actor::Operator, invocation).await?;
    let sealing = declare::sealing_keys(&arguments.sealing, &system, invocation)?;
    let done = declare::declare(&manifests, &system, &sealing, arguments.dry_run).await?;
    for (object, verb) in done {
        let dry = if arguments.dry_run { " (dry run)" } else { "" };
        println!("{object} {verb}{dry}");
    }
    if !arguments.dry_run {
        show_addresses(&manifests, &system).await?;
    }
    system.bus.drain().await;
    Ok(())
}

/// A file's manifests with the secrets that they point to.
fn read(file: &Path, invocation: &Invocation) -> anyhow::Result<Vec<Manifest>> {
    let limit = MAX_MANIFEST_BYTES as u64 + 1;
    let name = if file == Path::new("-") {
        "standard input".to_owned()
    } else {
        file.display().to_string()
    };
    let mut text = Zeroizing::new(Vec::new());
    if file == Path::new("-") {
        std::io::stdin()
            .take(limit)
            .read_to_end(&mut text)
            .context("cannot read standard input")?;
    } else {
        let opened =
            std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
        opened
            .take(limit)
            .read_to_end(&mut text)
            .with_context(|| format!("cannot read {}", file.display()))?;
    }
    let folder = file
        .parent()
        .filter(|folder| *folder != Path::new(""))
        .unwrap_or(Path::new("."));
    let manifests = parse(&text).with_context(|| format!("{name} cannot be applied"))?;
    if manifests.is_empty() {
        bail!("{name} declares nothing");
    }
    let environment = |name: &str| invocation.env.get(name).map(OsString::from);
    resolve(manifests, environment, folder).with_context(|| format!("{name} cannot be applied"))
}

/// The address of every endpoint that was applied, to paste at the host.
async fn show_addresses(manifests: &[Manifest], system: &System) -> anyhow::Result<()> {
    let declared = Declared::read(&system.bus).await?;
    let hooks = system.file.as_ref().map_or("", |file| file.hooks.as_str());
    for manifest in manifests {
        if let Spec::Endpoint(endpoint) = &manifest.spec
            && let Some(record) = declared
                .snapshot
                .endpoint(&endpoint.project, &endpoint.name)
        {
            println!(
                "  {}/{}: {hooks}/hooks/{}",
                record.project, record.name, record.id
            );
        }
    }
    Ok(())
}
