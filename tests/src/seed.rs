//! Which course of events a test takes.

use crate::say;

/// Chooses the course of events. Says itself when the test fails, wherever that is.
pub struct Seed(pub u64);

impl Seed {
    /// That of `SLUICE_FAULTS_SEED`, or 1.
    pub fn of_environment() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "a test has no other settings, and nothing to open before they are checked"
        )]
        let seed = std::env::var("SLUICE_FAULTS_SEED");
        Self(seed.map_or(1, |seed| {
            seed.parse().expect("SLUICE_FAULTS_SEED is a number")
        }))
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            say(&format!(
                "faults: failed with SLUICE_FAULTS_SEED={}",
                self.0
            ));
        }
    }
}
