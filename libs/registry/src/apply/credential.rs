//! A credential that is declared.

use sluice_events::{
    Timestamp,
    v1::{self, CredentialKind},
};

use super::{Decided, Step, references, seal};
use crate::{
    CREDENTIAL_KINDS, CredentialSpec, KeyClass, Place, Plaintext, Problem, Record, SealingKeys,
    Snapshot, Source, credential, keys, manifest::credential_place, problem::quoted,
};

/// Decides what becomes of it. The steps are: seal a new value, put the record that names it, delete the value before.
pub(super) fn plan(
    declared: &CredentialSpec,
    records: &Snapshot,
    sealing: &SealingKeys,
    now: Timestamp,
) -> Result<Decided, Vec<Problem>> {
    let existing = records.credential(&declared.project, &declared.name);
    let mut record = record(declared);
    let mut problems = credential::check(&record);
    problems.extend(references::check(&record.project, &record.host, records));
    let host = records.host(&record.host);
    problems.extend(host.and_then(|host| credential::check_host(&record, &host)));
    problems.extend(endless(&record));
    // What it says nothing of has no value either.
    if !problems.is_empty() {
        return Err(problems);
    }
    let place = credential_place(declared.kind);
    let valued = value(declared, &mut record, existing, sealing, now);
    let (seals, mut warnings) = valued.map_err(|problem| vec![problem.within(&place)])?;
    let warnings = warnings.drain(..).map(|warning| warning.within(&place));
    let warnings = warnings.chain(over(&record, now)).collect();
    let named = values(&record);
    let superseded = existing.map_or_else(Vec::new, values).into_iter();
    let superseded = superseded.filter(|value| !named.contains(value));
    let superseded = superseded.map(delete).collect();
    let put = Decided::put(
        existing.cloned().map(Record::Credential),
        Record::Credential(record),
        warnings,
    );
    Ok(put.between(seals, superseded))
}

/// What is to be written of a token that an App has made: its sealed value, the record that names it, and the value before
/// it away.
///
/// # Errors
/// If there is no key to seal credentials with.
pub fn new_token(
    app: &v1::Credential,
    token: &Plaintext,
    expires_at: Timestamp,
    sealing: &SealingKeys,
    now: Timestamp,
) -> Result<Vec<Step>, Problem> {
    let record = v1::Credential {
        version: seal::next_version(Some(newest(app)), now),
        expires_at: Some(expires_at),
        ..app.clone()
    };
    let place = Place::credential(&record, record.version);
    let key = keys::credential_value(&record.project, &record.name, record.version);
    let seal = seal::seal(sealing, KeyClass::Credentials, &place, key, token)?;
    let old =
        (app.version > 0).then(|| keys::credential_value(&app.project, &app.name, app.version));
    let old = old.map(|key| delete((keys::CREDENTIAL_VALUES, key)));
    let put = Step::Put(Record::Credential(record));
    Ok([seal, put].into_iter().chain(old).collect())
}

/// The steps that take away the values that a record names.
pub(super) fn delete_values(credential: &v1::Credential) -> Vec<Step> {
    values(credential).into_iter().map(delete).collect()
}

fn delete((bucket, key): (&'static str, String)) -> Step {
    Step::Delete { bucket, key }
}

/// Where the values stand that a record names: of an App its private key, and the token that was made last.
fn values(credential: &v1::Credential) -> Vec<(&'static str, String)> {
    let v1::Credential {
        project,
        name,
        version,
        app,
        ..
    } = credential;
    let value = keys::credential_value(project, name, *version);
    let value = (app.is_none() || *version > 0).then_some((keys::CREDENTIAL_VALUES, value));
    let key = app.as_ref().map(|app| {
        let key = keys::app_key(project, name, app.key_version);
        (keys::ISSUER_VALUES, key)
    });
    value.into_iter().chain(key).collect()
}

/// The newest version of any of its values.
fn newest(credential: &v1::Credential) -> u64 {
    let key = credential.app.as_ref().map_or(0, |app| app.key_version);
    credential.version.max(key)
}

/// The record without its value.
fn record(declared: &CredentialSpec) -> v1::Credential {
    v1::Credential {
        name: declared.name.clone(),
        project: declared.project.clone(),
        host: declared.host.clone(),
        kind: declared.kind.into(),
        user: declared.user.clone(),
        version: 0,
        created_at: None,
        expires_at: declared.expires_at,
        set: declared.set.clone(),
        repositories: declared.repositories.clone(),
        grants: declared.grants.clone(),
        app: declared.app.as_ref().map(|app| v1::CredentialApp {
            key_version: 0,
            ..app.clone()
        }),
        public_key: String::new(),
    }
}

/// Gives the record the value that is declared, or the one that is there. What to seal, and what to warn of.
fn value(
    declared: &CredentialSpec,
    record: &mut v1::Credential,
    existing: Option<&v1::Credential>,
    sealing: &SealingKeys,
    now: Timestamp,
) -> Result<(Vec<Step>, Vec<Problem>), Problem> {
    keep_token(record, existing);
    let made = made(declared, existing)?;
    let given = match &made {
        Some(made) => Some(made),
        None => seal::given(&declared.source)?,
    };
    let Some(value) = given else {
        let kept = kept(record, existing)?;
        record.created_at = kept.created_at;
        record.public_key.clone_from(&kept.public_key);
        match (&mut record.app, &kept.app) {
            (Some(app), Some(kept)) => app.key_version = kept.key_version,
            _ => record.version = kept.version,
        }
        return Ok((Vec::new(), Vec::new()));
    };
    let (value, warnings) = credential::checked_value(declared.kind, value)?;
    record.public_key = credential::public_half(declared.kind, &value);
    let version = seal::next_version(existing.map(newest), now);
    record.created_at = Some(now);
    match &mut record.app {
        Some(app) => app.key_version = version,
        None => record.version = version,
    }
    let step = sealed(record, &value, sealing)?;
    Ok((vec![step], warnings))
}

/// The token of an App stays in use while the App and its installation are the same: of another key the connector makes
/// another one.
fn keep_token(record: &mut v1::Credential, existing: Option<&v1::Credential>) {
    let is_same = |existing: &&v1::Credential| {
        let apps = existing.app.as_ref().zip(record.app.as_ref());
        let same = apps
            .is_some_and(|(old, new)| (&old.id, &old.installation) == (&new.id, &new.installation));
        same && existing.host == record.host
    };
    if let Some(existing) = existing.filter(is_same) {
        (record.version, record.expires_at) = (existing.version, existing.expires_at);
    }
}

/// A key that is made here, where one is wanted and there is none.
fn made(
    declared: &CredentialSpec,
    existing: Option<&v1::Credential>,
) -> Result<Option<Plaintext>, Problem> {
    match (&declared.source, declared.kind) {
        (Source::Made, CredentialKind::SshKey) if existing.is_some() => Ok(None),
        (Source::Made, CredentialKind::SshKey) => credential::new_ssh_key().map(Some),
        (Source::Made, _) => {
            let remedy = "make it at the host, and give it by value, file or env";
            Err(Problem::new(
                "generate",
                "only an sshKey is made here",
                remedy,
            ))
        }
        _ => Ok(None),
    }
}

/// A credential without a value keeps the one that it has, if that was entered for the same host (rule S5).
fn kept<'r>(
    record: &v1::Credential,
    existing: Option<&'r v1::Credential>,
) -> Result<&'r v1::Credential, Problem> {
    let existing = existing.ok_or_else(seal::nothing_to_keep)?;
    if existing.kind() != record.kind() {
        let kind = CREDENTIAL_KINDS.word(existing.kind());
        let what = format!("the value that is there is of kind {kind}");
        return Err(seal::not_to_be_kept("value", what));
    }
    if existing.host != record.host {
        let host = quoted(&existing.host);
        let what = format!("the value that is there was entered for the host {host}");
        return Err(seal::not_to_be_kept("value", what));
    }
    Ok(existing)
}

fn sealed(
    record: &v1::Credential,
    value: &Plaintext,
    sealing: &SealingKeys,
) -> Result<Step, Problem> {
    let v1::Credential { project, name, .. } = record;
    match &record.app {
        Some(app) => {
            let place = Place::app_key(record, app.key_version);
            let key = keys::app_key(project, name, app.key_version);
            seal::seal(sealing, KeyClass::Issuers, &place, key, value)
        }
        None => {
            let place = Place::credential(record, record.version);
            let key = keys::credential_value(project, name, record.version);
            seal::seal(sealing, KeyClass::Credentials, &place, key, value)
        }
    }
}

/// The private key of an App has no end, and its tokens' ends nobody declares.
fn endless(record: &v1::Credential) -> Option<Problem> {
    (record.app.is_some() && record.expires_at.is_some()).then(|| {
        let what = "an App does not end, and its tokens are made anew in time";
        Problem::new("spec.expiresAt", what, "leave it out")
    })
}

fn over(record: &v1::Credential, now: Timestamp) -> Option<Problem> {
    let over = record.app.is_none() && record.expires_at.is_some_and(|at| at <= now);
    over.then(|| {
        Problem::new(
            "spec.expiresAt",
            "the time is over: the host will not accept it",
            "give a new one",
        )
    })
}
