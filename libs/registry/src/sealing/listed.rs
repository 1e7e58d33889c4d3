//! The sealed values that records list: those that are in use, wherever they are sealed to.

use std::fmt;

use sluice_events::v1;

use super::{KeyClass, Place};
use crate::{Kind, Object, Snapshot, keys};

/// A sealed value as the record that lists it knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<'r> {
    /// The object whose record lists it.
    pub object: Object,
    /// Its id, where an object has several.
    pub secret: Option<&'r str>,
    /// Its key in the class's bucket.
    pub key: String,
    /// Where it belongs.
    pub place: Place<'r>,
}

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.object)?;
        match self.secret {
            Some(secret) => write!(f, ", secret {}", secret.escape_debug()),
            None => Ok(()),
        }
    }
}

impl KeyClass {
    /// The bucket that its sealed values stand in; `None` where nothing of it is stored yet.
    pub fn bucket(self) -> Option<&'static str> {
        match self {
            KeyClass::HookSecrets => Some(keys::HOOK_SECRETS),
            KeyClass::Credentials => Some(keys::CREDENTIAL_VALUES),
            KeyClass::Issuers => Some(keys::ISSUER_VALUES),
            KeyClass::ClusterCredentials => None,
        }
    }
}

impl Snapshot {
    /// Every value of a class that a record lists, in the order of records. What stands in the bucket besides is in no
    /// use, and nobody opens it (rule S4).
    pub fn listed(&self, class: KeyClass) -> Vec<Listed<'_>> {
        match class {
            KeyClass::HookSecrets => self.endpoints().flat_map(of_endpoint).collect(),
            KeyClass::Credentials => self.credentials().filter_map(of_credential).collect(),
            KeyClass::Issuers => self.credentials().filter_map(of_app).collect(),
            KeyClass::ClusterCredentials => Vec::new(),
        }
    }
}

fn of_endpoint(endpoint: &v1::Endpoint) -> impl Iterator<Item = Listed<'_>> {
    let v1::Endpoint { project, name, .. } = endpoint;
    endpoint.secrets.iter().map(move |secret| Listed {
        object: Object::new(Kind::Endpoint, project, name),
        secret: Some(&secret.id),
        key: keys::hook_secret(project, name, &secret.id, secret.version),
        place: Place::hook_secret(endpoint, &secret.id, secret.version),
    })
}

/// Of an App there is no value until a token was made.
fn of_credential(credential: &v1::Credential) -> Option<Listed<'_>> {
    let v1::Credential {
        project,
        name,
        version,
        ..
    } = credential;
    (credential.app.is_none() || *version > 0).then(|| Listed {
        object: Object::new(Kind::Credential, project, name),
        secret: None,
        key: keys::credential_value(project, name, *version),
        place: Place::credential(credential, *version),
    })
}

fn of_app(credential: &v1::Credential) -> Option<Listed<'_>> {
    let v1::Credential {
        project, name, app, ..
    } = credential;
    let version = app.as_ref()?.key_version;
    Some(Listed {
        object: Object::new(Kind::Credential, project, name),
        secret: None,
        key: keys::app_key(project, name, version),
        place: Place::app_key(credential, version),
    })
}
