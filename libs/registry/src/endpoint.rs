//! Endpoints: the rules for all but their secrets.

mod id;

use sluice_events::v1::{self, scope::Of};

pub use id::{check_endpoint_id, new_endpoint_id};

use crate::{
    full_name::{self, is_path},
    label,
    problem::{Problem, quoted},
    repository::check_host_id,
};

/// Most secrets of one endpoint: every delivery is tried against all of them.
pub const MAX_SECRETS: usize = 16;

/// Says what is wrong with an endpoint's own fields.
pub(crate) fn check(endpoint: &v1::Endpoint) -> Vec<Problem> {
    let of = endpoint.scope.as_ref().and_then(|scope| scope.of.as_ref());
    label::check("metadata.name", &endpoint.name)
        .into_iter()
        .chain(label::check("metadata.project", &endpoint.project))
        .chain(check_endpoint_id(&endpoint.id).err())
        .chain(check_scope(of))
        .chain(check_host_id(
            "spec.scope.hostId",
            &endpoint.repository_host_id,
        ))
        .chain(check_repository(endpoint, of))
        .collect()
}

/// What it is made for is what it takes.
fn check_repository(endpoint: &v1::Endpoint, of: Option<&Of>) -> Option<Problem> {
    if matches!(of, Some(Of::Repository(_))) {
        return match endpoint.repository.as_str() {
            "" => None,
            name => label::check("spec.repository", name),
        };
    }
    let says = |place: &str, what: &str| {
        let what = format!("only an endpoint whose scope is a repository has {what}");
        Some(Problem::new(place, what, "leave it out"))
    };
    match (&*endpoint.repository, &*endpoint.repository_host_id) {
        ("", "") => None,
        ("", _) => says("spec.scope.hostId", "the id of one"),
        _ => says("spec.repository", "one"),
    }
}

fn check_scope(of: Option<&Of>) -> Option<Problem> {
    match of {
        None | Some(Of::Host(false)) => Some(Problem::new(
            "spec.scope",
            "it says nothing",
            "say one of {owner: acme}, {repository: acme/web}, {host: true}",
        )),
        Some(Of::Host(true)) => None,
        Some(Of::Owner(name)) => (!is_path(name) || name.contains('/')).then(|| {
            Problem::new(
                "spec.scope.owner",
                format!("{} is not an owner", quoted(name)),
                "name the top-level group, organization or user, without a slash",
            )
        }),
        Some(Of::Repository(name)) => full_name::check("spec.scope.repository", name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_an_owner_a_repository_or_the_host() {
        for fits in [
            Of::Owner("acme".into()),
            Of::Repository("acme/web".into()),
            Of::Repository("a/b/c".into()),
            Of::Host(true),
        ] {
            assert_eq!(check_scope(Some(&fits)), None);
        }
        for wrong in [
            Of::Owner("".into()),
            Of::Owner("a/b".into()),
            Of::Owner("a b".into()),
            Of::Repository("web".into()),
            Of::Repository("a//b".into()),
            Of::Repository("/a/b".into()),
            Of::Host(false),
        ] {
            assert!(check_scope(Some(&wrong)).is_some(), "{wrong:?}");
        }
        assert!(check_scope(None).is_some());
    }
}
