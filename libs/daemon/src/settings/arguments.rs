//! The flags: `--hooks-addr :8080`, `--hooks-addr=:8080`, `--dry-run`.

use super::layer::{Layer, Value};
use super::table::{Meaning, Table};
use super::{Kind, Problems};

/// Reads the arguments after the name of the program.
pub(super) fn read(table: &Table, arguments: &[String], problems: &mut Problems) -> Layer {
    let mut layer = Layer::default();
    let mut rest = arguments.iter().map(String::as_str).peekable();
    while let Some(argument) = rest.next() {
        let Some(flag) = argument.strip_prefix("--").filter(|flag| !flag.is_empty()) else {
            problems.add(
                argument,
                "is not expected, settings are given as --name value",
            );
            continue;
        };
        let (name, inline) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (flag, None),
        };
        let said = format!("--{name}");
        let Some(meaning) = table.find(name) else {
            table.unknown(&said, name, |near| format!("--{near}"), problems);
            // What follows an unknown flag is most likely its value, and would only confuse.
            if inline.is_none() {
                rest.next_if(|next| !next.starts_with("--"));
            }
            continue;
        };
        let value = match (&meaning, inline) {
            (_, Some(value)) => Some(value),
            (Meaning::Value(key), None) if key.kind == Kind::Switch => Some("true"),
            (_, None) => rest.next_if(|next| !next.starts_with("--")),
        };
        match (&meaning, value) {
            (Meaning::Value(key), _) if key.kind == Kind::Secret => problems.add(
                said,
                format_args!(
                    "a secret is never an argument, use --{name}-file or {}",
                    key.variable()
                ),
            ),
            (_, None) => problems.add(said, "a value is missing"),
            (_, Some(value)) => layer.put(&meaning, said, Value::Text(value.to_owned()), problems),
        }
    }
    layer
}
