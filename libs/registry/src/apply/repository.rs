//! A repository that is declared.

use sluice_events::v1::{Credential, RegisteredRepository};

use super::{Decided, references};
use crate::{Problem, Record, Snapshot, credential_of, is_there_for, problem::quoted, repository};

/// Decides what becomes of it.
pub(super) fn plan(
    declared: &RegisteredRepository,
    records: &Snapshot,
) -> Result<Decided, Vec<Problem>> {
    let existing = records.repository(&declared.project, &declared.name);
    let mut problems = references::check(&declared.project, &declared.host, records);
    let completed = completed(declared, existing, records);
    let checked = repository::checked(&completed).map_err(|found| problems.extend(found));
    let Some(record) = checked.ok().filter(|_| problems.is_empty()) else {
        return Err(problems);
    };
    let problems = against(&record, records);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut warnings = Vec::from_iter(repository::warnings(&record));
    warnings.extend(existing.and_then(|existing| another(existing, &record)));
    let existing = existing.cloned().map(Record::Repository);
    Ok(Decided::put(existing, Record::Repository(record), warnings))
}

/// With the address that its host gives it, and with the id that was learnt of it, unless others are declared.
fn completed(
    declared: &RegisteredRepository,
    existing: Option<&RegisteredRepository>,
    records: &Snapshot,
) -> RegisteredRepository {
    let mut completed = declared.clone();
    if completed.url.is_empty()
        && let Some(host) = records.host(&declared.host)
    {
        let url = repository::default_url(&host, &declared.full_name);
        completed.url = url.unwrap_or_default();
    }
    // What the connector says of it.
    completed.suspended = existing.map_or_else(String::new, |existing| existing.suspended.clone());
    completed.import = existing.map_or_else(String::new, |existing| existing.import.clone());
    if completed.host_id.is_empty()
        && let Some(existing) = existing.filter(|existing| is_same(existing, declared))
    {
        completed.host_id.clone_from(&existing.host_id);
    }
    completed
}

fn is_same(one: &RegisteredRepository, other: &RegisteredRepository) -> bool {
    (&one.host, &one.full_name) == (&other.host, &other.full_name)
}

/// What the other records say against it.
fn against(record: &RegisteredRepository, records: &Snapshot) -> Vec<Problem> {
    let credential = records.opener_of(record);
    let credential = credential.filter(|found| is_there_for(found, &record.project));
    let host = records.host(&record.host);
    let mut problems = host.map_or_else(Vec::new, |host| {
        repository::check(record, &host, credential)
    });
    problems.extend(credential.and_then(|app| another_owner(record, app, records)));
    problems.extend(records.twin_of(record).map(|twin| {
        Problem::new(
            "spec.fullName",
            format!("the repository {} is the same one", quoted(&twin.name)),
            "keep one of the two",
        )
    }));
    problems
}

/// An App makes tokens for one installation at a time, and an installation is one owner's.
fn another_owner(
    record: &RegisteredRepository,
    app: &Credential,
    records: &Snapshot,
) -> Option<Problem> {
    app.app.as_ref()?;
    let owner = |one: &RegisteredRepository| {
        let name = one.full_name.to_lowercase();
        name.split('/').next().unwrap_or_default().to_owned()
    };
    let opened = |other: &&RegisteredRepository| {
        let this = (&other.project, &other.name) == (&record.project, &record.name);
        !this && credential_of(other) == (&app.project, &app.name)
    };
    let mut others = records.repositories().filter(opened);
    let other = others.find(|other| owner(other) != owner(record))?;
    let other = match other.project == record.project {
        true => quoted(&other.full_name),
        false => "a repository of another owner".to_owned(),
    };
    Some(Problem::new(
        "spec.credential",
        format!(
            "{} is an App, whose tokens are for one owner, and it opens {other} already",
            quoted(&app.name),
        ),
        "declare the App once more, as another credential, for the repositories of this owner",
    ))
}

/// Under one name, what is known of a repository stays with it.
fn another(existing: &RegisteredRepository, record: &RegisteredRepository) -> Option<Problem> {
    (!is_same(existing, record)).then(|| {
        Problem::new(
            "spec.fullName",
            "it names another repository now, and what is known of the old one is taken to be of this one",
            "leave it so if it was renamed or moved; else declare this one under another name",
        )
    })
}
