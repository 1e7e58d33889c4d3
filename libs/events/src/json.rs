//! Events as bytes: proto-JSON both ways.

use serde::{Serialize, de::DeserializeOwned};

/// A message as compact proto-JSON.
///
/// Fails only for a timestamp outside the years 1 to 9999, which nothing here makes.
pub fn to_json<M: Serialize>(message: &M) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(message)
}

/// A message from proto-JSON. Fields and enum values that this version does not know are passed over.
pub fn from_json<M: DeserializeOwned>(json: &[u8]) -> Result<M, serde_json::Error> {
    serde_json::from_slice(json)
}
