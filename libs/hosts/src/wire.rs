//! The smallest parts of answers. All of it is data of somebody else: bounded, and without control characters.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};
use sluice_events::Timestamp;

/// A text of at most that many bytes, without control characters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Text<const LONGEST: usize>(pub(crate) String);

/// A name of something.
pub(crate) type Name = Text<500>;

/// Anything that a host says of something in a few words.
pub(crate) type Words = Text<1000>;

impl<'de, const LONGEST: usize> Deserialize<'de> for Text<LONGEST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.len() <= LONGEST && !text.contains(char::is_control) {
            true => Ok(Self(text)),
            false => Err(de::Error::custom(format_args!(
                "a text is longer than {LONGEST} bytes, or has control characters"
            ))),
        }
    }
}

/// A host's own id of something: a whole number, in digits or as a text of letters, digits, `-` and `_`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Id(pub(crate) String);

struct IdVisitor;

impl Visitor<'_> for IdVisitor {
    type Value = Id;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Id, E> {
        Ok(Id(number.to_string()))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Id, E> {
        match is_id(text) {
            true => Ok(Id(text.to_owned())),
            false => Err(E::custom("an id has strange characters, or is too long")),
        }
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IdVisitor)
    }
}

/// Whether it can be an id, which stands in paths as it is.
pub(crate) fn is_id(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=100).contains(&text.len()) && text.chars().all(plain)
}

/// An object id of either hash length, and not the one of zeros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObjectId(pub(crate) String);

impl<'de> Deserialize<'de> for ObjectId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match digits && matches!(text.len(), 40 | 64) && text.contains(|c| c != '0') {
            true => Ok(Self(text.to_ascii_lowercase())),
            false => Err(de::Error::custom("that is no object id")),
        }
    }
}

/// The address of a page, which people are shown as a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WebUrl(pub(crate) String);

impl<'de> Deserialize<'de> for WebUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Text(text) = Text::<2048>::deserialize(deserializer)?;
        match text.starts_with("https://") || text.starts_with("http://") {
            true => Ok(Self(text)),
            false => Err(de::Error::custom("that is no web address")),
        }
    }
}

/// A moment in RFC 3339; what is none counts as not said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Moment(pub(crate) Option<Timestamp>);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Text(text) = Text::<100>::deserialize(deserializer)?;
        Ok(Self(Timestamp::parse(&text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads<T: for<'a> Deserialize<'a>>(json: &str) -> bool {
        serde_json::from_str::<T>(json).is_ok()
    }

    #[test]
    fn what_is_too_long_or_could_forge_a_line_is_refused() {
        assert!(reads::<Text<5>>(r#""grün""#) && !reads::<Text<4>>(r#""grün""#));
        assert!(!reads::<Name>(r#""a\nb""#) && !reads::<Name>(r#""a\u0000""#));
    }

    #[test]
    fn an_id_cannot_lead_a_path_elsewhere() {
        assert!(reads::<Id>("7") && reads::<Id>(r#""a-7_b""#));
        for id in ["\"../7\"", "\"\"", "-7", "7.5", "\"a b\"", "null", "\"..\""] {
            assert!(!reads::<Id>(id), "{id}");
        }
    }

    #[test]
    fn an_object_id_has_forty_or_sixty_four_digits_and_is_something() {
        for (digits, good) in [("a", 40), ("0", 64), ("a", 64), ("g", 40), ("a", 41)]
            .map(|(digit, count)| (digit.repeat(count), digit == "a" && count != 41))
        {
            assert_eq!(
                reads::<ObjectId>(&format!("\"{digits}\"")),
                good,
                "{digits}"
            );
        }
    }

    #[test]
    fn a_page_is_on_the_web() {
        assert!(reads::<WebUrl>(r#""https://git.corp/a""#));
        assert!(!reads::<WebUrl>(r#""javascript:alert(1)""#));
    }
}
