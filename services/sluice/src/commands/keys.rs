//! `sluice keys new`.

use std::{fs, os::unix::fs::DirBuilderExt, path::Path};

use anyhow::Context;
use sluice_registry::{KeyClass, create_keys};

/// Makes a pair for each class; refuses to overwrite.
pub(super) fn new(folder: &Path) -> anyhow::Result<()> {
    let made = fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder);
    made.with_context(|| format!("cannot make {}", folder.display()))?;
    for class in KeyClass::ALL {
        let key = create_keys(folder, class)?;
        println!(
            "{}: {}/{}.key (private, mode 0600) and .pub",
            key.id(),
            folder.display(),
            class.name()
        );
    }
    Ok(())
}
