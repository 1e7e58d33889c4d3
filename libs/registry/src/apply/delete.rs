//! What deleting an object comes to.

use super::Step;
use crate::{Kind, Object, Problem, Record, Snapshot, host, keys, project};

/// Most users of a record that a refusal names.
const MAX_NAMED: usize = 10;

/// Plans the deletion of an object, or says what stands against it.
///
/// The record goes first: from then on nothing lists what is deleted after it.
pub fn deletion(object: &Object, records: &Snapshot) -> Result<Vec<Step>, Problem> {
    let found =
        find(object, records).ok_or_else(|| refuse(object, "there is none", "check its name"))?;
    let users = match &found {
        Record::Project(project) => {
            if project::predefined(&project.name).is_some() {
                return Err(refuse(object, "it is predefined", "leave it"));
            }
            records.users_of_project(&project.name)
        }
        Record::Host(host) => {
            if host::predefined_host(&host.name).is_some() {
                return Err(refuse(object, "it is predefined", "leave it"));
            }
            records.users_of_host(&host.name)
        }
        Record::Endpoint(_) => Vec::new(),
    };
    if !users.is_empty() {
        let what = format!("it is used by {}", named(&users));
        return Err(refuse(object, &what, "delete these first"));
    }
    let mut steps = vec![Step::Delete {
        bucket: found.bucket(),
        key: found.key(),
    }];
    steps.extend(what_hangs_on(&found));
    Ok(steps)
}

fn refuse(object: &Object, what: &str, remedy: &str) -> Problem {
    Problem::new(object.to_string(), what, remedy)
}

fn find(object: &Object, records: &Snapshot) -> Option<Record> {
    match object.kind {
        Kind::Project => records.project(&object.name).map(Record::Project),
        Kind::Host => records.host(&object.name).map(Record::Host),
        Kind::Endpoint => records
            .endpoint(&object.project, &object.name)
            .cloned()
            .map(Record::Endpoint),
    }
}

fn named(users: &[String]) -> String {
    let shown: Vec<_> = users
        .iter()
        .take(MAX_NAMED)
        .map(|user| user.escape_debug().to_string())
        .collect();
    let more = match users.len().saturating_sub(MAX_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", shown.join(", "))
}

/// An endpoint's sealed values, and what the gateways have learnt about it.
fn what_hangs_on(record: &Record) -> Vec<Step> {
    let Record::Endpoint(endpoint) = record else {
        return Vec::new();
    };
    let delete = |bucket, key| Step::Delete { bucket, key };
    let sealed = endpoint.secrets.iter().map(|secret| {
        let key = keys::hook_secret(
            &endpoint.project,
            &endpoint.name,
            &secret.id,
            secret.version,
        );
        delete(keys::HOOK_SECRETS, key)
    });
    sealed
        .chain([delete(keys::ENDPOINT_STATE, record.key())])
        .collect()
}
