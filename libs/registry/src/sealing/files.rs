//! Keys as files: `<class>.key` for who opens, `<class>.pub` for who seals.
//!
//! Two lines of text: what it is, then base64. Public keys are files, too, and never stand in a bucket, where whoever
//! may write could put another in their place.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use thiserror::Error;
use zeroize::Zeroizing;

use super::{KeyClass, OpeningKey, OpeningKeys, SealingKey};

/// Largest key file in bytes.
const MAX_BYTES: u64 = 1024;

/// Why a key file cannot be used or made.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// It cannot be read.
    #[error("key file {} cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others may read it.
    #[error("private key {} has mode {mode:04o}, so others may read or change it; run `chmod 600` on it", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is not a key of this class and kind.
    #[error("key file {} does not hold what is expected: {expected}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The first line that it should have.
        expected: String,
    },
    /// It is there already, and a key that is overwritten takes with it all that was sealed to it.
    #[error("key file {} exists and is not overwritten; use another folder for a new key", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be written.
    #[error("key file {} cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The system has no random numbers.
    #[error("no key can be made: {0}")]
    Random(getrandom::Error),
}

/// Makes a pair of keys in a folder: `<class>.key` with mode 0600, and `<class>.pub`. Overwrites nothing.
pub fn create_keys(folder: &Path, class: KeyClass) -> Result<SealingKey, KeyFileError> {
    let private = folder.join(format!("{}.key", class.name()));
    let public = folder.join(format!("{}.pub", class.name()));
    if public.exists() {
        return Err(KeyFileError::Exists { path: public });
    }
    let opening = OpeningKey::generate(class).map_err(KeyFileError::Random)?;
    let sealing = opening.sealing_key();
    let encoded = Zeroizing::new(BASE64_STANDARD.encode(&*opening.bytes()));
    // The private one first: nobody shall seal to a key that nobody holds.
    write(&private, 0o600, &header(class, "opening"), &encoded)?;
    let encoded = BASE64_STANDARD.encode(sealing.bytes());
    write(&public, 0o644, &header(class, "sealing"), &encoded)?;
    Ok(sealing)
}

impl SealingKey {
    /// Reads the public key of a class.
    pub fn load(class: KeyClass, path: &Path) -> Result<Self, KeyFileError> {
        let header = header(class, "sealing");
        let text = read(path, |_| Ok(()))?;
        decode(&text, &header)
            .and_then(|bytes| Self::from_bytes(class, &bytes))
            .ok_or_else(|| malformed(path, header))
    }
}

impl OpeningKey {
    /// Reads a private key of a class. Refuses one that others may read.
    pub fn load(class: KeyClass, path: &Path) -> Result<Self, KeyFileError> {
        let header = header(class, "opening");
        let text = read(path, |file| check_mode(path, file))?;
        decode(&text, &header)
            .and_then(|bytes| Self::from_bytes(class, &bytes))
            .ok_or_else(|| malformed(path, header))
    }
}

impl OpeningKeys {
    /// Reads all private keys of a class.
    pub fn load<P: AsRef<Path>>(class: KeyClass, paths: &[P]) -> Result<Self, KeyFileError> {
        let key = |path: &P| OpeningKey::load(class, path.as_ref());
        paths.iter().map(key).collect()
    }
}

fn header(class: KeyClass, kind: &str) -> String {
    format!("# sluice {kind} key for {}", class.name())
}

fn malformed(path: &Path, expected: String) -> KeyFileError {
    KeyFileError::Malformed {
        path: path.to_owned(),
        expected,
    }
}

/// Writes a file that is not there yet, and waits until the disk has it.
fn write(path: &Path, mode: u32, header: &str, encoded: &str) -> Result<(), KeyFileError> {
    let write = || {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(mode).open(path)?;
        writeln!(file, "{header}\n{encoded}")?;
        file.sync_all()
    };
    write().map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => KeyFileError::Exists {
            path: path.to_owned(),
        },
        _ => KeyFileError::Write {
            path: path.to_owned(),
            source,
        },
    })
}

fn read(
    path: &Path,
    check: impl FnOnce(&File) -> Result<(), KeyFileError>,
) -> Result<Zeroizing<String>, KeyFileError> {
    let failed = |source| KeyFileError::Read {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    check(&file)?;
    let mut text = Zeroizing::new(String::with_capacity(MAX_BYTES as usize + 1));
    file.take(MAX_BYTES)
        .read_to_string(&mut text)
        .map_err(failed)?;
    Ok(text)
}

fn check_mode(path: &Path, file: &File) -> Result<(), KeyFileError> {
    let metadata = file.metadata().map_err(|source| KeyFileError::Read {
        path: path.to_owned(),
        source,
    })?;
    if is_exposed(metadata.uid(), metadata.mode()) {
        return Err(KeyFileError::Exposed {
            path: path.to_owned(),
            mode: metadata.mode() & 0o7777,
        });
    }
    Ok(())
}

/// Whether others than its owner may read or change a file. Root's file that one group may read is not: so Kubernetes
/// mounts a secret for a process that is not root (`fsGroup`).
fn is_exposed(owner: u32, mode: u32) -> bool {
    let allowed = if owner == 0 { 0o740 } else { 0o700 };
    mode & 0o777 & !allowed != 0
}

fn decode(text: &str, header: &str) -> Option<Zeroizing<Vec<u8>>> {
    let encoded = text.strip_prefix(header)?.strip_prefix('\n')?.trim_end();
    BASE64_STANDARD.decode(encoded).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_key_is_its_owners_alone() {
        for (owner, mode, exposed) in [
            (1000, 0o100600, false),
            (1000, 0o100400, false),
            (1000, 0o100640, true),
            (1000, 0o100604, true),
            (1000, 0o100644, true),
            (0, 0o100440, false),
            (0, 0o100460, true),
            (0, 0o100644, true),
        ] {
            assert_eq!(is_exposed(owner, mode), exposed, "{owner} {mode:o}");
        }
    }
}
