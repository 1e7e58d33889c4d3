//! The names of the KV buckets and of what stands in them.
//!
//! Every part of a key is one token, so that a key says unambiguously whose it is and permissions can be given by
//! project.

use sluice_events::token;

/// Bucket of [`Project`](sluice_events::v1::Project)s.
pub const PROJECTS: &str = "projects";
/// Bucket of [`Host`](sluice_events::v1::Host)s.
pub const HOSTS: &str = "hosts";
/// Bucket of [`Endpoint`](sluice_events::v1::Endpoint)s.
pub const ENDPOINTS: &str = "endpoints";
/// Bucket of the [`SealedValue`](sluice_events::v1::SealedValue)s of endpoints' secrets. History 1: what was replaced
/// is gone.
pub const HOOK_SECRETS: &str = "hook-secrets";
/// Bucket of [`EndpointState`](sluice_events::v1::EndpointState)s, written by the gateways.
pub const ENDPOINT_STATE: &str = "endpoint-state";

/// Key of a project: `<project>`.
pub fn project(name: &str) -> String {
    token::encode(name)
}

/// Key of a host: `<host>`.
pub fn host(name: &str) -> String {
    token::encode(name)
}

/// Key of an endpoint, and of its state: `<project>.<name>`.
pub fn endpoint(project: &str, name: &str) -> String {
    format!("{}.{}", token::encode(project), token::encode(name))
}

/// Key of one version of one secret of an endpoint: `<project>.<endpoint>.<secret id>.<version>`.
pub fn hook_secret(project: &str, endpoint: &str, secret: &str, version: u64) -> String {
    format!(
        "{}.{}.{version}",
        self::endpoint(project, endpoint),
        token::encode(secret)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_from_the_outside_in() {
        assert_eq!(project("payments"), "payments");
        assert_eq!(host("gitlab-corp"), "gitlab-corp");
        assert_eq!(endpoint("default", "acme"), "default.acme");
        assert_eq!(
            hook_secret("default", "acme", "hmac", 7),
            "default.acme.hmac.7"
        );
    }

    #[test]
    fn no_name_reaches_into_another_key() {
        assert_eq!(endpoint("a.b", "c"), "a=2Eb.c");
        assert_ne!(endpoint("a.b", "c"), endpoint("a", "b.c"));
        assert_eq!(hook_secret("a", ">", "*", 1), "a.=3E.=2A.1");
    }
}
