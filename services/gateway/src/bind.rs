//! Binding a delivery to its endpoint: what it speaks of must be what the endpoint is for.

use sluice_events::v1::{Endpoint, scope::Of};
use sluice_providers::{Happening, Observation, ObservedRepository};

/// Whether an observation is in an endpoint's scope.
///
/// Names compare without case, as hosts compare them. A delivery that names nothing, such as an organization's ping,
/// is in every scope but a repository's — unless it is a ping, which says nothing about any repository.
///
/// Where the host's own id of the repository is known, it decides: a repository that was renamed is still the one, and
/// one that took its name, or was made from a template together with its webhook, is not.
pub(crate) fn in_scope(endpoint: &Endpoint, observation: &Observation) -> bool {
    let repository = observation.repository.as_ref();
    let full_name = repository.map(|repository| repository.full_name.as_str());
    let owner = full_name.map_or(observation.owner.as_str(), |name| {
        name.split('/').next().unwrap_or_default()
    });
    match endpoint.scope.as_ref().and_then(|scope| scope.of.as_ref()) {
        Some(Of::Repository(expected)) => match repository {
            Some(found) if knows_id(endpoint, found) => {
                found.host_id == endpoint.repository_host_id
            }
            Some(found) => same(&found.full_name, expected),
            None => is_ping(observation),
        },
        Some(Of::Owner(expected)) => {
            same(owner, expected) || (owner.is_empty() && is_ping(observation))
        }
        Some(Of::Host(true)) => true,
        Some(Of::Host(false)) | None => false,
    }
}

/// Whether a repository in the endpoint's scope is told of under a name that it had before, too. Whoever may sign may
/// write any name there: an endpoint of an owner has its say below that owner, one of a repository where the id decides.
pub(crate) fn may_tell_under(endpoint: &Endpoint, observation: &Observation, name: &str) -> bool {
    match endpoint.scope.as_ref().and_then(|scope| scope.of.as_ref()) {
        Some(Of::Repository(_)) => observation
            .repository
            .as_ref()
            .is_some_and(|found| knows_id(endpoint, found)),
        Some(Of::Owner(expected)) => same(name.split('/').next().unwrap_or_default(), expected),
        Some(Of::Host(true)) => true,
        Some(Of::Host(false)) | None => false,
    }
}

fn knows_id(endpoint: &Endpoint, found: &ObservedRepository) -> bool {
    !endpoint.repository_host_id.is_empty() && !found.host_id.is_empty()
}

fn is_ping(observation: &Observation) -> bool {
    matches!(observation.happenings.as_slice(), [Happening::Ping(_)])
}

fn same(name: &str, expected: &str) -> bool {
    !name.is_empty() && name.to_lowercase() == expected.to_lowercase()
}

#[cfg(test)]
mod tests {
    use sluice_events::v1::{self, Scope};
    use sluice_providers::ObservedRepository;

    use super::*;

    fn observed(full_name: Option<&str>, owner: &str, happening: Happening) -> Observation {
        Observation {
            happenings: vec![happening],
            repository: full_name.map(|name| ObservedRepository {
                full_name: name.into(),
                ..ObservedRepository::default()
            }),
            owner: owner.into(),
            occurred_at: None,
            native_kind: String::new(),
            native_action: String::new(),
            sample: false,
        }
    }

    fn endpoint(of: Of) -> Endpoint {
        Endpoint {
            scope: Some(Scope { of: Some(of) }),
            ..Endpoint::default()
        }
    }

    fn check(of: Of, full_name: Option<&str>, owner: &str) -> bool {
        let other = Happening::Other(v1::OtherEvent::default());
        in_scope(&endpoint(of), &observed(full_name, owner, other))
    }

    #[test]
    fn s16_a_repository_is_known_by_its_id_where_that_is_known() {
        let by_id = |name: &str, id: &str| {
            let endpoint = Endpoint {
                repository_host_id: "17".into(),
                ..endpoint(Of::Repository("acme/web".into()))
            };
            let other = Happening::Other(v1::OtherEvent::default());
            let mut observation = observed(Some(name), "", other);
            if let Some(repository) = &mut observation.repository {
                repository.host_id = id.into();
            }
            in_scope(&endpoint, &observation)
        };
        assert!(by_id("acme/web", "17"));
        assert!(by_id("acme/site", "17"), "it was renamed");
        assert!(!by_id("acme/web", "18"), "another one has its name");
        assert!(!by_id("acme/copy", "18"), "it took the webhook along");
        assert!(by_id("acme/web", "") && !by_id("acme/copy", ""));
    }

    #[test]
    fn a_repository_is_itself_alone() {
        // XW12
        let web = || Of::Repository("acme/web".into());
        assert!(check(web(), Some("acme/web"), ""));
        assert!(check(web(), Some("Acme/Web"), ""));
        assert!(!check(web(), Some("acme/web2"), ""));
        assert!(!check(web(), Some("evil/web"), ""));
        assert!(!check(web(), None, "acme"));
    }

    #[test]
    fn an_owner_has_everything_below_it_and_nothing_beside() {
        let acme = || Of::Owner("acme".into());
        assert!(check(acme(), Some("acme/web"), ""));
        assert!(check(acme(), Some("acme/deep/er"), ""));
        assert!(check(acme(), None, "acme"));
        assert!(!check(acme(), Some("acme2/web"), ""));
        assert!(!check(acme(), None, ""));
    }

    #[test]
    fn s16_an_old_name_is_told_of_below_the_same_owner_or_where_the_id_decides() {
        let check = |of: Of, known: &str| {
            let endpoint = Endpoint {
                repository_host_id: known.into(),
                ..endpoint(of)
            };
            let other = Happening::Other(v1::OtherEvent::default());
            let mut observation = observed(Some("acme/web"), "", other);
            if let Some(repository) = &mut observation.repository {
                repository.host_id = "17".into();
            }
            ["acme/old", "evil/old"].map(|old| may_tell_under(&endpoint, &observation, old))
        };
        assert_eq!(check(Of::Owner("Acme".into()), ""), [true, false]);
        assert_eq!(check(Of::Repository("acme/web".into()), ""), [false, false]);
        assert_eq!(check(Of::Repository("acme/web".into()), "17"), [true, true]);
        assert_eq!(check(Of::Host(true), ""), [true, true]);
        assert_eq!(check(Of::Host(false), ""), [false, false]);
    }

    #[test]
    fn a_host_has_everything_and_no_scope_nothing() {
        assert!(check(Of::Host(true), Some("any/thing"), ""));
        assert!(!check(Of::Host(false), Some("any/thing"), ""));
        let other = observed(Some("a/b"), "", Happening::Other(v1::OtherEvent::default()));
        assert!(!in_scope(&Endpoint::default(), &other));
    }

    #[test]
    fn a_ping_that_names_nothing_is_welcome() {
        let ping = || observed(None, "", Happening::Ping(v1::PingEvent::default()));
        assert!(in_scope(
            &endpoint(Of::Repository("acme/web".into())),
            &ping()
        ));
        assert!(in_scope(&endpoint(Of::Owner("acme".into())), &ping()));
    }
}
