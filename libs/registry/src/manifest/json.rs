//! Manifests in what is known to be JSON: one object, or a list of them (rule S30).
//!
//! Fields stand in any order there, so it is read twice: for the kinds, then with them. Messages repeat names of fields,
//! never the values beside them.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, SeqAccess, Visitor},
};

use super::{
    Kind, MAX_MANIFEST_BYTES, Manifest,
    loader::{MAX_DOCUMENTS, named},
    read,
    wire::{Document, OfKind},
};
use crate::problem::{Problem, Problems};

/// What is read first.
#[derive(Deserialize)]
#[serde(expecting = "a manifest: apiVersion, kind, metadata, spec")]
struct Head {
    #[serde(default)]
    kind: Option<String>,
}

/// Reads all manifests. Those that name no project are for `project`.
pub fn parse_json(text: &[u8], project: &str) -> Result<Vec<Manifest>, Problems> {
    if text.len() > MAX_MANIFEST_BYTES {
        return Err(problem(
            "it is larger than 1 MiB".to_owned(),
            "send it in parts",
        ));
    }
    let is_list = text.trim_ascii_start().first() == Some(&b'[');
    let documents = if is_list {
        let heads: Vec<Head> = serde_json::from_slice(text).map_err(|error| unreadable(&error))?;
        if heads.is_empty() || heads.len() > MAX_DOCUMENTS {
            let what = format!("it declares {} objects", heads.len());
            return Err(problem(
                what,
                "declare one at least, and not too many at once",
            ));
        }
        read_as(text, All(heads.iter().map(Head::kind).collect()))?
    } else {
        let head: Head = serde_json::from_slice(text).map_err(|error| unreadable(&error))?;
        vec![read_as(text, OfKind(head.kind()))?]
    };
    read::all(documents.into_iter().map(|document| (0, document)), project)
}

impl Head {
    /// One that is missing or unknown is said when the rest is read.
    fn kind(&self) -> Option<Kind> {
        Kind::of_word(self.kind.as_deref()?)
    }
}

fn read_as<'t, S: DeserializeSeed<'t>>(text: &'t [u8], seed: S) -> Result<S::Value, Problems> {
    let mut reading = serde_json::Deserializer::from_slice(text);
    let read = seed.deserialize(&mut reading);
    let read = read.and_then(|read| reading.end().map(|()| read));
    read.map_err(|error| unreadable(&error))
}

/// A list of documents of known kinds.
struct All(Vec<Option<Kind>>);

impl<'de> DeserializeSeed<'de> for All {
    type Value = Vec<Document>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for All {
    type Value = Vec<Document>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of manifests")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut documents = Vec::with_capacity(self.0.len());
        for kind in self.0 {
            documents.extend(list.next_element_seed(OfKind(kind))?);
        }
        Ok(documents)
    }
}

fn problem(what: String, remedy: &str) -> Problems {
    Problem::new("manifest", what, remedy).into()
}

fn unreadable(error: &serde_json::Error) -> Problems {
    let place = format!("line {}, column {}", error.line(), error.column());
    let remedy = "`sluice get -o json` shows the form";
    Problem::new(place, describe(error), remedy).into()
}

/// What went wrong, without repeating any value: serde's own words quote it.
fn describe(error: &serde_json::Error) -> String {
    if !error.is_data() {
        return "this is not valid JSON".to_owned();
    }
    let text = error.to_string();
    let field = |begin: &str| {
        let name = text.strip_prefix(begin)?.split('`').next()?;
        Some(named(name))
    };
    // Whatever was quoted before, what was expected comes last.
    let expected = text.rsplit_once(", expected ").map(|(_, expected)| {
        let end = expected.rfind(" at line ").unwrap_or(expected.len());
        expected.get(..end).unwrap_or_default()
    });
    if let Some(name) = field("unknown field `") {
        let known = expected.unwrap_or_default().trim_start_matches("one of ");
        return format!("unknown field{name}, the known ones are {known}");
    }
    if let Some(name) = field("duplicate field `") {
        return format!("the field{name} is there twice");
    }
    if let Some(name) = field("missing field `") {
        return format!("{} is missing", name.trim());
    }
    match expected {
        Some(expected) => format!("expected {expected}"),
        None => "this cannot be read".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        parse_json(text.as_bytes(), "default")
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn fields_stand_in_any_order_and_in_lists() {
        let one = r#"{"spec":{"description":"\ud83d\ude00"},"status":{"x":[1]},"metadata":{"name":"a"},"kind":"Project","apiVersion":"sluice.dev/v1"}"#;
        let read = parse_json(one.as_bytes(), "default").unwrap();
        assert_eq!(read[0].object().to_string(), "Project a");
        let list = format!(" [{one},{}]", one.replace("\"a\"", "\"b\""));
        assert_eq!(parse_json(list.as_bytes(), "default").unwrap().len(), 2);
        let repository = r#"{"spec":{"host":"github","fullName":"a/b"},"metadata":{"name":"w"},"kind":"Repository","apiVersion":"sluice.dev/v1"}"#;
        let read = parse_json(repository.as_bytes(), "payments").unwrap();
        assert_eq!(read[0].object().project, "payments");
    }

    #[test]
    fn s30_what_is_unknown_doubled_deep_or_of_another_type_is_refused_without_its_value() {
        let manifest = |spec: &str| {
            format!(
                r#"{{"apiVersion":"sluice.dev/v1","kind":"Credential","metadata":{{"name":"a"}},"spec":{spec}}}"#
            )
        };
        let deep = "[".repeat(100_000);
        for (text, says) in [
            (
                manifest(r#"{"host":"h","hunter":"hunter2"}"#),
                "unknown field `hunter`",
            ),
            (
                manifest(r#"{"host":"h","host":"hunter2"}"#),
                "`host` is there twice",
            ),
            (manifest(r#"{"token":{}}"#), "`host` is missing"),
            (manifest(r#"{"host":"h","token":"hunter2"}"#), "expected"),
            (
                manifest(r#"{"host":"h","token":{"value":12345678}}"#),
                "expected a string",
            ),
            (
                manifest(r#"{"host":"h","token":{"value":null}}"#),
                "expected a string",
            ),
            (
                manifest(r#""hunter2, expected hunter2""#),
                "expected struct Credential",
            ),
            (
                manifest(r#"{"host":"h"},"status":1,"status":2"#),
                "`status` is there twice",
            ),
            (
                manifest(r#"{"host":"h"},"kind":"Credential""#),
                "`kind` is there twice",
            ),
            (manifest("hunter2"), "not valid JSON"),
            (manifest(&deep), "not valid JSON"),
            (
                format!("{} x", manifest(r#"{"host":"h"}"#)),
                "not valid JSON",
            ),
            ("[]".into(), "declares 0 objects"),
            ("{}".into(), "`apiVersion` is missing"),
            ("hunter2".into(), "not valid JSON"),
            ("".into(), "not valid JSON"),
            (r#"{"kind":"hunter2"}"#.into(), "expected one of"),
            (
                r#"{"kind":7,"apiVersion":"hunter2"}"#.into(),
                "expected a string",
            ),
        ] {
            let said = wrong(&text);
            assert!(said.contains(says), "{text:.80}: {said}");
            assert!(
                !said.contains("hunter2") && !said.contains("12345678"),
                "{said}"
            );
        }
    }
}
