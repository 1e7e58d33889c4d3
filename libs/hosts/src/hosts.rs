//! All hosts that a service speaks with, each with its budget.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sluice_events::v1;
use sluice_registry::Plaintext;

use crate::{ApiError, Budget, Host, HostApi, Key, Pace, Settings, creations};

/// All hosts that were spoken with.
#[derive(Debug)]
pub struct Hosts {
    settings: Settings,
    pace: Pace,
    /// How many times faster than ours their clocks run.
    clock: u32,
    /// By the host's name; with the revision of its record.
    known: Mutex<HashMap<String, (u64, Host)>>,
}

/// A host with its API, as a credential opens it.
pub struct Opened {
    /// The host.
    pub host: Host,
    /// Its API.
    pub api: Box<dyn HostApi>,
}

impl Hosts {
    /// With this pace at each of them.
    #[must_use]
    pub fn new(settings: Settings, pace: Pace) -> Self {
        Self {
            settings,
            pace,
            clock: 1,
            known: Mutex::default(),
        }
    }

    /// For tests: with hosts whose clocks run so many times faster than ours.
    #[must_use]
    pub fn with_clocks(self, faster: u32) -> Self {
        Self {
            clock: faster.max(1),
            ..self
        }
    }

    /// How long a host shall be left alone by what would create something: it said so, or our share of it is used up.
    #[must_use]
    pub fn wait_to_create(&self, host: &str) -> Duration {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let budget = known.get(host).map(|(_, host)| host.budget().clone());
        budget.map_or(Duration::ZERO, |budget| budget.wait_to_create())
    }

    /// Opens the API of a host, whose record has this revision. `None`: there is no credential, or it opens no API but only
    /// repositories.
    ///
    /// # Errors
    /// If the host's API is not known, its address may not be spoken to, or the credential is not for it.
    pub fn open(
        &self,
        record: &v1::Host,
        revision: u64,
        credential: Option<(&v1::Credential, &Plaintext)>,
    ) -> Result<Option<Opened>, ApiError> {
        let Some((credential, value)) = credential.filter(|(it, _)| Key::can_be(it)) else {
            return Ok(None);
        };
        let host = self.host(record, revision)?;
        let key = Key::of(record, credential, value.clone())?;
        let api = host.open(&key)?;
        Ok(Some(Opened { host, api }))
    }

    /// Our share of what a host of that kind takes.
    fn budget(&self, provider: &str) -> Budget {
        let bounds = creations(provider).iter();
        let bounds: Vec<_> = bounds
            .map(|(count, time)| (*count, *time / self.clock))
            .collect();
        Budget::new(self.pace).creating(&bounds)
    }

    /// A host, whose record has this revision. One whose record changed is another one; its budget stays.
    ///
    /// # Errors
    /// If the host's API is not known, or its address may not be spoken to.
    pub fn host(&self, record: &v1::Host, revision: u64) -> Result<Host, ApiError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let budget = match known.get(&record.name) {
            Some((at, host)) if *at == revision => return Ok(host.clone()),
            Some((_, host)) => host.budget().clone(),
            None => self.budget(&record.provider),
        };
        let host = Host::new(record, self.settings.clone(), budget)?;
        known.insert(record.name.clone(), (revision, host.clone()));
        Ok(host)
    }
}

#[cfg(test)]
mod tests {
    use sluice_events::v1::CredentialKind;

    use super::*;

    fn hosts() -> Hosts {
        let settings = Settings {
            local: true,
            ..Settings::default()
        };
        let pace = Pace {
            calls_per_hour: 60,
            share_percent: 100,
        };
        Hosts::new(settings, pace)
    }

    fn forge() -> v1::Host {
        v1::Host {
            name: "forge".into(),
            provider: "gitea".into(),
            url: "http://127.0.0.1:9".into(),
            ..v1::Host::default()
        }
    }

    fn opens(hosts: &Hosts, kind: CredentialKind) -> Option<Opened> {
        let credential = v1::Credential {
            host: "forge".into(),
            user: "me".into(),
            kind: kind.into(),
            ..v1::Credential::default()
        };
        let value = Plaintext::new("hunter2");
        let opened = hosts.open(&forge(), 1, Some((&credential, &value)));
        opened.unwrap()
    }

    #[test]
    fn what_opens_repositories_alone_opens_no_api() {
        let hosts = hosts();
        assert!(opens(&hosts, CredentialKind::Token).is_some());
        assert!(opens(&hosts, CredentialKind::Password).is_some());
        assert!(opens(&hosts, CredentialKind::SshKey).is_none());
        assert!(hosts.open(&forge(), 1, None).unwrap().is_none());
    }

    #[test]
    fn a_host_whose_record_changed_keeps_its_budget() {
        let hosts = hosts();
        let first = hosts.host(&forge(), 1).unwrap();
        let pause = std::time::Duration::from_secs(60);
        let now = tokio::time::Instant::now();
        first.budget().hold(now, pause);
        let changed = hosts.host(&forge(), 2).unwrap();
        assert!(!changed.budget().pause().is_zero());
    }
}
