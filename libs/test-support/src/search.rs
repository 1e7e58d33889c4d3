//! Looking for what must not be there.

use std::{fs, path::Path};

/// Whether any file below a folder holds these bytes.
pub fn folder_holds(folder: &Path, needle: &str) -> bool {
    // A server at work removes files while we look.
    let Ok(entries) = fs::read_dir(folder) else {
        return false;
    };
    entries.flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            folder_holds(&path, needle)
        } else {
            fs::read(&path).is_ok_and(|bytes| holds(&bytes, needle.as_bytes()))
        }
    })
}

/// Whether bytes hold other bytes.
pub fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}
