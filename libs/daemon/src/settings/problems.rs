//! Everything that is wrong with the settings, at once.

use std::fmt;

use crate::escape;

/// The exit code for settings that cannot be used (`EX_USAGE` of `sysexits.h`).
pub const EX_USAGE: u8 = 64;

/// What is wrong with the settings, one line each:
/// ``SLUICE_HOOKS_ADDR: `foo` is not an address, expected host:port``.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(Vec<String>);

impl Problems {
    /// Adds a line: where it was said, and what is wrong with it.
    pub fn add(&mut self, said: impl fmt::Display, why: impl fmt::Display) {
        // The text is someone else's and goes to a terminal.
        self.0
            .push(escape::terminal(&format!("{said}: {why}")).into_owned());
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The lines, in the order in which they were found.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => write!(f, "1 setting cannot be used")?,
            count => write!(f, "{count} settings cannot be used")?,
        }
        self.0.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl std::error::Error for Problems {}
