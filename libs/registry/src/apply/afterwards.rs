//! What an object that changes does to repositories that are not declared beside it.

use std::collections::BTreeSet;

use super::{Outcome, Verb};
use crate::{Kind, Object, Problem, Snapshot, credential_of, repository};

/// Says which repositories do not go together any more with a host or a credential that changes.
pub(super) fn check(outcomes: &[Outcome], desired: &Snapshot) -> Vec<Problem> {
    let changed: BTreeSet<_> = outcomes
        .iter()
        .filter(|outcome| outcome.verb == Verb::Configured)
        .map(|outcome| &outcome.object)
        .collect();
    let needs = [Kind::Host, Kind::Credential];
    if !changed.iter().any(|object| needs.contains(&object.kind)) {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for one in desired.repositories() {
        let host = Object::new(Kind::Host, "", &one.host);
        let credential = {
            let (project, name) = credential_of(one);
            Object::new(Kind::Credential, project, name)
        };
        if !changed.contains(&host) && !changed.contains(&credential) {
            continue;
        }
        let credential = desired.opener_of(one);
        let found = desired
            .host(&one.host)
            .map(|host| repository::check(one, &host, credential));
        let object = Object::new(Kind::Repository, &one.project, &one.name);
        let found = found.into_iter().flatten();
        problems.extend(found.map(|problem| problem.within(&object)));
    }
    problems
}
