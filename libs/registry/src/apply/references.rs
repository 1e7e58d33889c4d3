//! What a record names must be there.

use crate::{Problem, Snapshot, problem::quoted};

/// Most hosts that a message names.
const MAX_NAMED: usize = 20;

/// Says which of them is not: the project that it belongs to, the host that it is for.
pub(super) fn check(project: &str, host: &str, records: &Snapshot) -> Vec<Problem> {
    let mut problems = Vec::new();
    if records.project(project).is_none() {
        problems.push(Problem::new(
            "metadata.project",
            format!("there is no project {}", quoted(project)),
            "declare it, or leave it out for the project `default`",
        ));
    }
    if records.host(host).is_none() {
        let known = records.hosts().map(|host| host.name);
        let known: Vec<_> = known.take(MAX_NAMED).collect();
        problems.push(Problem::new(
            "spec.host",
            format!("there is no host {}", quoted(host)),
            format!("declare it, or use one of {}", known.join(", ")),
        ));
    }
    problems
}
