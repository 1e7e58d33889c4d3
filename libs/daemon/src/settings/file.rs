//! The file: `hooks-addr = ":8080"`, in TOML, without tables.

use std::path::Path;

use super::layer::{Layer, Value};
use super::table::Table;
use super::{CONFIG, Problems};

/// Reads the file at a path that was given in `said`.
pub(super) fn read(table: &Table, said: &str, path: &str, problems: &mut Problems) -> Layer {
    match parse(Path::new(path)) {
        Ok(content) => layer(table, path, content, problems),
        Err(why) => {
            problems.add(said, why);
            Layer::default()
        }
    }
}

fn parse(path: &Path) -> Result<toml::Table, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    text.parse().map_err(|error: toml::de::Error| {
        // The error's own text shows the line, which may hold a secret.
        let before = error
            .span()
            .and_then(|span| text.get(..span.start))
            .unwrap_or("");
        let line = before.matches('\n').count() + 1;
        format!(
            "`{}` is not TOML, line {line}: {}",
            path.display(),
            error.message()
        )
    })
}

fn layer(table: &Table, path: &str, content: toml::Table, problems: &mut Problems) -> Layer {
    let mut layer = Layer::default();
    for (spelled, value) in content {
        let said = format!("{path}: {spelled}");
        let name = spelled.replace('_', "-");
        let Some(meaning) = table.find(&name).filter(|_| name != CONFIG.name) else {
            table.unknown(&said, &name, str::to_owned, problems);
            continue;
        };
        match plain(value) {
            Some(value) => layer.put(&meaning, said, value, problems),
            None => problems.add(
                said,
                "expected a text, a number, true or false, or a list of these",
            ),
        }
    }
    layer
}

fn plain(value: toml::Value) -> Option<Value> {
    match value {
        toml::Value::Array(items) => items
            .into_iter()
            .map(text)
            .collect::<Option<_>>()
            .map(Value::List),
        value => text(value).map(Value::Text),
    }
}

fn text(value: toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        toml::Value::Boolean(on) => Some(on.to_string()),
        toml::Value::Datetime(_) | toml::Value::Array(_) | toml::Value::Table(_) => None,
    }
}
