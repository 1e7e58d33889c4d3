//! The bounds of a client.

use std::time::Duration;

/// How long and how much. The defaults are for services.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Longest time to connect.
    pub connect: Duration,
    /// Longest time that one call may take with all its tries, without what it waits for the budget or the host.
    pub call: Duration,
    /// Longest time that one call waits for the budget or for what the host wants; then it is
    /// [`crate::Problem::RateLimited`].
    pub patience: Duration,
    /// Before a second try; twice that before a third. Give or take a half.
    pub backoff: Duration,
    /// Longest answer, in bytes.
    pub longest_answer: usize,
    /// Whether this machine itself may be spoken to, also without encryption: for tests and demos, by a setting at
    /// the start.
    pub local: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            call: Duration::from_secs(30),
            patience: Duration::from_secs(10),
            backoff: Duration::from_millis(500),
            longest_answer: 4 * 1024 * 1024,
            local: false,
        }
    }
}
