//! Where a sealed value belongs.

use sluice_events::v1;

use crate::keys;

/// Keeps what is sealed here apart from whatever else may once be sealed to the same keys.
const PURPOSE: &str = "sluice.v1.sealed";

/// Where a sealed value belongs: it opens there and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place<'a> {
    /// The bucket that it stands in.
    pub bucket: &'static str,
    /// Key of the record that lists it.
    pub record: String,
    /// Id of the secret in that record.
    pub secret: &'a str,
    /// Version of the value.
    pub version: u64,
}

impl<'a> Place<'a> {
    /// The place of one version of an endpoint's secret.
    pub fn hook_secret(endpoint: &v1::Endpoint, secret: &'a str, version: u64) -> Self {
        Self {
            bucket: keys::HOOK_SECRETS,
            record: keys::endpoint(&endpoint.project, &endpoint.name),
            secret,
            version,
        }
    }

    /// The place of one version of a credential's value. What is sealed for one host opens for no other (rule S5): the
    /// host stands where other records have the id of one of several secrets.
    pub fn credential(credential: &'a v1::Credential, version: u64) -> Self {
        Self {
            bucket: keys::CREDENTIAL_VALUES,
            record: keys::credential(&credential.project, &credential.name),
            secret: &credential.host,
            version,
        }
    }

    /// The place of one version of an App's private key.
    pub fn app_key(credential: &'a v1::Credential, version: u64) -> Self {
        Self {
            bucket: keys::ISSUER_VALUES,
            ..Self::credential(credential, version)
        }
    }

    /// HPKE's associated data. Each part stands behind its length, so that no two places read the same.
    pub(super) fn associated(&self, key_id: &str) -> Vec<u8> {
        let version = self.version.to_be_bytes();
        let parts = [
            PURPOSE.as_bytes(),
            self.bucket.as_bytes(),
            self.record.as_bytes(),
            self.secret.as_bytes(),
            &version,
            key_id.as_bytes(),
        ];
        let mut associated = Vec::new();
        for part in parts {
            associated.extend((part.len() as u64).to_be_bytes());
            associated.extend(part);
        }
        associated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s4_no_two_places_read_the_same() {
        let place = |record: &str, secret: &'static str, version| Place {
            bucket: keys::HOOK_SECRETS,
            record: record.into(),
            secret,
            version,
        };
        let one = place("default.acme", "hmac", 1).associated("k");
        for other in [
            place("default.acm", "ehmac", 1).associated("k"),
            place("default.acmeh", "mac", 1).associated("k"),
            place("default.acme", "hmac", 2).associated("k"),
            place("default.acme", "hmac", 1).associated("l"),
        ] {
            assert_ne!(one, other);
        }
    }
}
