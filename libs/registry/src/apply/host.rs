//! A host that is declared.

mod disabled;

use sluice_events::v1;

use super::{Decided, credential, seal};
use crate::{HostSpec, Kind, Manifest, Problem, Record, Snapshot, host};

/// Decides what becomes of it. Credentials that were entered for the host as it was lose their values first, and only
/// where the same manifests give them anew (rule S5).
pub(super) fn plan(
    declared: &HostSpec,
    records: &Snapshot,
    manifests: &[Manifest],
) -> Result<Decided, Vec<Problem>> {
    if declared.ca_file.is_some() {
        return Err(vec![seal::unresolved("spec.ca")]);
    }
    let predefined = host::predefined_host(&declared.host.name);
    let record = match &predefined {
        Some(predefined) => as_predefined(&declared.host, predefined)?,
        None => host::checked(&declared.host)?,
    };
    if let Some(twin) = twin(&record, records) {
        return Err(vec![twin]);
    }
    let mut warnings = host::warnings(&record);
    let existing = records.host(&record.name);
    let mut disabled = Vec::new();
    if let Some(existing) = &existing {
        warnings.extend(changed_in_use(existing, &record, records)?);
        disabled = disabled::by_change(existing, &record, records, manifests)?;
    }
    let values = disabled.into_iter().flat_map(credential::delete_values);
    let record = Record::Host(record);
    let put = Decided::put(existing.map(Record::Host), record, warnings);
    Ok(put.between(values.collect(), Vec::new()))
}

/// A predefined name means what it means (rule S5).
fn as_predefined(declared: &v1::Host, predefined: &v1::Host) -> Result<v1::Host, Vec<Problem>> {
    let or_predefined = |declared: &String, predefined: &String| match declared.as_str() {
        "" => predefined.clone(),
        _ => declared.clone(),
    };
    let full = v1::Host {
        provider: or_predefined(&declared.provider, &predefined.provider),
        url: or_predefined(&declared.url, &predefined.url),
        api_url: or_predefined(&declared.api_url, &predefined.api_url),
        ..declared.clone()
    };
    let checked = host::checked(&full)?;
    if checked != host::with_declared(predefined.clone(), &checked) {
        let (name, provider, url) = (&predefined.name, &predefined.provider, &predefined.url);
        return Err(vec![Problem::new(
            "metadata.name",
            format!("`{name}` is predefined: provider {provider} at {url}"),
            format!(
                "declare nothing but its sshHostKeys, callsPerHour and shares, or choose another name, such as {name}-corp"
            ),
        )]);
    }
    Ok(checked)
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
    records: &Snapshot,
) -> Result<Option<Problem>, Vec<Problem>> {
    let users = records.users_of_host(&host.name);
    if existing.provider != host.provider && !users.is_empty() {
        let what = format!(
            "{} records rely on its being {}",
            users.len(),
            existing.provider
        );
        return Err(vec![Problem::new(
            "spec.provider",
            what,
            "declare another host for the other software",
        )]);
    }
    let endpoints = users
        .iter()
        .filter(|user| user.kind == Kind::Endpoint)
        .count();
    let moved = existing.url != host.url || existing.api_url != host.api_url;
    Ok((moved && endpoints > 0).then(|| {
        Problem::new(
            "spec.url",
            format!(
                "the address changes under {endpoints} endpoints: their events name another source"
            ),
            "make sure that the new address is the same installation",
        )
    }))
}
