//! The public keys that secrets are sealed to. They come from files alone: in a bucket they could be swapped.

use std::path::{Path, PathBuf};

use sluice_daemon::Invocation;
use sluice_registry::{KeyClass, KeyFileError, SealingKey};

use crate::{find::System, key_folder::KeyFolder};

/// The key of a class: of the file that is named, by flag or by variable, else of the data folder. `None` if neither
/// is there.
pub(crate) fn of(
    class: KeyClass,
    flag: Option<&Path>,
    system: &System,
    invocation: &Invocation,
) -> Result<Option<SealingKey>, KeyFileError> {
    let variable = variable(class).and_then(|name| invocation.env.get(name));
    let variable = variable.filter(|path| !path.is_empty()).map(PathBuf::from);
    let named = flag.map(Path::to_owned).or(variable);
    let of_folder = || {
        let folder = system.folder.as_ref()?;
        Some(KeyFolder::of_data(folder).public(class))
    };
    let path = named.or_else(of_folder);
    path.map(|path| SealingKey::load(class, &path)).transpose()
}

fn variable(class: KeyClass) -> Option<&'static str> {
    match class {
        KeyClass::HookSecrets => Some("SLUICE_HOOK_SECRETS_PUB"),
        KeyClass::Credentials => Some("SLUICE_CREDENTIALS_PUB"),
        KeyClass::Issuers => Some("SLUICE_ISSUERS_PUB"),
        KeyClass::ClusterCredentials => None,
    }
}
