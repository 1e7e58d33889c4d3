//! Declaring things, for the commands that do so.

use std::path::PathBuf;

use sluice_daemon::{Invocation, escape};
use sluice_declared::{Author, Declared};
use sluice_events::Timestamp;
use sluice_registry::{KeyClass, Manifest, Object, SealingKey, SealingKeys, plan};

use super::SERVICE;
use crate::{
    arguments::Sealing,
    find::{Actor, System},
};

/// Declares all of it, or, if anything stands against it, nothing; says what became of each object.
pub(super) async fn declare(
    manifests: &[Manifest],
    system: &System,
    sealing: &SealingKeys,
    dry_run: bool,
) -> anyhow::Result<Vec<(Object, &'static str)>> {
    let declared = Declared::read(&system.bus).await?;
    let planned = plan(manifests, &declared.snapshot, sealing, Timestamp::now())?;
    for warning in &planned.warnings {
        eprintln!("warning: {}", escape::terminal(&warning.to_string()));
    }
    let author = Author::new(SERVICE, Actor::Operator.role())?;
    let mut done = Vec::new();
    for outcome in planned.outcomes {
        let (object, verb) = (outcome.object.clone(), outcome.verb.word());
        if !dry_run {
            let steps = outcome.steps;
            declared.carry_out(&author, "apply", &object, steps).await?;
        }
        done.push((object, verb));
    }
    Ok(done)
}

/// The public keys that are at hand: of each class that which is named, else that of the data folder.
pub(super) fn sealing_keys(
    arguments: &Sealing,
    system: &System,
    invocation: &Invocation,
) -> anyhow::Result<SealingKeys> {
    let classes = [
        (
            KeyClass::HookSecrets,
            &arguments.hook_secrets_pub,
            "SLUICE_HOOK_SECRETS_PUB",
        ),
        (
            KeyClass::Credentials,
            &arguments.credentials_pub,
            "SLUICE_CREDENTIALS_PUB",
        ),
    ];
    let mut keys = Vec::new();
    for (class, flag, variable) in classes {
        let variable = invocation.env.get(variable).filter(|path| !path.is_empty());
        let named = flag.clone().or_else(|| variable.map(PathBuf::from));
        let of_folder = || {
            let folder = system.folder.as_ref()?;
            Some(folder.join(format!("keys/{}.pub", class.name())))
        };
        if let Some(path) = named.or_else(of_folder) {
            keys.push(SealingKey::load(class, &path)?);
        }
    }
    Ok(keys.into_iter().collect())
}
