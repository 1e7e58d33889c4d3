//! The API of a repository's host, opened for what is to be done there.

use sluice_bus::Records;
use sluice_events::v1;
use sluice_registry::{credential_of, keys, may_open};
use sluice_repositories::Registered;

use crate::{apps::At, fault::Fault, handler::Connector, hosts::Opened, reach::Shown};

impl Connector {
    /// Opens the API to read. `None`: the repository's credential opens no API, only the repository.
    pub(crate) async fn open(&self, registered: &Registered) -> Result<Option<Opened>, Fault> {
        let Some(app) = self.app_of(registered).await? else {
            return self.hosts.open(registered);
        };
        let (at, owner) = (at(registered), owner(&registered.record.full_name));
        let acting = self.apps.to_read(self.hosts.all(), at, app, owner).await?;
        self.hosts.open_as(at, acting)
    }

    /// The same repository with the right to take care of its webhook. What is no App has had all its rights before.
    pub(crate) async fn to_hook(
        &self,
        registered: &Registered,
        shown: Shown,
    ) -> Result<Shown, Fault> {
        let Some(app) = shown.opened.app().cloned() else {
            return Ok(shown);
        };
        let repository = &shown.repository;
        let of = (owner(&repository.full_name), repository.id.as_str());
        let at = at(registered);
        let acting = self.apps.to_hook(self.hosts.all(), at, app, of).await?;
        let opened = self.hosts.open_as(at, acting)?;
        Ok(match opened {
            Some(opened) => Shown { opened, ..shown },
            None => shown,
        })
    }

    /// The repository's credential, if that is an App: also where no token of it was made yet for others to fetch with.
    async fn app_of(&self, registered: &Registered) -> Result<Option<v1::Credential>, Fault> {
        let record = &registered.record;
        if let Ok(credential) = &registered.credential {
            let record = credential.as_ref().map(|credential| &credential.record);
            return Ok(record.filter(|record| record.app.is_some()).cloned());
        }
        let (project, name) = credential_of(record);
        let credentials = Records::<v1::Credential>::new(&self.bus, keys::CREDENTIALS);
        let found = credentials.get(&keys::credential(project, name)).await?;
        let found = found.map(|found| found.record).filter(|found| {
            found.app.is_some() && found.host == registered.host.name && may_open(found, record)
        });
        Ok(found)
    }
}

fn at(registered: &Registered) -> At<'_> {
    At {
        host: &registered.host,
        revision: registered.versions.host,
    }
}

/// Whose a repository is.
fn owner(full_name: &str) -> &str {
    full_name.split('/').next().unwrap_or_default()
}
