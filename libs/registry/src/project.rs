//! Projects: who owns records.

use sluice_events::v1;

use crate::{label, problem::Problem};

/// The project that is always there.
pub const DEFAULT_PROJECT: &str = "default";

/// Longest description, in bytes.
const MAX_DESCRIPTION: usize = 1000;

/// The project [`DEFAULT_PROJECT`], where nobody described it.
pub(crate) fn predefined(name: &str) -> Option<v1::Project> {
    (name == DEFAULT_PROJECT).then(|| v1::Project {
        name: name.to_owned(),
        ..Default::default()
    })
}

/// Says what is wrong with a project.
pub(crate) fn check(project: &v1::Project) -> Vec<Problem> {
    let mut problems = Vec::from_iter(label::check("metadata.name", &project.name));
    if project.description.len() > MAX_DESCRIPTION {
        problems.push(Problem::new(
            "spec.description",
            format!("it is longer than {MAX_DESCRIPTION} bytes"),
            "shorten it",
        ));
    }
    problems
}
