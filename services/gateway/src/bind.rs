//! Binding a delivery to its endpoint: what it speaks of must be what the endpoint is for.

use sluice_events::v1::{Scope, scope::Of};
use sluice_providers::{Happening, Observation};

/// Whether an observation is in an endpoint's scope.
///
/// Names compare without case, as hosts compare them. A delivery that names nothing, such as an organization's ping,
/// is in every scope but a repository's — unless it is a ping, which says nothing about any repository.
pub(crate) fn in_scope(scope: Option<&Scope>, observation: &Observation) -> bool {
    let full_name = observation
        .repository
        .as_ref()
        .map(|repository| repository.full_name.as_str());
    let owner = full_name.map_or(observation.owner.as_str(), |name| {
        name.split('/').next().unwrap_or_default()
    });
    match scope.and_then(|scope| scope.of.as_ref()) {
        Some(Of::Repository(expected)) => match full_name {
            Some(name) => same(name, expected),
            None => is_ping(observation),
        },
        Some(Of::Owner(expected)) => {
            same(owner, expected) || (owner.is_empty() && is_ping(observation))
        }
        Some(Of::Host(true)) => true,
        Some(Of::Host(false)) | None => false,
    }
}

fn is_ping(observation: &Observation) -> bool {
    matches!(observation.happenings.as_slice(), [Happening::Ping(_)])
}

fn same(name: &str, expected: &str) -> bool {
    !name.is_empty() && name.to_lowercase() == expected.to_lowercase()
}

#[cfg(test)]
mod tests {
    use sluice_events::v1;
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

    fn check(of: Of, full_name: Option<&str>, owner: &str) -> bool {
        let other = Happening::Other(v1::OtherEvent::default());
        in_scope(
            Some(&Scope { of: Some(of) }),
            &observed(full_name, owner, other),
        )
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
    fn a_host_has_everything_and_no_scope_nothing() {
        assert!(check(Of::Host(true), Some("any/thing"), ""));
        assert!(!check(Of::Host(false), Some("any/thing"), ""));
        let other = observed(Some("a/b"), "", Happening::Other(v1::OtherEvent::default()));
        assert!(!in_scope(None, &other));
    }

    #[test]
    fn a_ping_that_names_nothing_is_welcome() {
        let ping = || observed(None, "", Happening::Ping(v1::PingEvent::default()));
        assert!(in_scope(
            Some(&Scope {
                of: Some(Of::Repository("acme/web".into()))
            }),
            &ping()
        ));
        assert!(in_scope(
            Some(&Scope {
                of: Some(Of::Owner("acme".into()))
            }),
            &ping()
        ));
    }
}
