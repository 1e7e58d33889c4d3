//! The shape of the repository: who uses whom, what the pages name, what no file may say.
//!
//! Each check is a function over text, and is shown to find what is planted.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "everything here is a test, and a test fails by panicking"
)]

mod edges;
mod pages;
mod words;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The root of the repository.
fn root() -> PathBuf {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    above.unwrap().to_owned()
}

/// What a program says when it is run at the root.
fn said(program: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    let output = command.args(arguments).current_dir(root()).output();
    let output = output.unwrap_or_else(|error| panic!("cannot run {program}: {error}"));
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} failed: {complaints}");
    String::from_utf8(output.stdout).unwrap()
}
