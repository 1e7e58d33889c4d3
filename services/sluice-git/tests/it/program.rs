//! The child, started by a script that does something before.

use std::{
    io::Write,
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

/// Says that a test did not run, past what holds back the output of tests that pass.
pub(crate) fn not_run(why: &str) {
    let test = std::thread::current();
    let line = format!("NOT RUN: {}: {why}\n", test.name().unwrap_or("a test"));
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}
