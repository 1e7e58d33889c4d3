//! What one source said.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::table::Meaning;
use super::{Key, Kind, Problems, Secret};

/// What one source said, by the name of the setting.
#[derive(Default)]
pub(super) struct Layer {
    pub found: BTreeMap<&'static str, Found>,
}

/// A value, and where it was said, in the words of who said it (`--hooks-addr`).
pub(super) struct Found {
    pub said: String,
    pub value: Value,
}

/// A value that has not been given its type yet.
pub(super) enum Value {
    /// Text, whatever it means.
    Text(String),
    /// Several texts; only a file can say them so.
    List(Vec<String>),
    /// A secret, given as such.
    Secret(Secret),
    /// A secret in a file, which is opened only if no higher layer says otherwise.
    SecretFile(PathBuf),
}

impl Layer {
    /// Takes what was said; saying it twice in one layer is a problem.
    pub(super) fn put(
        &mut self,
        meaning: &Meaning,
        said: String,
        value: Value,
        problems: &mut Problems,
    ) {
        let (key, value) = match (meaning, value) {
            (Meaning::FileOf(key), Value::Text(path)) => (key, Value::SecretFile(path.into())),
            (Meaning::Value(key), Value::Text(text)) if key.kind == Kind::Secret => {
                (key, Value::Secret(Secret::new(text)))
            }
            (Meaning::Value(key) | Meaning::FileOf(key), value) => (key, value),
        };
        match self.found.get(key.name) {
            Some(first) if first.said == said => problems.add(said, "is given twice"),
            Some(first) => problems.add(
                said,
                format_args!("{} says it already, give one of them", first.said),
            ),
            None => drop(self.found.insert(key.name, Found { said, value })),
        }
    }

    /// What was said of a setting that is one text, and where.
    pub(super) fn text(&self, key: &Key) -> Option<(&str, &str)> {
        match self.found.get(key.name) {
            Some(Found {
                said,
                value: Value::Text(text),
            }) => Some((said, text)),
            _ => None,
        }
    }
}
