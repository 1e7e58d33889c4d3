//! What secrets are sealed to where the API does not do it.

use std::path::PathBuf;

use sluice_daemon::Invocation;
use sluice_registry::{KeyClass, SealingKey, SealingKeys};

use crate::{arguments::Sealing, find::System};

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
