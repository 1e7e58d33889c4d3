//! Whether every repository is in step.

use sluice_bus::Bus;
use sluice_declared::Declared;

use super::{super::repositories::Standing, Finding};
use crate::way::Status;

/// A finding for each that is not; else one for all.
pub(super) async fn look(bus: &Bus, declared: &Declared) -> Vec<Finding> {
    let (mut findings, mut count) = (Vec::new(), 0);
    for repository in declared.snapshot.repositories() {
        count += 1;
        let name = format!("{}/{}", repository.project, repository.name);
        let fix = match Status::of_repository(bus, repository).await {
            Ok(status) => match Standing::of(repository.clone(), status).problem() {
                Some(problem) => (
                    problem,
                    "mend what it says and apply, or look again by `sluice repositories sync`",
                ),
                None => continue,
            },
            Err(error) => (error.to_string(), "see nats and topology above"),
        };
        findings.push(Finding::bad(
            "repositories",
            format!("{name}: {}", fix.0),
            fix.1,
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::good(
            "repositories",
            format!("{count} declared, none of them fails"),
        ));
    }
    findings
}
