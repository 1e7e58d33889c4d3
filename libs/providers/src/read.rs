//! From JSON to a payload struct, or to a sentence about what is wrong with it.

use serde::Deserialize;
use serde_json::error::Category;

use crate::NotUnderstood;

/// Reads the payload of a delivery of that kind.
///
/// Bounded by serde_json's limit of 128 levels. The problem names where in the payload it is, never a value from it.
pub(crate) fn read<'a, T: Deserialize<'a>>(
    kind: &str,
    payload: &'a [u8],
) -> Result<T, NotUnderstood> {
    // All of it at once: serde_json does not look into the texts that it skips.
    let text = std::str::from_utf8(payload)
        .map_err(|_| NotUnderstood::new(kind, "the payload is not UTF-8"))?;
    serde_json::from_str(text).map_err(|error| NotUnderstood::new(kind, problem(text, &error)))
}

fn problem(text: &str, error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Data => {}
        Category::Syntax | Category::Eof | Category::Io => {
            return format!(
                "the payload is no JSON: line {} column {}",
                error.line(),
                error.column()
            );
        }
    }
    let message = error.to_string();
    let message = message
        .rsplit_once(" at line ")
        .map_or(message.as_str(), |(message, _)| message);
    // What was found instead is the payload's own text; what was expected is ours.
    let what = match message.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None => message.to_owned(),
    };
    match path(text, error.line(), error.column()) {
        path if path.is_empty() => what,
        path => format!("{path}: {what}"),
    }
}

/// The path of the value that ends or is being read at a position, such as `commits.3.author`. serde_json tells only
/// line and column.
fn path(text: &str, line: usize, column: usize) -> String {
    let before = text.split_inclusive('\n').take(line.saturating_sub(1));
    let end = before.map(str::len).sum::<usize>() + column;
    let mut steps: Vec<Step<'_>> = Vec::new();
    let mut rest = text.as_bytes().get(..end).unwrap_or(text.as_bytes());
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'{' => steps.push(Step::Key(b"")),
            b'[' => steps.push(Step::Index(0)),
            b'}' | b']' => drop(steps.pop()),
            b',' => match steps.last_mut() {
                Some(Step::Index(index)) => *index += 1,
                Some(Step::Key(key)) => *key = b"",
                None => {}
            },
            b'"' => {
                let length = string_length(rest);
                let (string, after) = rest.split_at(length.min(rest.len()));
                rest = after.get(1..).unwrap_or_default();
                if let Some(Step::Key(key @ b"")) = steps.last_mut() {
                    *key = string;
                }
            }
            _ => {}
        }
    }
    let words: Vec<_> = steps
        .iter()
        .map(Step::word)
        .filter(|word| !word.is_empty())
        .collect();
    words.join(".")
}

enum Step<'a> {
    Key(&'a [u8]),
    Index(usize),
}

impl Step<'_> {
    /// A key is the payload's own text, but it stands on the way to one of our fields, so it is one of theirs.
    fn word(&self) -> String {
        match self {
            Step::Key(key) => crate::bounded(&String::from_utf8_lossy(key)),
            Step::Index(index) => index.to_string(),
        }
    }
}

/// How many bytes stand before the quote that ends a string.
fn string_length(after_quote: &[u8]) -> usize {
    let mut escaped = false;
    let ends = |&byte: &u8| {
        let end = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        end
    };
    after_quote
        .iter()
        .position(ends)
        .unwrap_or(after_quote.len())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::wire::{Id, Text};

    #[derive(Debug, Deserialize)]
    struct Payload<'a> {
        #[serde(borrow)]
        _name: Text<'a>,
        #[serde(borrow, default)]
        _items: Vec<Item<'a>>,
    }

    #[derive(Debug, Deserialize)]
    struct Item<'a> {
        _id: Id,
        #[serde(borrow)]
        _title: Option<Text<'a>>,
    }

    fn check(json: &str, problem: &str) {
        let refused = read::<Payload<'_>>("push", json.as_bytes()).unwrap_err();
        assert_eq!(refused, NotUnderstood::new("push", problem), "{json}");
    }

    #[test]
    fn says_where_and_what_is_wrong() {
        // XW17
        check("{}", "missing field `_name`");
        check(r#"{"_name": null}"#, "_name: expected a string");
        check(r#"{"_name": {"a": 1}}"#, "_name: expected a string");
        check(
            "{\n \"x\": [1, {\"y\": 2}],\n \"_name\": 7}",
            "_name: expected a string",
        );
        check(
            r#"{"_name": "a", "_items": [{"_id": 1}, {}]}"#,
            "_items.1: missing field `_id`",
        );
        check(
            r#"{"_name": "a", "_items": [{"_id": 1, "z": "]}\"{", "_title": [3]}]}"#,
            "_items.0._title: expected a string",
        );
        check(
            r#"{"_name": "a", "_name": "b"}"#,
            "_name: duplicate field `_name`",
        );
    }

    #[test]
    fn never_repeats_a_value() {
        let value =
            r#"{"_name": "a", "_items": [{"_id": "hunter 2, expected hunter 3 at line 1"}]}"#;
        let refused = read::<Payload<'_>>("push", value.as_bytes()).unwrap_err();
        assert!(!refused.problem.contains("hunter"), "{refused}");
        assert!(
            refused.problem.starts_with("_items.0._id: expected an id"),
            "{refused}"
        );
    }

    #[test]
    fn what_is_no_json_is_refused() {
        // XW16
        check("", "the payload is no JSON: line 1 column 0");
        check(
            "{\"_name\": \"a\"} x",
            "the payload is no JSON: line 1 column 16",
        );
        check(
            r#"{"_name": "\ud800"}"#,
            "the payload is no JSON: line 1 column 18",
        );
        let deep = "[".repeat(1000) + &"]".repeat(1000);
        let deep = format!("{{\"_name\": {deep}}}");
        assert!(read::<Payload<'_>>("push", deep.as_bytes()).is_err());
        assert_eq!(
            read::<Payload<'_>>("push", b"{\"_name\": \"a\", \"x\": \"\xff\"}").unwrap_err(),
            NotUnderstood::new("push", "the payload is not UTF-8")
        );
    }
}
