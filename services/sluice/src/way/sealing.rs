//! What secrets are sealed to where the API does not do it.

use sluice_daemon::Invocation;
use sluice_registry::{KeyClass, SealingKeys};

use crate::{arguments::Sealing, commands::public_keys, find::System};

/// The public keys that are at hand.
pub(super) fn sealing_keys(
    arguments: &Sealing,
    system: &System,
    invocation: &Invocation,
) -> anyhow::Result<SealingKeys> {
    let named = [
        (KeyClass::HookSecrets, &arguments.hook_secrets_pub),
        (KeyClass::Credentials, &arguments.credentials_pub),
        (KeyClass::Issuers, &arguments.issuers_pub),
    ];
    let mut keys = Vec::new();
    for (class, flag) in named {
        keys.extend(public_keys::of(class, flag.as_deref(), system, invocation)?);
    }
    Ok(keys.into_iter().collect())
}
