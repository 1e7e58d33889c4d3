//! Declaring things, for the commands that do so.

use sluice_daemon::{Invocation, escape};
use sluice_declared::{Author, Declared};
use sluice_events::Timestamp;
use sluice_registry::{KeyClass, Manifest, Object, SealingKeys, plan};

use super::{SERVICE, public_keys};
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

/// The public keys that are at hand.
pub(super) fn sealing_keys(
    arguments: &Sealing,
    system: &System,
    invocation: &Invocation,
) -> anyhow::Result<SealingKeys> {
    let named = [
        (KeyClass::HookSecrets, &arguments.hook_secrets_pub),
        (KeyClass::Credentials, &arguments.credentials_pub),
    ];
    let mut keys = Vec::new();
    for (class, flag) in named {
        keys.extend(public_keys::of(class, flag.as_deref(), system, invocation)?);
    }
    Ok(keys.into_iter().collect())
}
