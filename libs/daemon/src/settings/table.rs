//! The settings that one service understands.

use super::key::Kind;
use super::layer::{Found, Layer, Value};
use super::nearest::nearest;
use super::{Key, Problems};
use crate::service::{KEYS_OF_EVERY_SERVICE, Service};

/// The end of a name that gives a secret by file.
const FILE: &str = "-file";

/// All keys of a service, each name once.
pub(super) struct Table {
    keys: Vec<&'static Key>,
}

/// What a name means.
pub(super) enum Meaning {
    /// The value of this setting.
    Value(&'static Key),
    /// The file that holds this secret.
    FileOf(&'static Key),
}

impl Table {
    /// The keys of every service, then those of this one; a name that a service declares itself
    /// is taken from there.
    pub(super) fn of(service: &Service) -> Self {
        let mut keys: Vec<&'static Key> = Vec::new();
        for key in KEYS_OF_EVERY_SERVICE
            .iter()
            .chain(service.keys.iter().copied().flatten())
        {
            match keys.iter_mut().find(|known| known.name == key.name) {
                Some(known) => *known = key,
                None => keys.push(key),
            }
        }
        Self { keys }
    }

    /// The keys, in the order in which they were declared.
    pub(super) fn keys(&self) -> &[&'static Key] {
        &self.keys
    }

    /// What a name with hyphens means, if anything.
    pub(super) fn find(&self, name: &str) -> Option<Meaning> {
        let named = |name: &str| self.keys.iter().copied().find(|key| key.name == name);
        let secret = || named(name.strip_suffix(FILE)?).filter(|key| key.kind == Kind::Secret);
        named(name)
            .map(Meaning::Value)
            .or_else(|| secret().map(Meaning::FileOf))
    }

    /// Notes that a name is unknown, with the nearest known one in the spelling of its layer.
    pub(super) fn unknown(
        &self,
        said: &str,
        name: &str,
        spelled: impl Fn(&str) -> String,
        problems: &mut Problems,
    ) {
        let files = self
            .keys
            .iter()
            .filter(|key| key.kind == Kind::Secret)
            .map(|key| format!("{}{FILE}", key.name));
        let files: Vec<String> = files.collect();
        let names = self
            .keys
            .iter()
            .map(|key| key.name)
            .chain(files.iter().map(String::as_str));
        match nearest(name, names) {
            Some(near) => problems.add(
                said,
                format_args!("is not a setting, did you mean `{}`?", spelled(near)),
            ),
            None => problems.add(said, "is not a setting"),
        }
    }

    /// The lowest layer.
    pub(super) fn defaults(&self) -> Layer {
        let found = |key: &&'static Key| {
            let value = Value::Text(key.default?.to_owned());
            Some((
                key.name,
                Found {
                    said: format!("default of {}", key.name),
                    value,
                },
            ))
        };
        Layer {
            found: self.keys.iter().filter_map(found).collect(),
        }
    }
}
