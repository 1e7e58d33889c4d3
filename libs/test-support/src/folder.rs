//! A folder of a test's own.

use std::path::Path;

use tempfile::TempDir;

use crate::canary::watch;

/// A folder that goes with this. Before it goes, the secrets of tests are looked for in it.
#[derive(Debug)]
pub struct Folder(TempDir);

impl Folder {
    /// A new one.
    #[expect(clippy::new_without_default, reason = "it makes a folder")]
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        watch().saw_folder(self.path());
        watch().nothing_came_out();
    }
}
