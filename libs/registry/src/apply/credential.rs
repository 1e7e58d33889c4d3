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
    // What it says nothing of has no value either.
    if !problems.is_empty() {
        return Err(problems);
    }
    let place = credential_place(declared.kind);
    let valued = value(declared, &mut record, existing, sealing, now);
    let (seals, mut warnings) = valued.map_err(|problem| vec![problem.within(&place)])?;
    let warnings = warnings.drain(..).map(|warning| warning.within(&place));
    let warnings = warnings.chain(over(&record, now)).collect();
    let superseded = existing.filter(|existing| existing.version != record.version);
    let superseded = superseded.map(delete_value).into_iter().collect();
    let put = Decided::put(
        existing.cloned().map(Record::Credential),
        Record::Credential(record),
        warnings,
    );
    Ok(put.between(seals, superseded))
}

/// The step that takes away the value that a record names.
pub(super) fn delete_value(credential: &v1::Credential) -> Step {
    let v1::Credential {
        project,
        name,
        version,
        ..
    } = credential;
    Step::Delete {
        bucket: keys::CREDENTIAL_VALUES,
        key: keys::credential_value(project, name, *version),
    }
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
    let made = made(declared, existing)?;
    let given = match &made {
        Some(made) => Some(made),
        None => seal::given(&declared.source)?,
    };
    let Some(value) = given else {
        let kept = kept(record, existing)?;
        (record.version, record.created_at) = (kept.version, kept.created_at);
        record.public_key.clone_from(&kept.public_key);
        return Ok((Vec::new(), Vec::new()));
    };
    let (value, warnings) = credential::checked_value(declared.kind, value)?;
    record.public_key = credential::public_half(declared.kind, &value);
    record.version = seal::next_version(existing.map(|existing| existing.version), now);
    record.created_at = Some(now);
    let step = sealed(record, &value, sealing)?;
    Ok((vec![step], warnings))
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
    let place = Place::credential(record, record.version);
    let key = keys::credential_value(&record.project, &record.name, record.version);
    seal::seal(sealing, KeyClass::Credentials, &place, key, value)
}

fn over(record: &v1::Credential, now: Timestamp) -> Option<Problem> {
    record.expires_at.is_some_and(|at| at <= now).then(|| {
        Problem::new(
            "spec.expiresAt",
            "the time is over: the host will not accept it",
            "give a new one",
        )
    })
}
