//! Recorded bodies of every host we know, signed as their host signs.
//!
//! Each verifies with every kind of secret, is understood or explained, and says what another implementation's golden
//! file says, or the difference is explained. An explanation that is not needed any more fails, too.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use sluice_providers::{Observation, SecretKind};

use crate::{
    explained::Explanations,
    oracle, read,
    request::{NOW, Request, secret, some_secret},
    say,
    table::{Row, rows},
};

pub(crate) fn check(folder: &Path) {
    let mut explanations = Explanations::default();
    let mut observations = BTreeMap::new();
    let (mut payloads, mut verified, mut skipped) = (0, 0, 0);
    for row in rows(&folder.join("MANIFEST.tsv")) {
        let Some(mut request) = recorded(folder, &row) else {
            skipped += 1;
            continue;
        };
        payloads += 1;
        for &kind in request.provider.secret_kinds() {
            verified += 1;
            let path = row.get("path");
            match observe(&mut request, kind, path) {
                Ok(observation) => drop(observations.insert(path.to_owned(), observation)),
                Err(problem) => explanations.not_understood(path, &problem),
            }
        }
    }
    let understood = observations.len();
    let goldens = compare(folder, &observations, &mut explanations);
    let explained = explanations.used_up();
    say(&format!(
        "{payloads} payloads verified, {verified} times in all, {understood} understood, {goldens} compared with another \
         implementation, {explained} explanations; skipped: {skipped} of hosts without provider",
    ));
}

/// The payload as its host would send it; `None` if we have no provider of that name.
fn recorded(folder: &Path, row: &Row) -> Option<Request> {
    let provider = row.get("provider");
    sluice_providers::provider(provider)?;
    let (name, value) = row.get("event").split_once('=').unwrap();
    let timestamp = NOW.seconds.to_string();
    let headers = [
        (name.to_lowercase().as_str(), value),
        ("content-type", "application/json"),
        // What GitLab signs besides the body.
        ("idempotency-key", "f6266f16-1bf3-46a5-9ea4-602e06ead473"),
        ("webhook-timestamp", &timestamp),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let body = read(&folder.join(row.get("path")));
    Some(Request::new(provider, headers.to_vec(), body))
}

fn observe(request: &mut Request, kind: SecretKind, path: &str) -> Result<Observation, String> {
    let secret = some_secret(kind);
    let unsigned = request.sample.clone();
    request.provider.sign(&mut request.sample, &secret).unwrap();
    let said = request.say(&secret);
    request.sample = unsigned;
    let said = said.unwrap_or_else(|why| panic!("{path} with {kind:?}: {why}"));
    assert_eq!(said.facts.is_empty(), said.observation.is_err(), "{path}");
    said.observation.map_err(|why| why.problem)
}

/// Compares all golden files whose payload was understood. Returns how many tell of something that we model.
fn compare(
    folder: &Path,
    observations: &BTreeMap<String, Observation>,
    explanations: &mut Explanations,
) -> usize {
    let mut compared = 0;
    for (path, observation) in observations {
        for golden in goldens(folder, path) {
            let golden_file = serde_json::from_slice(&read(&golden)).unwrap();
            let Some(theirs) = oracle::theirs(&golden_file) else {
                continue;
            };
            compared += 1;
            for field in oracle::differing(&oracle::ours(observation), &theirs) {
                explanations.differs(path, &field);
            }
        }
    }
    compared
}

/// What implementations read of the payload. The second kept only those of its files that differ from the first's.
fn goldens(folder: &Path, path: &str) -> impl Iterator<Item = PathBuf> {
    let first = folder.join(format!("{path}.golden"));
    let fork = path.replace("/drone-go-scm/", "/jenkins-x-go-scm/");
    let second = (fork != path && !folder.join(&fork).exists()).then_some(fork);
    let second = second.map(|fork| folder.join(format!("{fork}.golden")));
    [Some(first), second]
        .into_iter()
        .flatten()
        .filter(|golden| golden.exists())
}

/// Of what others sign, SHA-256 fits, and SHA-1 proves nothing.
pub(crate) fn check_signatures(folder: &Path) {
    let manifest = rows(&folder.join("MANIFEST.tsv"));
    let mut fitted = 0;
    for signature in rows(&folder.join("SIGNATURES.tsv")) {
        let path = signature.get("path");
        let row = manifest.iter().find(|row| row.get("path") == path).unwrap();
        let Some(mut request) = recorded(folder, row) else {
            continue;
        };
        request.sample.set(
            &signature.get("header").to_lowercase(),
            signature.get("value"),
        );
        let said = request.say(&secret(SecretKind::Hmac, signature.get("secret")));
        let sha256 = signature.get("scheme").contains("sha256");
        assert_eq!(
            said.is_ok(),
            sha256,
            "{path} by {}",
            signature.get("scheme")
        );
        fitted += usize::from(sha256);
    }
    say(&format!("{fitted} signatures fit that others test with"));
}
