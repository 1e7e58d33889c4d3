//! The folder of keys: `sluice keys new` fills it, `sluice up` opens with what is in it.
//!
//! `<class>.key` and `<class>.pub` are the present pair of a class. `<class>.<id>.key` and `<class>.<id>.pub` are one
//! that it replaced: what is still sealed to it is opened as long as it lies there.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Context;
use sluice_registry::{KeyClass, OpeningKey};

/// A folder of keys.
#[derive(Debug, Clone)]
pub(crate) struct KeyFolder(PathBuf);

impl KeyFolder {
    /// Any folder.
    pub(crate) fn at(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// That of a data folder.
    pub(crate) fn of_data(folder: &Path) -> Self {
        Self(folder.join("keys"))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The file with the present public key of a class.
    pub(crate) fn public(&self, class: KeyClass) -> PathBuf {
        self.0.join(format!("{}.pub", class.name()))
    }

    /// The file with the present private key of a class.
    pub(crate) fn private(&self, class: KeyClass) -> PathBuf {
        self.0.join(format!("{}.key", class.name()))
    }

    /// The files with all private keys of a class, the present one first.
    pub(crate) fn opening(&self, class: KeyClass) -> anyhow::Result<Vec<PathBuf>> {
        let replaced = self.replaced(class);
        let replaced = replaced.with_context(|| format!("cannot read {}", self.0.display()))?;
        Ok([vec![self.private(class)], replaced].concat())
    }

    /// Calls the present pair of a class by its id, so that another can take its place. Nothing if there is none.
    pub(crate) fn put_aside(&self, class: KeyClass) -> anyhow::Result<()> {
        let private = self.private(class);
        if !private.exists() {
            return Ok(());
        }
        let id = OpeningKey::load(class, &private)?
            .sealing_key()
            .id()
            .to_owned();
        // The public one first: where this ends in between, there is a private one yet, and it can be done again.
        for file in [self.public(class), private] {
            let extension = file.extension().unwrap_or_default().to_string_lossy();
            let aside = self.0.join(format!("{}.{id}.{extension}", class.name()));
            match fs::rename(&file, &aside) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("cannot rename {}", file.display()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn replaced(&self, class: KeyClass) -> io::Result<Vec<PathBuf>> {
        let (start, present) = (format!("{}.", class.name()), self.private(class));
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(&start) && name.ends_with(".key") && path != present {
                found.push(path);
            }
        }
        found.sort();
        Ok(found)
    }
}
