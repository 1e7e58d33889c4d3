//! That the tree is what its pages say it is.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "everything here is a test, and a test fails by panicking"
)]

mod edges;
mod pages;
mod words;

use std::path::{Path, PathBuf};

/// The top of the tree.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap().to_owned()
}

/// What a program says, run at the top of the tree.
fn said_by(program: &str, arguments: &[&str]) -> String {
    let mut command = std::process::Command::new(program);
    let output = command.args(arguments).current_dir(root()).output();
    let output = output.unwrap_or_else(|error| panic!("cannot run {program}: {error}"));
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
