//! From JSON to a struct, or to a sentence about what is wrong with it.

use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// Reads an answer. Bounded by serde_json's limit of 128 levels, and by the client's for bytes; a field that stands
/// there twice is an error (rule S30). The problem names the field, never a value.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    // All of it at once: serde_json does not look into the texts that it skips.
    let text = std::str::from_utf8(body).map_err(|_| "it is not UTF-8".to_owned())?;
    serde_json::from_str(text).map_err(|error| what_is_wrong(&error))
}

fn what_is_wrong(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        Category::Data => {}
        Category::Syntax | Category::Eof | Category::Io => {
            return format!("it is no JSON: line {line} column {column}");
        }
    }
    let message = error.to_string();
    let message = message
        .rsplit_once(" at line ")
        .map_or(message.as_str(), |(message, _)| message);
    // What was found instead is the host's own text; what was expected is ours.
    match message.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected} at line {line} column {column}"),
        None => format!("{message} at line {line} column {column}"),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "it is read and not used")]
    struct Thing {
        id: u64,
    }

    #[test]
    fn what_is_wrong_is_named_without_a_value() {
        for (body, expected) in [
            (&br#"{"name":"hunter2"}"#[..], "missing field `id`"),
            (br#"{"id":"hunter2"}"#, "expected u64"),
            (br#"{"id":1,"id":2}"#, "duplicate field `id`"),
            (br#"{"id":"#, "it is no JSON"),
            (b"hunter2", "it is no JSON"),
            (b"", "it is no JSON"),
            (b"\xff", "not UTF-8"),
        ] {
            let said = json::<Thing>(body).unwrap_err();
            assert!(
                said.contains(expected) && !said.contains("hunter2"),
                "{said}"
            );
        }
        let deep = "[".repeat(100_000);
        assert!(json::<Vec<Thing>>(deep.as_bytes()).is_err());
    }

    #[test]
    fn what_nobody_reads_does_not_matter() {
        assert!(json::<Thing>(br#"{"id":1,"x":{"y":[null]},"x":2}"#).is_ok());
    }
}
