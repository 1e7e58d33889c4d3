//! What stands in `spec`, for each kind.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Visitor},
    ser::Error,
};

use super::Ca;
use crate::Plaintext;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::manifest) struct Project {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(in crate::manifest) description: String,
}

/// Provider and address may be left out of those hosts that have them by their names.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::manifest) struct Host {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(in crate::manifest) provider: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(in crate::manifest) url: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(in crate::manifest) api_url: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(in crate::manifest) ssh_url: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::manifest) ssh_host_keys: Vec<String>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub(in crate::manifest) ca: Option<Ca>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::manifest) private_addresses: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::manifest) calls_per_hour: Option<u32>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(in crate::manifest) shares: BTreeMap<String, u32>,
}

/// One of the four says what it is.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::manifest) struct Credential {
    pub(in crate::manifest) host: String,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub(in crate::manifest) token: Option<Value>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub(in crate::manifest) user_password: Option<Value>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub(in crate::manifest) ssh_key: Option<Value>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub(in crate::manifest) app: Option<Box<App>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::manifest) expires_at: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::manifest) repositories: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::manifest) grants: Vec<Grant>,
}

/// A project that may use a credential.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::manifest) struct Grant {
    pub(in crate::manifest) project: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::manifest) repositories: Vec<String>,
}

/// The value of a credential and who it is for. Where it comes from is read, never written; the value itself is there to
/// be written only where [`with_values`](super::super::print::with_values) has put it.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::manifest) struct Value {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(in crate::manifest) user: String,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "exposed",
        deserialize_with = "given"
    )]
    pub(in crate::manifest) value: Option<Plaintext>,
    #[serde(default, skip_serializing, deserialize_with = "given")]
    pub(in crate::manifest) file: Option<String>,
    #[serde(default, skip_serializing, deserialize_with = "given")]
    pub(in crate::manifest) env: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::manifest) generate: bool,
}

/// An App, and where its private key comes from; for the key itself see [`Value`].
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::manifest) struct App {
    #[serde(deserialize_with = "id")]
    pub(in crate::manifest) id: String,
    #[serde(
        default,
        skip_serializing_if = "String::is_empty",
        deserialize_with = "id"
    )]
    pub(in crate::manifest) installation: String,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "exposed",
        deserialize_with = "given"
    )]
    pub(in crate::manifest) value: Option<Plaintext>,
    #[serde(default, skip_serializing, deserialize_with = "given")]
    pub(in crate::manifest) file: Option<String>,
    #[serde(default, skip_serializing, deserialize_with = "given")]
    pub(in crate::manifest) env: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::manifest) struct Repository {
    pub(in crate::manifest) host: String,
    pub(in crate::manifest) full_name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(in crate::manifest) url: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(in crate::manifest) branch: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(in crate::manifest) credential: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::manifest) mirror: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(in crate::manifest) host_id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(in crate::manifest) title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::manifest) webhook: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(in crate::manifest) shared_endpoint: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::manifest) webhook_days: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::manifest) level: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::manifest) struct Endpoint {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::manifest) id: Option<String>,
    pub(in crate::manifest) host: String,
    pub(in crate::manifest) scope: Scope,
    #[serde(default)]
    pub(in crate::manifest) secrets: Vec<Secret>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::manifest) disabled: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(in crate::manifest) repository: String,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::manifest) struct Scope {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::manifest) owner: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::manifest) repository: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::manifest) host: Option<bool>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(in crate::manifest) host_id: String,
}

/// A secret. Where its value comes from is read, never written; for the value itself see [`Value`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::manifest) struct Secret {
    pub(in crate::manifest) kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::manifest) id: Option<String>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "exposed",
        deserialize_with = "given"
    )]
    pub(in crate::manifest) value: Option<Plaintext>,
    #[serde(default, skip_serializing, deserialize_with = "given")]
    pub(in crate::manifest) file: Option<String>,
    #[serde(default, skip_serializing, deserialize_with = "given")]
    pub(in crate::manifest) env: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::manifest) accept_until: Option<String>,
}

/// What stands there must say something: an empty `value:` is a slip, not the wish to keep the old value.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// An id, as a text or as the number that it looks like.
fn id<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    struct Id;
    impl Visitor<'_> for Id {
        type Value = String;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an id")
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<String, E> {
            Ok(number.to_string())
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<String, E> {
            Ok(number.to_string())
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
            Ok(text.to_owned())
        }
    }
    from.deserialize_any(Id)
}

/// The value itself, as text.
fn exposed<S: Serializer>(value: &Option<Plaintext>, serializer: S) -> Result<S::Ok, S::Error> {
    let value = value
        .as_ref()
        .map(|value| std::str::from_utf8(value.expose()));
    // Not the error of UTF-8: it says where in the value it goes wrong.
    let value = value
        .transpose()
        .map_err(|_| S::Error::custom("a value is not text"))?;
    value.serialize(serializer)
}
