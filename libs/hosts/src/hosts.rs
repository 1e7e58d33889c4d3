//! All hosts that a service speaks with, each with its budget.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sluice_events::v1;
use sluice_registry::{Plaintext, host_share};

use crate::{
    ApiError, Budget, Host, HostApi, Key, Pace, Settings, creations, host::calls_per_hour,
};

/// All hosts that were spoken with.
#[derive(Debug)]
pub struct Hosts {
    settings: Settings,
    /// Who speaks with them.
    service: &'static str,
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
    /// As a service speaks with them, in its share of what each of them takes.
    #[must_use]
    pub fn new(settings: Settings, service: &'static str) -> Self {
        Self {
            settings,
            service,
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

    /// How long a host shall be left alone: it said so, or our share of it is used up.
    #[must_use]
    pub fn wait(&self, host: &str) -> Duration {
        self.budget_of(host)
            .map_or(Duration::ZERO, |budget| budget.wait())
    }

    /// The same for what would create something.
    #[must_use]
    pub fn wait_to_create(&self, host: &str) -> Duration {
        self.budget_of(host)
            .map_or(Duration::ZERO, |budget| budget.wait_to_create())
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

    fn budget_of(&self, host: &str) -> Option<Budget> {
        let known = self.known();
        known.get(host).map(|(_, host)| host.budget().clone())
    }

    /// Our share of what a host takes.
    fn pace(&self, record: &v1::Host) -> Pace {
        let calls = match record.calls_per_hour {
            0 => calls_per_hour(&record.provider),
            declared => declared,
        };
        Pace {
            calls_per_hour: calls.saturating_mul(self.clock),
            share_percent: u8::try_from(host_share(record, self.service)).unwrap_or(100),
        }
    }

    fn budget(&self, record: &v1::Host) -> Budget {
        let bounds = creations(&record.provider).iter();
        let bounds: Vec<_> = bounds
            .map(|(count, time)| (*count, *time / self.clock))
            .collect();
        Budget::new(self.pace(record)).creating(&bounds)
    }

    /// A host, whose record has this revision. One whose record changed is another one; what was spent there stays spent.
    ///
    /// # Errors
    /// If the host's API is not known, or its address may not be spoken to.
    pub fn host(&self, record: &v1::Host, revision: u64) -> Result<Host, ApiError> {
        let mut known = self.known();
        let budget = match known.get(&record.name) {
            Some((at, host)) if *at == revision => return Ok(host.clone()),
            Some((_, host)) => host.budget().clone(),
            None => self.budget(record),
        };
        budget.keep(self.pace(record));
        let host = Host::new(record, self.settings.clone(), budget)?;
        known.insert(record.name.clone(), (revision, host.clone()));
        Ok(host)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, (u64, Host)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
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
        Hosts::new(settings, "connector")
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

    #[test]
    fn a_hosts_record_says_how_often_it_is_called_and_by_whom() {
        let hosts = hosts();
        let paced = |record: &v1::Host| {
            let pace = hosts.pace(record);
            (pace.calls_per_hour, pace.share_percent)
        };
        assert_eq!(paced(&forge()), (18_000, 60));
        let github = v1::Host {
            provider: "github".into(),
            ..forge()
        };
        assert_eq!(paced(&github), (5_000, 60));
        let slow = v1::Host {
            calls_per_hour: 100,
            shares: [("connector".to_owned(), 10)].into(),
            ..forge()
        };
        assert_eq!(paced(&slow), (100, 10));
        // Ten an hour from now on, and ten at once.
        let budget = hosts.host(&forge(), 1).unwrap().budget().clone();
        hosts.host(&slow, 2).unwrap();
        let now = tokio::time::Instant::now();
        let mut calls = (0..).take_while(|_| budget.take(now, Duration::ZERO, false).is_ok());
        assert_eq!(calls.by_ref().take(100).count(), 10);
        assert!(hosts.wait("forge") > Duration::from_secs(350));
        assert!(hosts.wait("elsewhere").is_zero());
    }
}
