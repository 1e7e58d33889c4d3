//! The smallest parts of payloads, alike at every host: texts, ids and object ids.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, Unexpected, Visitor},
};

use crate::clipped;

/// A text, borrowed from the payload unless it has escapes.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

impl Text<'_> {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What an optional text says, at most 1,000 bytes of it; empty if it is absent.
pub(crate) fn said(text: &Option<Text<'_>>) -> String {
    text.as_ref()
        .map(|text| clipped(text.as_str()))
        .unwrap_or_default()
}

/// A mail address; empty if it is absent or hidden, for which GitLab writes `[REDACTED]`.
pub(crate) fn mail(text: &Option<Text<'_>>) -> String {
    let shown = text.as_ref().filter(|text| text.as_str() != "[REDACTED]");
    shown.map(|text| clipped(text.as_str())).unwrap_or_default()
}

/// A host's own id of something: a whole number or a text, kept as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Id(pub(crate) String);

/// An optional id as text; empty if it is absent.
pub(crate) fn id_text(id: &Option<Id>) -> String {
    id.as_ref().map(|id| id.0.clone()).unwrap_or_default()
}

/// An object id of either hash length; `None` is the all-zero or empty one, which stands for no object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ObjectId(pub(crate) Option<String>);

struct IdVisitor;

impl Visitor<'_> for IdVisitor {
    type Value = Id;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id: a whole number or 1 to 100 printable characters")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Id, E> {
        Ok(Id(number.to_string()))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Id, E> {
        let fits = (1..=100).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if fits {
            Ok(Id(text.to_owned()))
        } else {
            Err(E::invalid_value(Unexpected::Str(text), &self))
        }
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IdVisitor)
    }
}

struct ObjectIdVisitor;

impl Visitor<'_> for ObjectIdVisitor {
    type Value = ObjectId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object id of 40 or 64 lower-case hexadecimal digits")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<ObjectId, E> {
        let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if !matches!(text.len(), 0 | 40 | 64) || !text.bytes().all(hexadecimal) {
            return Err(E::invalid_value(Unexpected::Str(text), &self));
        }
        Ok(ObjectId(crate::object_id(text)))
    }
}

impl<'de> Deserialize<'de> for ObjectId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(ObjectIdVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_borrowed_unless_they_have_escapes() {
        let plain: Option<Text<'_>> = serde_json::from_str(r#""main""#).unwrap();
        assert!(matches!(plain, Some(Text(Cow::Borrowed("main")))));
        let escaped: Text<'_> = serde_json::from_str(r#""t\u00eate""#).unwrap();
        assert_eq!(escaped.as_str(), "tête");
    }

    #[test]
    fn ids_are_whole_numbers_or_texts() {
        let id = |json: &str| serde_json::from_str::<Id>(json).ok().map(|id| id.0);
        assert_eq!(
            id("18446744073709551615").as_deref(),
            Some("18446744073709551615")
        );
        assert_eq!(id(r#""{a-b}""#).as_deref(), Some("{a-b}"));
        // A number beyond 64 bits would lose digits, and two repositories would become one.
        for json in [
            "18446744073709551616",
            "-1",
            "1.5",
            "true",
            "null",
            r#""""#,
            r#""a b""#,
        ] {
            assert_eq!(id(json), None, "{json}");
        }
    }

    #[test]
    fn object_ids_have_one_of_two_lengths() {
        let read = |id: &str| serde_json::from_str::<ObjectId>(&format!("\"{id}\"")).ok();
        for length in [40, 64] {
            assert_eq!(read(&"0".repeat(length)), Some(ObjectId(None)));
            let id = "0a".repeat(length / 2);
            assert_eq!(read(&id), Some(ObjectId(Some(id))));
        }
        assert_eq!(read(""), Some(ObjectId(None)));
        for id in [
            "abc",
            "../../etc",
            &"A".repeat(40),
            &"g".repeat(40),
            &"0".repeat(41),
        ] {
            assert_eq!(read(id), None, "{id}");
        }
    }
}
