//! The secrets of an endpoint, opened.

use sluice_events::v1;
use sluice_providers::{HookSecret, SecretKind};

use super::{OpeningKeys, Place};
use crate::{Problem, keys, manifest::secret_place};

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
                let record = format!("Endpoint {}/{}", endpoint.project, endpoint.name);
                let problem = Problem::new(secret_place(index, &secret.id), what, remedy);
                opened.problems.push(problem.within(record));
            }
        }
    }
    opened
}

fn open(
    endpoint: &v1::Endpoint,
    secret: &v1::HookSecret,
    sealed: impl Fn(&str) -> Option<v1::SealedValue>,
    keys: &OpeningKeys,
) -> Result<HookSecret, (String, &'static str)> {
    let again = "apply the endpoint again with the secret's value";
    let kind = SecretKind::try_from(secret.kind)
        .map_err(|_| ("its kind is unknown here".to_owned(), "update this service"))?;
    let key = keys::hook_secret(
        &endpoint.project,
        &endpoint.name,
        &secret.id,
        secret.version,
    );
    let sealed = sealed(&key).ok_or_else(|| ("its value is not there".to_owned(), again))?;
    let place = Place::hook_secret(endpoint, &secret.id, secret.version);
    let value = keys
        .open(&place, &sealed)
        .map_err(|error| (error.to_string(), again))?;
    HookSecret::new(&secret.id, kind, &value, secret.accept_until)
        .map_err(|error| (error.to_string(), again))
}
