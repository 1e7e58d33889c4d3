//! One setting, declared once.

/// How a setting is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `--name value`.
    Value,
    /// `--name`, or `--name=false`; off unless its default says otherwise.
    Switch,
    /// A value that is never an argument, since arguments are seen by everyone on the machine:
    /// by environment or file, or as the name of a file that holds it (`--name-file`,
    /// `SLUICE_NAME_FILE`).
    Secret,
}

/// A setting: from its name come the flag `--hooks-addr`, the variable `SLUICE_HOOKS_ADDR` and
/// the key `hooks-addr` (or `hooks_addr`) in the file.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The name, lower case with hyphens.
    pub name: &'static str,
    /// What it is for, in half a sentence.
    pub doc: &'static str,
    /// What holds if nobody says anything, in the words that a user would use.
    pub default: Option<&'static str>,
    /// How it is given.
    pub kind: Kind,
    /// A variable without our prefix that is read too, such as `NATS_URL`; ours goes before it.
    pub also: Option<&'static str>,
    /// What stands for the value in the help.
    pub placeholder: &'static str,
}

impl Key {
    /// A setting with a value and without a default.
    #[must_use]
    pub const fn new(name: &'static str, doc: &'static str) -> Self {
        Self {
            name,
            doc,
            default: None,
            kind: Kind::Value,
            also: None,
            placeholder: "VALUE",
        }
    }

    /// A setting that is on or off.
    #[must_use]
    pub const fn switch(name: &'static str, doc: &'static str) -> Self {
        Self {
            kind: Kind::Switch,
            default: Some("false"),
            ..Self::new(name, doc)
        }
    }

    /// A setting whose value is a secret.
    #[must_use]
    pub const fn secret(name: &'static str, doc: &'static str) -> Self {
        Self {
            kind: Kind::Secret,
            ..Self::new(name, doc)
        }
    }

    /// The same setting with this default.
    #[must_use]
    pub const fn default(self, default: &'static str) -> Self {
        Self {
            default: Some(default),
            ..self
        }
    }

    /// The same setting, also read from a variable that others already use.
    #[must_use]
    pub const fn also(self, variable: &'static str) -> Self {
        Self {
            also: Some(variable),
            ..self
        }
    }

    /// The same setting with another word for its value in the help.
    #[must_use]
    pub const fn placeholder(self, placeholder: &'static str) -> Self {
        Self {
            placeholder,
            ..self
        }
    }

    /// Its environment variable, `SLUICE_HOOKS_ADDR`.
    #[must_use]
    pub fn variable(&self) -> String {
        variable(self.name)
    }
}

/// The environment variable of a name: `hooks-addr` → `SLUICE_HOOKS_ADDR`.
pub(super) fn variable(name: &str) -> String {
    format!("SLUICE_{}", name.replace('-', "_").to_uppercase())
}
