//! The APIs of hosts, opened with the credentials of repositories.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sluice_events::v1::{self, ConnectionProblemKind, CredentialKind};
use sluice_hosts::{Budget, Host, HostApi, Identity, Key, Pace, Settings, creations};
use sluice_repositories::{Credential, Registered};
use tokio::time::Instant;

use crate::fault::Fault;

/// How long it is believed who a credential is.
const BELIEVED: Duration = Duration::from_secs(10 * 60);

/// A wait that is longer than this is not waited for with a repository in hand.
const BUSY: Duration = Duration::from_secs(1);

/// How many credentials' identities are kept.
const IDENTITIES: usize = 10_000;

/// All hosts that were spoken with, each with its budget.
pub(crate) struct Hosts {
    settings: Settings,
    calls_per_hour: u32,
    /// How many times faster than ours hosts' clocks run.
    clock: u32,
    /// By the host's name; with the revision of its record.
    known: Mutex<HashMap<String, (u64, Host, Budget)>>,
    identities: Mutex<HashMap<Who, (Identity, Instant)>>,
}

/// A credential: project, name, version.
type Who = (String, String, u64);

/// A host's API as a repository's credential opens it.
pub(crate) struct Opened {
    pub(crate) host: Host,
    pub(crate) api: Box<dyn HostApi>,
    record: v1::Host,
    who: Who,
}

impl Opened {
    /// The host's record.
    pub(crate) fn host_record(&self) -> &v1::Host {
        &self.record
    }
}

impl Hosts {
    pub(crate) fn new(local: bool, calls_per_hour: u32, clock: u32) -> Self {
        Self {
            settings: Settings {
                local,
                ..Settings::default()
            },
            calls_per_hour,
            clock: clock.max(1),
            known: Mutex::default(),
            identities: Mutex::default(),
        }
    }

    /// Opens the API of a repository's host. `None`: its credential opens no API, only the repository.
    pub(crate) fn open(&self, registered: &Registered) -> Result<Option<Opened>, Fault> {
        let credential = registered.credential.as_ref().map_err(Clone::clone)?;
        let Some(credential) = credential else {
            return Ok(None);
        };
        match credential.record.kind() {
            CredentialKind::Token | CredentialKind::Password => {}
            CredentialKind::SshKey | CredentialKind::Unspecified => return Ok(None),
        }
        self.open_with(&registered.host, registered.versions.host, credential)
            .map(Some)
    }

    /// Opens the API of a host, whose record has this revision.
    pub(crate) fn open_with(
        &self,
        record: &v1::Host,
        revision: u64,
        credential: &Credential,
    ) -> Result<Opened, Fault> {
        let host = self.host(record, revision)?;
        let key = Key::of(record, &credential.record, credential.value.clone())?;
        let who = &credential.record;
        Ok(Opened {
            api: host.open(&key)?,
            host,
            record: record.clone(),
            who: (who.project.clone(), who.name.clone(), who.version),
        })
    }

    /// Whether a host shall be left alone for a moment: it said so, or our share of it is used up.
    pub(crate) fn is_busy(&self, host: &str) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let budget = known.get(host).map(|(_, _, budget)| budget.clone());
        budget.is_some_and(|budget| budget.wait_to_create() > BUSY)
    }

    /// A host whose record changed is another one; its budget stays.
    fn host(&self, record: &v1::Host, revision: u64) -> Result<Host, Fault> {
        let name = &record.name;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let budget = match known.get(name) {
            Some((at, host, _)) if *at == revision => return Ok(host.clone()),
            Some((_, _, budget)) => budget.clone(),
            None => self.budget(&record.provider),
        };
        let host = Host::new(record, self.settings.clone(), budget.clone())?;
        known.insert(name.clone(), (revision, host.clone(), budget));
        Ok(host)
    }

    /// Our share of what a host of that kind takes.
    fn budget(&self, provider: &str) -> Budget {
        let pace = Pace {
            calls_per_hour: self.calls_per_hour,
            share_percent: 100,
        };
        let bounds = creations(provider).iter();
        let bounds: Vec<_> = bounds
            .map(|(count, time)| (*count, *time / self.clock))
            .collect();
        Budget::new(pace).creating(&bounds)
    }

    /// Who a credential is, as the host said lately.
    pub(crate) async fn whoami(&self, opened: &Opened) -> Result<Identity, Fault> {
        if let Some((identity, at)) = self.identities().get(&opened.who)
            && at.elapsed() < BELIEVED
        {
            return Ok(identity.clone());
        }
        let identity = opened.api.whoami().await?;
        let mut identities = self.identities();
        if identities.len() >= IDENTITIES {
            identities.retain(|_, (_, at)| at.elapsed() < BELIEVED);
        }
        if identities.len() < IDENTITIES {
            identities.insert(opened.who.clone(), (identity.clone(), Instant::now()));
        }
        Ok(identity)
    }

    /// Asks anew next time.
    pub(crate) fn forget(&self, opened: &Opened) {
        self.identities().remove(&opened.who);
    }

    fn identities(&self) -> std::sync::MutexGuard<'_, HashMap<Who, (Identity, Instant)>> {
        self.identities
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// That there is no API to act by.
pub(crate) fn no_api(registered: &Registered) -> Fault {
    let what = match &registered.credential {
        Ok(Some(credential)) => format!(
            "its credential `{}` is an SSH key, which opens no API",
            credential.record.name
        ),
        _ => "it has no credential".to_owned(),
    };
    Fault::mend(
        ConnectionProblemKind::Rights,
        format!("its webhook cannot be installed: {what}"),
        "give it a token, or install the webhook by hand: `webhook: manual`",
    )
}
