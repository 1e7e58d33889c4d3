//! Hosts and keys for tests.

use std::time::Duration;

use serde_json::{Value, json};
use sluice_events::v1::{self, SecretKind};
use sluice_hosts::{Budget, Host, HostApi, Key, NewHook, Pace, Place, Settings};
use sluice_registry::Plaintext;

use crate::scripted::{Reply, Scripted};

/// What must not be seen anywhere.
pub(crate) const TOKEN: &str = "glpat-h/nter+2%tops3cret";

pub(crate) fn token() -> Key {
    Key::Token(Plaintext::new(TOKEN))
}

/// Bounds for tests: nothing is waited for that is not the matter.
pub(crate) fn settings() -> Settings {
    Settings {
        call: Duration::from_secs(20),
        backoff: Duration::from_millis(1),
        local: true,
        ..Settings::default()
    }
}

pub(crate) fn budget() -> Budget {
    Budget::new(Pace {
        calls_per_hour: u32::MAX,
        share_percent: 100,
    })
}

pub(crate) fn record(provider: &str, url: &str) -> v1::Host {
    v1::Host {
        name: "corp".into(),
        provider: provider.into(),
        url: url.into(),
        ..v1::Host::default()
    }
}

pub(crate) fn host(provider: &str, scripted: &Scripted, settings: Settings) -> Host {
    Host::new(&record(provider, &scripted.url), settings, budget()).unwrap()
}

/// The API of such a host, with the token.
pub(crate) fn api(provider: &str, scripted: &Scripted) -> Box<dyn HostApi> {
    host(provider, scripted, settings()).open(&token()).unwrap()
}

/// A repository as Gitea describes it.
pub(crate) fn web() -> Value {
    json!({
        "id": 17,
        "full_name": "acme/web",
        "default_branch": "main",
        "html_url": "https://git.corp/acme/web",
        "private": true,
        "empty": false,
        "owner": {"login": "acme", "id": 3},
        "permissions": {"admin": true, "push": true, "pull": true},
        "a_field_that_nobody_knows": {"x": [1, null]},
    })
}

pub(crate) fn found() -> Reply {
    Reply::json(200, web())
}

/// Where hooks are installed.
pub(crate) fn repository() -> Place {
    Place::Repository {
        id: "17".into(),
        full_name: "acme/web".into(),
    }
}

/// An organization or group.
pub(crate) fn owner() -> Place {
    Place::Owner {
        name: "acme".into(),
    }
}

/// A hook with a secret of every kind.
pub(crate) fn new_hook() -> NewHook {
    let kinds = [SecretKind::Hmac, SecretKind::Token, SecretKind::Signing];
    NewHook {
        url: "https://sluice.example/hooks/4f0c".into(),
        secrets: kinds
            .map(|kind| (kind, Plaintext::new(secret(kind))))
            .into(),
    }
}

/// The secret of a kind.
pub(crate) fn secret(kind: SecretKind) -> String {
    format!("hook-s3cret-{}", kind.as_str_name())
}
