//! Settings in layers: defaults < file < environment (`SLUICE_…`) < flags.
//!
//! All are read and checked before anything opens, and every problem is listed at once. A service
//! declares each setting as a [`Key`] and reads it with the getter of its type. A getter that finds
//! a problem notes it and answers a placeholder, so that reading goes on; [`Settings::finish`]
//! then hands out the problems in place of what was read, and no placeholder is ever used.
//!
//! An empty environment variable counts as not set, as in Compose's `NAME: ${NAME:-}`.

mod arguments;
mod environment;
mod file;
mod getters;
mod help;
mod invocation;
mod key;
mod layer;
mod nearest;
pub mod parse;
mod problems;
mod secret;
mod table;

pub use environment::Env;
pub use help::help;
pub use invocation::Invocation;
pub use key::{Key, Kind};
pub use problems::{EX_USAGE, Problems};
pub use secret::Secret;

use std::collections::BTreeMap;
use std::fmt;

use layer::{Found, Layer};
use table::Table;

use crate::service::Service;

/// The file of settings, in TOML; it cannot be named in the file itself.
pub static CONFIG: Key = Key::new("config", "file of settings, in TOML").placeholder("FILE");

/// What was said of the settings of one service, and what is wrong with it.
pub struct Settings {
    found: BTreeMap<&'static str, Found>,
    env: Env,
    problems: Problems,
}

impl Settings {
    /// Reads all layers. What is wrong is kept until [`Settings::finish`].
    #[must_use]
    pub fn read(service: &Service, invocation: &Invocation) -> Self {
        let table = Table::of(service);
        let mut problems = Problems::default();

        let flags = arguments::read(&table, &invocation.arguments, &mut problems);
        let env = environment::read(&table, service.elsewhere, &invocation.env, &mut problems);
        let file = match flags.text(&CONFIG).or_else(|| env.text(&CONFIG)) {
            Some((said, path)) => file::read(&table, said, path, &mut problems),
            None => Layer::default(),
        };

        let mut found = table.defaults().found;
        for layer in [file, env, flags] {
            found.extend(layer.found);
        }
        Self {
            found,
            env: invocation.env.clone(),
            problems,
        }
    }

    /// Whether anyone, or a default, said something of this setting.
    #[must_use]
    pub fn is_set(&self, key: &Key) -> bool {
        self.found.contains_key(key.name)
    }

    /// A variable that is not ours, such as `RUST_LOG`; empty counts as not set.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.env
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Notes a problem that no getter sees, such as two settings that contradict each other;
    /// the line names where the setting was said.
    pub fn refuse(&mut self, key: &Key, why: impl fmt::Display) {
        let said = self
            .found
            .get(key.name)
            .map_or_else(|| key.variable(), |found| found.said.clone());
        self.problems.add(said, why);
    }

    /// Notes a problem with a variable that is not ours.
    pub fn refuse_variable(&mut self, name: &str, why: impl fmt::Display) {
        self.problems.add(name, why);
    }

    /// What was read, or every problem there is.
    pub fn finish<T>(self, config: T) -> Result<T, Problems> {
        if self.problems.is_empty() {
            Ok(config)
        } else {
            Err(self.problems)
        }
    }
}

impl fmt::Debug for Settings {
    /// Names only: values may be addresses with passwords in them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("found", &self.found.keys())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
