//! `connection.json`: how commands find a running `sluice up`.

use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde::{Deserialize, Serialize};

/// The first access token's file in the data folder.
pub(crate) const TOKEN_FILE: &str = "admin-token";

/// Its name in the data folder.
const NAME: &str = "connection.json";

/// Addresses, and the users that people act as. Readable by its owner alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ConnectionFile {
    /// Where webhooks are received.
    pub(crate) hooks: String,
    /// Where the API is; absent until there is one.
    pub(crate) api: Option<String>,
    /// Where health and metrics are.
    pub(crate) admin: String,
    /// Where NATS is.
    pub(crate) nats: String,
    /// Word that begins all names on a shared account; empty where there is none.
    #[serde(default)]
    pub(crate) namespace: String,
    /// Reads events.
    pub(crate) reader: Option<User>,
    /// Declares records.
    pub(crate) operator: Option<User>,
}

/// A user of NATS.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) user: String,
    pub(crate) password: String,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "User({} [redacted])", self.user)
    }
}

impl ConnectionFile {
    /// Writes it, mode 0600, in one step.
    pub(crate) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let (path, temporary) = (folder.join(NAME), folder.join(format!(".{NAME}.new")));
        // Removed first: the mode counts only for a new file.
        let _ = fs::remove_file(&temporary);
        let mut file = fs::File::options()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(&temporary)?;
        file.write_all(serde_json::to_string_pretty(self)?.as_bytes())?;
        fs::rename(&temporary, &path).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Removes it: what it points to has ended.
    pub(crate) fn remove(folder: &Path) {
        let _ = fs::remove_file(folder.join(NAME));
    }

    /// Reads it.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(NAME);
        let text = fs::read(&path).with_context(|| {
            format!("cannot read {}; start `sluice up`, or name a running system by --api, --data-dir or --nats", path.display())
        })?;
        serde_json::from_slice(&text)
            .with_context(|| format!("{} is not what `sluice up` writes", path.display()))
    }
}

/// The data folder that is meant if none is named.
pub(crate) fn default_folder(env: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let state = env("XDG_STATE_HOME")
        .filter(|path| path.starts_with('/'))
        .map(PathBuf::from);
    let home = || {
        env("HOME")
            .filter(|path| !path.is_empty())
            .map(|home| Path::new(&home).join(".local/state"))
    };
    state.or_else(home).map(|state| state.join("sluice"))
}
