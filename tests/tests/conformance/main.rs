//! Deliveries and payloads that real hosts sent, against what the providers make of them.
//!
//! The recordings are other people's work and no part of this repository. `SLUICE_CONFORMANCE_PAYLOADS` names the
//! folder that holds them; without it nothing is checked, and a line says so. What the folder must hold:
//!
//! - `real/MANIFEST.tsv`: whole requests with their secrets and true signatures; `<file>.body` is the body as it came,
//!   `<file>.headers.json` the request line and the headers. See [`real`].
//! - `MANIFEST.tsv`: bodies alone, each with the event that its host would name in a header; beside some of them, as
//!   `<file>.golden`, what another implementation read. See [`payloads`] and [`oracle`].
//! - `SIGNATURES.tsv`: signatures that other implementations test with.
//!
//! Where we differ from the other implementation, [`explained`] says why.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "everything here is a test, and a test fails by panicking"
)]

mod explained;
mod oracle;
mod payloads;
mod reading;
mod real;
mod request;
mod table;
mod told;

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Once,
};

#[test]
fn recorded_deliveries_prove_themselves_and_say_what_they_say() {
    if let Some(folder) = folder() {
        real::check(&folder.join("real"));
    }
}

#[test]
fn recorded_payloads_are_understood_as_another_implementation_does() {
    if let Some(folder) = folder() {
        payloads::check(&folder);
    }
}

#[test]
fn signatures_that_others_test_with_fit() {
    if let Some(folder) = folder() {
        payloads::check_signatures(&folder);
    }
}

/// The folder of the recordings; `None`, and once a line, if there is none.
fn folder() -> Option<PathBuf> {
    static SKIPPED: Once = Once::new();
    #[expect(
        clippy::disallowed_methods,
        reason = "a test has no other settings, and nothing to open before they are checked"
    )]
    let folder = std::env::var_os("SLUICE_CONFORMANCE_PAYLOADS");
    if folder.is_none() {
        SKIPPED.call_once(|| say("skipped, SLUICE_CONFORMANCE_PAYLOADS is not set"));
    }
    folder.map(PathBuf::from)
}

/// Writes a line that is seen although the test passes, unlike what is printed.
fn say(line: &str) {
    let mut stderr = io::stderr().lock();
    writeln!(stderr, "conformance: {line}").unwrap();
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
