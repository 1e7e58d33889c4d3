//! Certificate authorities: their text, or the file that has it.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};

/// Where certificate authorities stand. Written as their text.
pub(in crate::manifest) enum Ca {
    Text(String),
    File(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InFile {
    file: String,
}

impl Serialize for Ca {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Ca::Text(text) => serializer.serialize_str(text),
            Ca::File(file) => serializer.collect_map([("file", file)]),
        }
    }
}

impl<'de> Deserialize<'de> for Ca {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CaVisitor)
    }
}

struct CaVisitor;

impl<'de> Visitor<'de> for CaVisitor {
    type Value = Ca;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("certificates as PEM text, or the `file` that has them")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Ca, E> {
        Ok(Ca::Text(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Ca, A::Error> {
        let InFile { file } = InFile::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Ca::File(file))
    }
}
