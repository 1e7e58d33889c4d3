//! A host that is declared.

use sluice_events::v1;

use super::{Decided, Verb};
use crate::{Problem, Record, Snapshot, host};

/// Decides what becomes of it.
pub(super) fn plan(declared: &v1::Host, records: &Snapshot) -> Result<Decided, Vec<Problem>> {
    if let Some(predefined) = host::predefined_host(&declared.name) {
        return same_as_predefined(declared, &predefined);
    }
    let record = host::checked(declared)?;
    if let Some(twin) = twin(&record, records) {
        return Err(vec![twin]);
    }
    let mut warnings = host::warnings(&record);
    let existing = records.host(&record.name);
    if let Some(existing) = &existing {
        let users = records.users_of_host(&record.name);
        if !users.is_empty() {
            warnings.extend(changed_in_use(existing, &record, users.len())?);
        }
    }
    let record = Record::Host(record);
    Ok(Decided::put(existing.map(Record::Host), record, warnings))
}

/// A predefined name means what it means (rule S5).
fn same_as_predefined(declared: &v1::Host, predefined: &v1::Host) -> Result<Decided, Vec<Problem>> {
    let mut normal = host::checked(declared)?;
    if normal.api_url.is_empty() {
        normal.api_url.clone_from(&predefined.api_url);
    }
    if normal != *predefined {
        let (name, provider, url) = (&predefined.name, &predefined.provider, &predefined.url);
        return Err(vec![Problem::new(
            "metadata.name",
            format!("`{name}` is predefined: provider {provider} at {url}"),
            format!("choose another name, such as {name}-corp"),
        )]);
    }
    Ok(Decided {
        verb: Verb::Unchanged,
        steps: Vec::new(),
        warnings: Vec::new(),
    })
}

/// One installation under two names would tell every fact twice.
fn twin(host: &v1::Host, records: &Snapshot) -> Option<Problem> {
    let same = |other: &v1::Host| {
        other.name != host.name && other.url == host.url && other.provider == host.provider
    };
    records.hosts().find(same).map(|other| {
        Problem::new(
            "spec.url",
            format!("it is the address of the host `{}`", other.name),
            "use that name",
        )
    })
}

/// What follows from a change for those who use the host.
fn changed_in_use(
    existing: &v1::Host,
    host: &v1::Host,
    users: usize,
) -> Result<Option<Problem>, Vec<Problem>> {
    if existing.provider != host.provider {
        return Err(vec![Problem::new(
            "spec.provider",
            format!("{users} endpoints rely on its being {}", existing.provider),
            "declare another host for the other software",
        )]);
    }
    let moved = existing.url != host.url || existing.api_url != host.api_url;
    Ok(moved.then(|| {
        Problem::new(
            "spec.url",
            format!(
                "the address changes under {users} endpoints: their events name another source"
            ),
            "make sure that the new address is the same installation",
        )
    }))
}
