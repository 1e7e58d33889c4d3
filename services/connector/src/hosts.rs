//! The APIs of hosts, opened with the credentials of repositories.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sluice_events::v1::{self, ConnectionProblemKind};
use sluice_hosts::{ApiError, Host, HostApi, Identity, Settings};
use sluice_repositories::{Credential, Registered};
use tokio::time::Instant;

use crate::{
    SERVICE,
    apps::{Acting, At, of_app},
    fault::Fault,
};

/// How long it is believed who a credential is.
const BELIEVED: Duration = Duration::from_secs(10 * 60);

/// A wait that is longer than this is not waited for with a repository in hand.
const BUSY: Duration = Duration::from_secs(1);

/// How many credentials' identities are kept.
const IDENTITIES: usize = 10_000;

/// All hosts that were spoken with, and who we are there.
pub(crate) struct Hosts {
    hosts: sluice_hosts::Hosts,
    identities: Mutex<HashMap<Who, (Identity, Instant)>>,
}

/// A credential: project, name, version.
type Who = (String, String, u64);

/// A host's API as a repository's credential opens it.
pub(crate) struct Opened {
    pub(crate) host: Host,
    pub(crate) api: Box<dyn HostApi>,
    record: v1::Host,
    credential: v1::Credential,
    who: Who,
    /// The credential, and who it is, where it is an App.
    app: Option<(v1::Credential, Identity)>,
}

impl Opened {
    /// Whether the credential may be used for a repository (rule S5).
    pub(crate) fn may_open(&self, record: &v1::RegisteredRepository) -> bool {
        sluice_registry::may_open(&self.credential, record)
    }

    /// The host's record.
    pub(crate) fn host_record(&self) -> &v1::Host {
        &self.record
    }

    /// The credential, where it is an App.
    pub(crate) fn app(&self) -> Option<&v1::Credential> {
        self.app.as_ref().map(|(record, _)| record)
    }

    /// The credential that opens it.
    pub(crate) fn credential(&self) -> &v1::Credential {
        self.app().unwrap_or(&self.credential)
    }

    /// Why something could not be done.
    pub(crate) fn fault(&self, error: ApiError) -> Fault {
        match self.app() {
            Some(app) => of_app(error, app, &self.record),
            None => error.into(),
        }
    }
}

impl Hosts {
    pub(crate) fn new(local: bool, clock: u32) -> Self {
        let settings = Settings {
            local,
            ..Settings::default()
        };
        Self {
            hosts: sluice_hosts::Hosts::new(settings, SERVICE.name).with_clocks(clock),
            identities: Mutex::default(),
        }
    }

    /// Opens the API of a repository's host. `None`: its credential opens no API, only the repository.
    pub(crate) fn open(&self, registered: &Registered) -> Result<Option<Opened>, Fault> {
        let credential = registered.credential.as_ref().map_err(Clone::clone)?;
        let Some(credential) = credential else {
            return Ok(None);
        };
        self.open_with(&registered.host, registered.versions.host, credential)
    }

    /// The same of a host, whose record has this revision.
    pub(crate) fn open_with(
        &self,
        host: &v1::Host,
        revision: u64,
        credential: &Credential,
    ) -> Result<Option<Opened>, Fault> {
        let record = &credential.record;
        let opened = self
            .hosts
            .open(host, revision, Some((record, &credential.value)))?;
        Ok(opened.map(|opened| Opened {
            host: opened.host,
            api: opened.api,
            record: host.clone(),
            credential: record.clone(),
            who: (record.project.clone(), record.name.clone(), record.version),
            app: None,
        }))
    }

    /// The same by a token that an App has made.
    pub(crate) fn open_as(&self, at: At<'_>, acting: Acting) -> Result<Option<Opened>, Fault> {
        let opened = self.open_with(at.host, at.revision, &acting.credential)?;
        let app = Some((acting.credential.record, acting.identity));
        Ok(opened.map(|opened| Opened { app, ..opened }))
    }

    /// All hosts, without anybody's credential.
    pub(crate) fn all(&self) -> &sluice_hosts::Hosts {
        &self.hosts
    }

    /// How long a host shall be left alone; zero: not at all.
    pub(crate) fn busy_for(&self, host: &str) -> Duration {
        long(self.hosts.wait(host))
    }

    /// How long a host shall be asked to make nothing; zero: not at all.
    pub(crate) fn takes_nothing_new_for(&self, host: &str) -> Duration {
        long(self.hosts.wait_to_create(host))
    }

    /// Who a credential is, as the host said lately.
    pub(crate) async fn whoami(&self, opened: &Opened) -> Result<Identity, Fault> {
        if let Some((_, identity)) = &opened.app {
            return Ok(identity.clone());
        }
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

/// What is shorter is waited for with a repository in hand.
fn long(wait: Duration) -> Duration {
    if wait > BUSY { wait } else { Duration::ZERO }
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
