//! The secrets of an endpoint, as they are written.

use sluice_events::v1::SecretKind;

use super::{source, time};
use crate::{
    SECRET_KINDS, SecretSpec,
    manifest::wire,
    problem::{Problem, quoted},
};

/// Reads each of them.
pub(super) fn read(secrets: Vec<wire::Secret>, problems: &mut Vec<Problem>) -> Vec<SecretSpec> {
    let mut read = Vec::with_capacity(secrets.len());
    for (index, secret) in secrets.into_iter().enumerate() {
        let place = format!("spec.secrets[{index}]");
        let (secret, found) = one(secret);
        problems.extend(found.into_iter().map(|problem| problem.within(&place)));
        read.push(secret);
    }
    read
}

fn one(secret: wire::Secret) -> (SecretSpec, Vec<Problem>) {
    let mut problems = Vec::new();
    let kind = SECRET_KINDS.kind(&secret.kind);
    if kind.is_none() {
        let remedy = format!("use one of {}", SECRET_KINDS.all());
        problems.push(Problem::new(
            "kind",
            "there is no such kind of secret",
            remedy,
        ));
    }
    let (source, ambiguous) = source(secret.value, secret.file, secret.env, false);
    problems.extend(ambiguous);
    let accept_until = time("acceptUntil", secret.accept_until.as_deref(), &mut problems);
    let kind = kind.unwrap_or(SecretKind::Unspecified);
    let id = secret.id;
    let secret = SecretSpec {
        id: id.unwrap_or_else(|| SECRET_KINDS.word(kind).to_owned()),
        kind,
        source,
        accept_until,
    };
    (secret, problems)
}

/// The id in quotes, for messages about one of several secrets.
pub(crate) fn secret_place(index: usize, id: &str) -> String {
    format!("spec.secrets[{index}] {}", quoted(id))
}
