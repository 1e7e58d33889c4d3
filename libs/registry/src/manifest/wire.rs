//! The shape of a manifest as it is written, field by field.
//!
//! Read in one pass and without a tree of untyped values, so that `0123` stays the text that it is and a position is
//! known for every mistake. The price is that `kind` must come before `spec`, as everybody writes it.

mod ca;
mod specs;

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, DeserializeSeed, IgnoredAny, MapAccess, Unexpected, Visitor},
};

pub(super) use ca::Ca;
pub(super) use specs::{
    App, Credential, Endpoint, Grant, Host, Project, Repository, Scope, Secret, Value,
};

use super::{API_VERSION, Kind};

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
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) set: String,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Spec {
    Project(Project),
    Host(Host),
    Credential(Credential),
    Repository(Repository),
    Endpoint(Endpoint),
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Field {
    ApiVersion,
    Kind,
    Metadata,
    Spec,
    Status,
}

const FIELDS: &[&str] = &["apiVersion", "kind", "metadata", "spec", "status"];

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        OfKind(None).deserialize(deserializer)
    }
}

/// Reads a document whose kind may be known already: then its fields may stand in any order.
pub(super) struct OfKind(pub(super) Option<Kind>);

impl<'de> DeserializeSeed<'de> for OfKind {
    type Value = Document;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Document, D::Error> {
        deserializer.deserialize_struct("Manifest", FIELDS, DocumentVisitor(self.0))
    }
}

struct DocumentVisitor(Option<Kind>);

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a manifest: apiVersion, kind, metadata, spec")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let (mut api_version, mut kind, mut metadata, mut spec) = (None, None, None, None);
        let mut status = None;
        while let Some(field) = map.next_key()? {
            match field {
                Field::ApiVersion => {
                    let read = known_version(&map.next_value::<String>()?)?;
                    once("apiVersion", &mut api_version, read)?;
                }
                Field::Kind => {
                    let read = known_kind(&map.next_value::<String>()?)?;
                    once("kind", &mut kind, read)?;
                }
                Field::Metadata => once("metadata", &mut metadata, map.next_value()?)?,
                Field::Spec => {
                    let known = kind.or(self.0).ok_or_else(too_early)?;
                    once("spec", &mut spec, spec_of(known, &mut map)?)?;
                }
                Field::Status => once("status", &mut status, map.next_value::<IgnoredAny>()?)?,
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

fn once<T, E: de::Error>(name: &'static str, place: &mut Option<T>, read: T) -> Result<(), E> {
    match place.replace(read) {
        None => Ok(()),
        Some(_) => Err(E::duplicate_field(name)),
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
    if text == "Import" {
        return Err(E::custom(
            "an import is not declared, it is asked for: use `sluice repositories import`",
        ));
    }
    Kind::of_word(text).ok_or_else(|| E::unknown_variant(text, &Kind::WORDS))
}

fn spec_of<'de, A: MapAccess<'de>>(kind: Kind, map: &mut A) -> Result<Spec, A::Error> {
    match kind {
        Kind::Project => fields(map).map(Spec::Project),
        Kind::Host => fields(map).map(Spec::Host),
        Kind::Credential => fields(map).map(Spec::Credential),
        Kind::Repository => fields(map).map(Spec::Repository),
        Kind::Endpoint => fields(map).map(Spec::Endpoint),
    }
}

/// YAML reads a `spec:` with nothing behind it as one without fields: it is a slip, and refused as JSON's `null` is.
fn fields<'de, A: MapAccess<'de>, T: Deserialize<'de>>(map: &mut A) -> Result<T, A::Error> {
    let spec: Option<T> = map.next_value()?;
    let nothing = || de::Error::invalid_value(Unexpected::Unit, &"fields with their values");
    spec.ok_or_else(nothing)
}
