//! What deleting an object comes to.

use super::{Step, credential};
use crate::{Object, Problem, Record, Snapshot, host, keys, problem::named, project};

/// Plans the deletion of an object, or says what stands against it.
///
/// The record goes first: from then on nothing lists what is deleted after it.
pub fn deletion(object: &Object, records: &Snapshot) -> Result<Vec<Step>, Problem> {
    let found = records
        .record(object)
        .ok_or_else(|| refuse(object, "there is none", "check its name"))?;
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
        Record::Credential(credential) => records.users_of_credential(credential),
        Record::Endpoint(endpoint) => records.users_of_endpoint(endpoint),
        Record::Repository(_) => Vec::new(),
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

/// Sealed values, and what services have learnt about it.
fn what_hangs_on(record: &Record) -> Vec<Step> {
    let delete = |bucket, key| Step::Delete { bucket, key };
    match record {
        Record::Project(_) | Record::Host(_) => Vec::new(),
        Record::Credential(credential) => credential::delete_values(credential),
        // What workers keep of it they delete themselves, as soon as it is not registered any more.
        Record::Repository(_) => Vec::new(),
        Record::Endpoint(endpoint) => {
            let (project, name) = (&endpoint.project, &endpoint.name);
            let sealed = endpoint.secrets.iter().map(|secret| {
                let key = keys::hook_secret(project, name, &secret.id, secret.version);
                delete(keys::HOOK_SECRETS, key)
            });
            let state = delete(keys::ENDPOINT_STATE, record.key());
            sealed.chain([state]).collect()
        }
    }
}
