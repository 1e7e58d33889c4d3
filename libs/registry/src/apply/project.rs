//! A project that is declared.

use sluice_events::v1;

use super::Decided;
use crate::{Problem, Record, Snapshot, project};

/// Decides what becomes of it.
pub(super) fn plan(declared: &v1::Project, records: &Snapshot) -> Result<Decided, Vec<Problem>> {
    let problems = project::check(declared);
    if !problems.is_empty() {
        return Err(problems);
    }
    let existing = records.project(&declared.name).map(Record::Project);
    let record = Record::Project(declared.clone());
    Ok(Decided::put(existing, record, Vec::new()))
}
