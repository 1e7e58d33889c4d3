//! The child, started by a script that does something before.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// The child itself.
pub(crate) const CHILD: &str = env!("CARGO_BIN_EXE_sluice-git");

/// A script in a folder that becomes the child by its last line: `exec nice "$child"`.
pub(crate) fn script(folder: &Path, lines: &str) -> PathBuf {
    let path = folder.join("program");
    std::fs::write(&path, format!("#!/bin/sh\nchild='{CHILD}'\n{lines}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}
