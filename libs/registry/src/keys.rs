//! The names of the KV buckets and of what stands in them.
//!
//! Every part of a key is one token, so that a key says unambiguously whose it is and permissions can be given by
//! project.

use sluice_events::token::{self, Decoded};

use crate::{Kind, Object};

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
/// Bucket of [`RegisteredRepository`](sluice_events::v1::RegisteredRepository)s.
pub const REPOSITORIES: &str = "repositories";
/// Bucket of [`Credential`](sluice_events::v1::Credential)s, without their values.
pub const CREDENTIALS: &str = "credentials";
/// Bucket of the [`SealedValue`](sluice_events::v1::SealedValue)s of credentials. History 1: what was replaced is gone.
pub const CREDENTIAL_VALUES: &str = "credential-values";
/// Bucket of the [`SealedValue`](sluice_events::v1::SealedValue)s of what makes credentials: private keys of Apps. History
/// 1: what was replaced is gone.
pub const ISSUER_VALUES: &str = "issuer-values";
/// Bucket of [`AccessToken`](sluice_events::v1::AccessToken)s.
pub const ACCESS_TOKENS: &str = "access-tokens";
/// Bucket of [`SyncState`](sluice_events::v1::SyncState)s, written by sync under repositories' keys.
pub const SYNC_STATE: &str = "sync-state";
/// Bucket of the refs behind a sync state: parts of a table, under `<repository's key>.…`.
pub const SYNC_REFS: &str = "sync-refs";
/// Bucket of [`KnownRefs`](sluice_events::v1::KnownRefs), written by the recoverer under repositories' keys; parts of
/// their tables under `<repository's key>.…`.
pub const KNOWN_REFS: &str = "known-refs";

/// Their tables of refs, in parts.
pub const KNOWN_TABLES: &str = "known-tables";
/// Bucket of [`Connection`](sluice_events::v1::Connection)s, written by the connector under repositories' keys.
pub const CONNECTIONS: &str = "connections";
/// Bucket of [`Installation`](sluice_events::v1::Installation)s, kept by the connector under credentials' keys.
pub const INSTALLATIONS: &str = "installations";
/// Bucket of [`Import`](sluice_events::v1::Import)s, kept by the connector.
pub const IMPORTS: &str = "imports";
/// Bucket of [`OperationOutcome`](sluice_events::v1::OperationOutcome)s, under the ids of operations.
pub const OPERATIONS: &str = "operations";

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
    in_project(project, name)
}

/// Key of a repository, and of what services keep about it: `<project>.<name>`.
pub fn repository(project: &str, name: &str) -> String {
    in_project(project, name)
}

/// Key of an import: `<project>.<name>`.
pub fn import(project: &str, name: &str) -> String {
    in_project(project, name)
}

/// Key of the connection of an import, under which the webhook of its owner stands: `<project>.<name>.import`. No
/// repository's key has three parts.
pub fn import_connection(project: &str, name: &str) -> String {
    format!("{}.import", import(project, name))
}

/// Key of a credential: `<project>.<name>`.
pub fn credential(project: &str, name: &str) -> String {
    in_project(project, name)
}

/// Key of one version of a credential's value: `<project>.<name>.<version>`.
pub fn credential_value(project: &str, name: &str, version: u64) -> String {
    format!("{}.{version}", credential(project, name))
}

/// Key of one version of an App's private key: `<project>.<credential>.<version>`.
pub fn app_key(project: &str, credential: &str, version: u64) -> String {
    credential_value(project, credential, version)
}

/// Key of an access token: `<name>`.
pub fn access_token(name: &str) -> String {
    token::encode(name)
}

/// Key of one version of one secret of an endpoint: `<project>.<endpoint>.<secret id>.<version>`.
pub fn hook_secret(project: &str, endpoint: &str, secret: &str, version: u64) -> String {
    format!(
        "{}.{}.{version}",
        self::endpoint(project, endpoint),
        token::encode(secret)
    )
}

/// The object whose record stands in a bucket under a key; `None` where no record does.
pub fn object(bucket: &str, key: &str) -> Option<Object> {
    let kinds = Kind::ALL.into_iter();
    let kind = kinds.into_iter().find(|kind| kind.bucket() == bucket)?;
    let mut names = key.split('.').map(|token| match token::decode(token)? {
        Decoded::Name(name) => String::from_utf8(name).ok(),
        Decoded::Absent | Decoded::Hashed(_) => None,
    });
    let mut next = || names.next().flatten();
    let project = if kind.is_of_project() {
        next()?
    } else {
        String::new()
    };
    let object = Object::new(kind, &project, &next()?);
    names.next().is_none().then_some(object)
}

fn in_project(project: &str, name: &str) -> String {
    format!("{}.{}", token::encode(project), token::encode(name))
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
        assert_eq!(repository("default", "web"), "default.web");
        assert_eq!(credential("default", "bot"), "default.bot");
        assert_eq!(credential_value("default", "bot", 7), "default.bot.7");
        assert_eq!(access_token("ci"), "ci");
    }

    #[test]
    fn a_key_tells_whose_it_is() {
        let web = Object::new(Kind::Repository, "a.b", "web");
        let key = repository("a.b", "web");
        assert_eq!(object(REPOSITORIES, &key), Some(web));
        let corp = Object::new(Kind::Host, "", "corp");
        assert_eq!(object(HOSTS, &host("corp")), Some(corp));
        for (bucket, key) in [
            (REPOSITORIES, "web"),
            (REPOSITORIES, "a.b.c"),
            (REPOSITORIES, "a."),
            (HOSTS, "a.b"),
            (HOSTS, "="),
            (SYNC_STATE, "a.b"),
        ] {
            assert_eq!(object(bucket, key), None, "{bucket} {key}");
        }
    }

    #[test]
    fn no_name_reaches_into_another_key() {
        assert_eq!(endpoint("a.b", "c"), "a=2Eb.c");
        assert_ne!(endpoint("a.b", "c"), endpoint("a", "b.c"));
        assert_eq!(hook_secret("a", ">", "*", 1), "a.=3E.=2A.1");
        assert_eq!(credential_value("a", "b.1", 2), "a.b=2E1.2");
    }
}
