//! The shape of a manifest as it is written, field by field.
//!
//! Read in one pass and without a tree of untyped values, so that `0123` stays the text that it is and a position is
//! known for every mistake. The price is that `kind` must come before `spec`, as everybody writes it.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, MapAccess, Unexpected, Visitor},
};

use super::{API_VERSION, Kind};
use crate::Plaintext;

/// One document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    pub(super) api_version: &'static str,
    pub(super) kind: &'static str,
    pub(super) metadata: Metadata,
    pub(super) spec: Spec,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Metadata {
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) project: Option<String>,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Spec {
    Project(Project),
    Host(Host),
    Endpoint(Endpoint),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Project {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) description: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Host {
    pub(super) provider: String,
    pub(super) url: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) api_url: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Endpoint {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    pub(super) host: String,
    pub(super) scope: Scope,
    #[serde(default)]
    pub(super) secrets: Vec<Secret>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) disabled: bool,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scope {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) owner: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) repository: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) host: Option<bool>,
}

/// A secret. Where its value comes from is read, never written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Secret {
    pub(super) kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    #[serde(default, skip_serializing, deserialize_with = "given")]
    pub(super) value: Option<Plaintext>,
    #[serde(default, skip_serializing, deserialize_with = "given")]
    pub(super) file: Option<String>,
    #[serde(default, skip_serializing, deserialize_with = "given")]
    pub(super) env: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) accept_until: Option<String>,
}

/// What stands there must say something: an empty `value:` is a slip, not the wish to keep the old value.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Field {
    ApiVersion,
    Kind,
    Metadata,
    Spec,
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const FIELDS: &[&str] = &["apiVersion", "kind", "metadata", "spec"];
        deserializer.deserialize_struct("Manifest", FIELDS, DocumentVisitor)
    }
}

struct DocumentVisitor;

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a manifest: apiVersion, kind, metadata, spec")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let (mut api_version, mut kind, mut metadata, mut spec) = (None, None, None, None);
        while let Some(field) = map.next_key()? {
            match field {
                Field::ApiVersion => {
                    api_version = Some(known_version(&map.next_value::<String>()?)?)
                }
                Field::Kind => kind = Some(known_kind(&map.next_value::<String>()?)?),
                Field::Metadata => metadata = Some(map.next_value()?),
                Field::Spec => {
                    spec = Some(spec_of(kind.ok_or_else(too_early)?, &mut map)?);
                }
            }
        }
        let missing = de::Error::missing_field;
        Ok(Document {
            api_version: api_version.ok_or_else(|| missing("apiVersion"))?,
            kind: kind.ok_or_else(|| missing("kind"))?.word(),
            metadata: metadata.ok_or_else(|| missing("metadata"))?,
            spec: spec.ok_or_else(|| missing("spec"))?,
        })
    }
}

fn too_early<E: de::Error>() -> E {
    E::invalid_value(Unexpected::Other("spec"), &"`kind` before `spec`")
}

fn known_version<E: de::Error>(text: &str) -> Result<&'static str, E> {
    let known = (text == API_VERSION).then_some(API_VERSION);
    known.ok_or_else(|| E::unknown_variant(text, &[API_VERSION]))
}

fn known_kind<E: de::Error>(text: &str) -> Result<Kind, E> {
    let known = Kind::ALL.into_iter().find(|kind| kind.word() == text);
    known.ok_or_else(|| E::unknown_variant(text, &Kind::WORDS))
}

fn spec_of<'de, A: MapAccess<'de>>(kind: Kind, map: &mut A) -> Result<Spec, A::Error> {
    match kind {
        Kind::Project => map.next_value().map(Spec::Project),
        Kind::Host => map.next_value().map(Spec::Host),
        Kind::Endpoint => map.next_value().map(Spec::Endpoint),
    }
}
