//! Files that are written by tests and checked in. `make docs` writes them, every other run compares.

use std::{fs, path::Path};

/// Whether files are to be written.
pub(crate) fn update() -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one setting of these tests, given by make"
    )]
    let update = std::env::var_os("UPDATE_GENERATED");
    update.is_some_and(|value| value == "1")
}

/// Compares a file, by its path below this crate, with what it has to be; or writes it.
pub(crate) fn check(path: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if update() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        return fs::write(&path, wanted).unwrap();
    }
    let present = fs::read_to_string(&path).unwrap_or_default();
    let same = present
        .lines()
        .zip(wanted.lines())
        .take_while(|(present, wanted)| present == wanted);
    let line = same.count() + 1;
    assert!(
        present == wanted,
        "{} is not current from line {line} on: run `make docs` and look at what changes",
        path.display(),
    );
}
