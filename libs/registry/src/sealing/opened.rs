//! What is sealed, opened by those who may.

use sluice_events::v1::{self, CredentialKind};
use sluice_providers::{HookSecret, SecretKind};
use zeroize::Zeroizing;

use super::{OpeningKeys, Place};
use crate::{Kind, Object, Plaintext, Problem, keys, manifest::secret_place};

/// What is wrong, and what to do about it.
type Fault = (String, &'static str);

/// The secrets of an endpoint, as far as they could be opened.
#[derive(Debug, Default)]
pub struct Opened {
    /// Those that work, in the endpoint's order.
    pub secrets: Vec<HookSecret>,
    /// What is wrong with the others. They do not stand in the way of those that work.
    pub problems: Vec<Problem>,
}

/// Opens the secrets that the record lists, and no others: an older version that still stands in the bucket, or was
/// put back there, is never asked for (rule S4).
///
/// `sealed` gives what stands under a key of the bucket [`keys::HOOK_SECRETS`].
pub fn open_endpoint(
    endpoint: &v1::Endpoint,
    sealed: impl Fn(&str) -> Option<v1::SealedValue>,
    keys: &OpeningKeys,
) -> Opened {
    let mut opened = Opened::default();
    for (index, secret) in endpoint.secrets.iter().enumerate() {
        match open(endpoint, secret, &sealed, keys) {
            Ok(secret) => opened.secrets.push(secret),
            Err((what, remedy)) => {
                let record = Object::new(Kind::Endpoint, &endpoint.project, &endpoint.name);
                let problem = Problem::new(secret_place(index, &secret.id), what, remedy);
                opened.problems.push(problem.within(record));
            }
        }
    }
    opened
}

/// Opens the version of a credential's value that the record names, sealed for this record and its host (rules S4, S5).
///
/// `sealed` is what stands in the bucket [`keys::CREDENTIAL_VALUES`] under [`keys::credential_value`] of the record's
/// own version.
pub fn open_credential(
    credential: &v1::Credential,
    sealed: Option<v1::SealedValue>,
    keys: &OpeningKeys,
) -> Result<Plaintext, Problem> {
    let again = "apply the credential again with its value";
    let place = Place::credential(credential, credential.version);
    let known = match credential.kind() {
        CredentialKind::Unspecified => Err(unknown_kind()),
        CredentialKind::App if credential.version == 0 => Err((
            "its App has made no token yet".to_owned(),
            "see that the connector runs, and that the App is installed for its repositories",
        )),
        CredentialKind::Token
        | CredentialKind::Password
        | CredentialKind::SshKey
        | CredentialKind::App => Ok(()),
    };
    let opened = known.and_then(|()| open_value(&place, sealed, keys, again));
    opened
        .map(Plaintext::from)
        .map_err(|fault| of_credential(credential, fault))
}

/// Opens the version of an App's private key that the record names, sealed for this record and its host (rules S4, S5).
///
/// `sealed` is what stands in the bucket [`keys::ISSUER_VALUES`] under [`keys::app_key`] of the version that the record
/// names.
pub fn open_app_key(
    credential: &v1::Credential,
    sealed: Option<v1::SealedValue>,
    keys: &OpeningKeys,
) -> Result<Plaintext, Problem> {
    let version = credential.app.as_ref().map_or(0, |app| app.key_version);
    let place = Place::app_key(credential, version);
    let again = "apply the credential again with its private key";
    open_value(&place, sealed, keys, again)
        .map(Plaintext::from)
        .map_err(|fault| of_credential(credential, fault))
}

fn of_credential(credential: &v1::Credential, (what, remedy): Fault) -> Problem {
    let record = Object::new(Kind::Credential, &credential.project, &credential.name);
    Problem::new(record.to_string(), what, remedy)
}

fn open(
    endpoint: &v1::Endpoint,
    secret: &v1::HookSecret,
    sealed: impl Fn(&str) -> Option<v1::SealedValue>,
    keys: &OpeningKeys,
) -> Result<HookSecret, Fault> {
    let again = "apply the endpoint again with the secret's value";
    let kind = SecretKind::try_from(secret.kind).map_err(|_| unknown_kind())?;
    let key = keys::hook_secret(
        &endpoint.project,
        &endpoint.name,
        &secret.id,
        secret.version,
    );
    let place = Place::hook_secret(endpoint, &secret.id, secret.version);
    let value = open_value(&place, sealed(&key), keys, again)?;
    HookSecret::new(&secret.id, kind, &value, secret.accept_until)
        .map_err(|error| (error.to_string(), again))
}

fn unknown_kind() -> Fault {
    ("its kind is unknown here".to_owned(), "update this service")
}

fn open_value(
    place: &Place<'_>,
    sealed: Option<v1::SealedValue>,
    keys: &OpeningKeys,
    again: &'static str,
) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let sealed = sealed.ok_or_else(|| ("its value is not there".to_owned(), again))?;
    keys.open(place, &sealed)
        .map_err(|error| (error.to_string(), again))
}
