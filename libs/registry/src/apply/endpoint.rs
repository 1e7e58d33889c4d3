//! An endpoint that is declared.

use sluice_events::{Timestamp, v1};

use super::{Decided, Step, references, secrets};
use crate::{
    EndpointSpec, Problem, Record, SealingKeys, Snapshot, endpoint, host, keys, new_endpoint_id,
    words,
};

/// Decides what becomes of it. The steps are: seal what is new, put the record that lists it, delete what no record
/// lists any more.
pub(super) fn plan(
    declared: &EndpointSpec,
    records: &Snapshot,
    sealing: &SealingKeys,
    now: Timestamp,
) -> Result<Decided, Vec<Problem>> {
    let existing = records.endpoint(&declared.project, &declared.name);
    let mut record = record(declared, existing).map_err(|problem| vec![problem])?;
    let mut problems = endpoint::check(&record);
    problems.extend(references(&record, records));

    let provider = records
        .host(&record.host)
        .as_ref()
        .and_then(host::provider_of);
    let context = secrets::Context {
        endpoint: &record,
        listed: existing.map_or(&[], |existing| &existing.secrets),
        kinds: provider.map(|provider| (provider.name(), provider.secret_kinds())),
        sealing,
        now,
    };
    let secrets = secrets::plan(&declared.secrets, &context).map_err(|found| {
        problems.extend(found);
    });
    let Some(secrets) = secrets.ok().filter(|_| problems.is_empty()) else {
        return Err(problems);
    };
    record.secrets = secrets.listed;

    let mut warnings = secrets.warnings;
    warnings.extend(existing.and_then(|existing| moved(existing, &record)));
    warnings.extend(existing.and_then(|existing| weakened(existing, &record)));
    let superseded = existing.map_or(Vec::new(), |existing| superseded(existing, &record));
    let put = Decided::put(
        existing.cloned().map(Record::Endpoint),
        Record::Endpoint(record),
        warnings,
    );
    Ok(put.between(secrets.seals, superseded))
}

/// The record without its secrets. An id is kept, or made where there is none.
fn record(
    declared: &EndpointSpec,
    existing: Option<&v1::Endpoint>,
) -> Result<v1::Endpoint, Problem> {
    let kept = existing.map(|existing| existing.id.clone());
    let id = match declared.id.clone().or(kept) {
        Some(id) => id,
        None => new_endpoint_id()?,
    };
    Ok(v1::Endpoint {
        name: declared.name.clone(),
        project: declared.project.clone(),
        id,
        host: declared.host.clone(),
        scope: Some(v1::Scope {
            of: declared.scope.clone(),
        }),
        secrets: Vec::new(),
        disabled: declared.disabled,
        repository: declared.repository.clone(),
        repository_host_id: declared.repository_host_id.clone(),
        import: match declared.import.as_str() {
            "" => existing.map_or_else(String::new, |existing| existing.import.clone()),
            import => import.to_owned(),
        },
        test: existing.and_then(|existing| existing.test.clone()),
        set: declared.set.clone(),
    })
}

/// What it names must be there, and its id must be its own.
fn references(endpoint: &v1::Endpoint, records: &Snapshot) -> Vec<Problem> {
    let mut problems = references::check(&endpoint.project, &endpoint.host, records);
    let other = records.endpoint_by_id(&endpoint.id);
    if other
        .is_some_and(|other| (&other.project, &other.name) != (&endpoint.project, &endpoint.name))
    {
        problems.push(Problem::new(
            "spec.id",
            "another endpoint has the same id",
            "leave it out, and one is made",
        ));
    }
    problems
}

/// A new id is a new URL, which the host does not know.
fn moved(existing: &v1::Endpoint, endpoint: &v1::Endpoint) -> Option<Problem> {
    (existing.id != endpoint.id).then(|| {
        Problem::new(
            "spec.id",
            "it changes, and with it the URL: deliveries to the old one are refused",
            "change the webhook at the host, too",
        )
    })
}

/// Gateways that saw a signature accept nothing weaker from then on (rule S20).
fn weakened(existing: &v1::Endpoint, endpoint: &v1::Endpoint) -> Option<Problem> {
    let signs = |endpoint: &v1::Endpoint| {
        let mut kinds = endpoint.secrets.iter().map(v1::HookSecret::kind);
        kinds.any(words::signs)
    };
    (signs(existing) && !signs(endpoint)).then(|| {
        Problem::new(
            "spec.secrets",
            "none signs any more, and once a signature was seen nothing weaker is accepted",
            "keep one that signs, or delete the endpoint and declare it anew",
        )
    })
}

/// The sealed values that the old record lists and the new one does not.
fn superseded(old: &v1::Endpoint, new: &v1::Endpoint) -> Vec<Step> {
    let keys_of = |endpoint: &v1::Endpoint| {
        let key = |secret: &v1::HookSecret| {
            keys::hook_secret(
                &endpoint.project,
                &endpoint.name,
                &secret.id,
                secret.version,
            )
        };
        endpoint.secrets.iter().map(key).collect::<Vec<_>>()
    };
    let listed = keys_of(new);
    keys_of(old)
        .into_iter()
        .filter(|key| !listed.contains(key))
        .map(|key| Step::Delete {
            bucket: keys::HOOK_SECRETS,
            key,
        })
        .collect()
}
