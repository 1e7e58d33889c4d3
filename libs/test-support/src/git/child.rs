//! Where the program `sluice-git` is, for the tests of other crates.

use std::path::PathBuf;

/// The child, as cargo built it beside the test that runs.
///
/// # Panics
/// If it is not there.
pub fn git_child() -> PathBuf {
    let ours = std::env::current_exe().unwrap();
    let places = ours
        .ancestors()
        .skip(1)
        .take(3)
        .map(|folder| folder.join("sluice-git"));
    let found = places.into_iter().find(|place| place.is_file());
    found.expect(
        "sluice-git is built: run tests by `make test`, or `cargo build -p sluice-git-child` first",
    )
}
