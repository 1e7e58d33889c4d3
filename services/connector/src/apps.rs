//! Credentials that are Apps: whatever is done with one at its host is done by a token that it makes for that.
//!
//! What is only read is read with one token for each App and owner, which may read and nothing else; it is kept for two
//! thirds of its life. What changes something is done with a token for that repository and that right, which is made
//! for the occasion. Both are in memory alone. What other services fetch with is [`crate::installation`]'s matter.

mod fault;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use sluice_bus::{Bus, Records};
use sluice_events::v1::{self, ConnectionProblemKind};
use sluice_hosts::{App, AppKey, Hosts, Identity, Installation, Opens};
use sluice_registry::{OpeningKeys, Plaintext, keys, open_app_key};
use sluice_repositories::Credential;
use tokio::time::Instant;

pub(crate) use fault::of_app;

use crate::fault::Fault;

/// What is needed to look at repositories and to fetch them.
pub(crate) const READ: &[(&str, &str)] = &[("contents", "read"), ("metadata", "read")];

/// What is needed to take care of a repository's webhook.
const HOOKS: &[(&str, &str)] = &[("metadata", "read"), ("repository_hooks", "write")];

/// All Apps that were used.
pub(crate) struct Apps {
    values: Records<v1::SealedValue>,
    opening: OpeningKeys,
    /// By the credential's key.
    known: Mutex<HashMap<String, Arc<Known>>>,
}

/// An App whose private key was opened.
pub(crate) struct Known {
    /// What it was opened of: where that is the same, it is the same.
    of: Basis,
    /// The App at its host.
    pub(crate) app: App,
    /// What it reads with, by the owner in lower case.
    reading: tokio::sync::Mutex<HashMap<String, Reading>>,
}

/// The App, its installation, the version of its private key, and the revision of its host.
type Basis = (v1::CredentialApp, u64);

struct Reading {
    installation: Installation,
    token: Plaintext,
    until: Instant,
}

/// A credential that is an App, with a token of it, and who that is at the host.
pub(crate) struct Acting {
    pub(crate) credential: Credential,
    pub(crate) identity: Identity,
}

/// A host's record with its revision.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) host: &'a v1::Host,
    pub(crate) revision: u64,
}

impl Apps {
    /// Opens private keys of Apps with these keys, if there are any.
    pub(crate) fn of(bus: &Bus, opening: OpeningKeys) -> Self {
        Self {
            values: Records::new(bus, keys::ISSUER_VALUES),
            opening,
            known: Mutex::default(),
        }
    }

    /// To read what an owner has.
    pub(crate) async fn to_read(
        &self,
        hosts: &Hosts,
        at: At<'_>,
        record: v1::Credential,
        owner: &str,
    ) -> Result<Acting, Fault> {
        let known = self.known(hosts, at, &record).await?;
        let mut reading = known.reading.lock().await;
        let (name, now) = (owner.to_lowercase(), Instant::now());
        if let Some(fresh) = reading.get(&name).filter(|reading| now < reading.until) {
            return Ok(fresh.acting(record));
        }
        let installation = known.installation(&record, owner).await;
        let installation = installation.map_err(|error| of_app(error, &record, at.host))?;
        let opens = Opens {
            repositories: None,
            permissions: READ,
        };
        let minted = known.app.mint(&installation.id, opens).await;
        let minted = minted.map_err(|error| of_app(error, &record, at.host))?;
        let new = Reading {
            installation,
            token: minted.token,
            until: now + minted.life * 2 / 3,
        };
        let acting = new.acting(record);
        reading.insert(name, new);
        Ok(acting)
    }

    /// To take care of the webhook of a repository, which the host knows by this id.
    pub(crate) async fn to_hook(
        &self,
        hosts: &Hosts,
        at: At<'_>,
        record: v1::Credential,
        (owner, id): (&str, &str),
    ) -> Result<Acting, Fault> {
        let known = self.known(hosts, at, &record).await?;
        let installation = known.installation(&record, owner).await;
        let installation = installation.map_err(|error| of_app(error, &record, at.host))?;
        let ids = [id.to_owned()];
        let opens = Opens {
            repositories: Some(&ids),
            permissions: HOOKS,
        };
        let minted = known.app.mint(&installation.id, opens).await;
        let minted = minted.map_err(|error| of_app(error, &record, at.host))?;
        Ok(acting(record, &installation, minted.token))
    }

    /// Makes a new token for reading next time: the one that was made is not taken any more, or opens too little.
    pub(crate) async fn forget(&self, record: &v1::Credential) {
        let known = self.lock().get(&key(record)).cloned();
        if let Some(known) = known {
            known.reading.lock().await.clear();
        }
    }

    /// An App at its host, by its private key.
    pub(crate) async fn known(
        &self,
        hosts: &Hosts,
        at: At<'_>,
        record: &v1::Credential,
    ) -> Result<Arc<Known>, Fault> {
        let of = (record.app.clone().unwrap_or_default(), at.revision);
        let known = self.lock().get(&key(record)).cloned();
        if let Some(known) = known.filter(|known| known.of == of) {
            return Ok(known);
        }
        let app = hosts
            .host(at.host, at.revision)?
            .app(self.open(record).await?)?;
        let known = Arc::new(Known {
            of,
            app,
            reading: tokio::sync::Mutex::default(),
        });
        self.lock().insert(key(record), Arc::clone(&known));
        Ok(known)
    }

    async fn open(&self, record: &v1::Credential) -> Result<AppKey, Fault> {
        let app = record.app.as_ref();
        let (id, version) = app.map_or(("", 0), |app| (app.id.as_str(), app.key_version));
        if self.opening.is_empty() {
            return Err(Fault::mend(
                ConnectionProblemKind::Settings,
                format!(
                    "its credential `{}` is an App, and the connector has no key to open private keys of Apps with",
                    record.name
                ),
                "start the connector with the settings issuers-key and credentials-pub",
            ));
        }
        let place = keys::app_key(&record.project, &record.name, version);
        let sealed = self.values.get(&place).await?.map(|sealed| sealed.record);
        let pem = open_app_key(record, sealed, &self.opening)?;
        Ok(AppKey::new(id, &pem)?)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Known>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// The installation that a credential names, or that of an owner.
    pub(crate) async fn installation(
        &self,
        record: &v1::Credential,
        owner: &str,
    ) -> Result<Installation, sluice_hosts::ApiError> {
        let declared = record.app.as_ref().map(|app| app.installation.as_str());
        match declared.filter(|declared| !declared.is_empty()) {
            Some(id) => self.app.installation(id).await,
            None => self.app.installation_of(owner).await,
        }
    }
}

impl Reading {
    fn acting(&self, record: v1::Credential) -> Acting {
        acting(record, &self.installation, self.token.clone())
    }
}

fn acting(record: v1::Credential, installation: &Installation, token: Plaintext) -> Acting {
    Acting {
        identity: Identity {
            login: format!("{}[bot]", installation.slug),
            id: installation.id.clone(),
            scopes: None,
            // The App has no end, and its tokens' ends are nobody's concern.
            expires_at: None,
        },
        credential: Credential {
            record,
            value: token,
        },
    }
}

fn key(record: &v1::Credential) -> String {
    keys::credential(&record.project, &record.name)
}
