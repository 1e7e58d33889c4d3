//! Credentials by their names, opened: for work that is about no registered repository yet.

use std::sync::Arc;

use sluice_bus::{Bus, Records};
use sluice_events::v1::{self, ConnectionProblemKind};
use sluice_registry::{OpeningKeys, effective_host, is_there_for, keys, open_credential};
use sluice_repositories::Credential;

use crate::{
    apps::{Apps, At},
    fault::Fault,
    hosts::{Hosts, Opened},
};

/// Opens credentials.
pub(crate) struct Openers {
    pub(crate) bus: Bus,
    pub(crate) opening: OpeningKeys,
    pub(crate) apps: Arc<Apps>,
    pub(crate) hosts: Arc<Hosts>,
}

impl Openers {
    /// The API of a host as a credential of a project opens it, an App by a token that reads what the owner has.
    pub(crate) async fn open(
        &self,
        host: &str,
        project: &str,
        name: &str,
        of: &str,
    ) -> Result<Opened, Fault> {
        let missing = |what: String| {
            Fault::mend(
                ConnectionProblemKind::Settings,
                what,
                "declare it, then import again",
            )
        };
        let hosts = Records::<v1::Host>::new(&self.bus, keys::HOSTS);
        let stored = hosts.get(&keys::host(host)).await?;
        let record = effective_host(host, stored.as_ref().map(|stored| &stored.record));
        let record = record.ok_or_else(|| missing(format!("there is no host `{host}`")))?;
        let credentials = Records::<v1::Credential>::new(&self.bus, keys::CREDENTIALS);
        let (owner, own_name) = name.split_once('/').unwrap_or((project, name));
        let found = credentials.get(&keys::credential(owner, own_name)).await?;
        // One of another project has to be granted (rule S5).
        let found =
            found.filter(|found| is_there_for(&found.record, project) && found.record.host == host);
        let found = found.ok_or_else(|| {
            missing(format!(
                "there is no credential `{name}` for the host `{host}`"
            ))
        })?;
        let credential = found.record;
        let at = At {
            host: &record,
            revision: stored.map_or(0, |stored| stored.revision),
        };
        let opened = if credential.app.is_some() {
            let hosts = self.hosts.all();
            let acting = self.apps.to_read(hosts, at, credential, of).await?;
            self.hosts.open_as(at, acting)?
        } else {
            let values = Records::<v1::SealedValue>::new(&self.bus, keys::CREDENTIAL_VALUES);
            let key = keys::credential_value(owner, own_name, credential.version);
            let sealed = values.get(&key).await?.map(|sealed| sealed.record);
            let value = open_credential(&credential, sealed, &self.opening)?;
            let record = credential;
            self.hosts
                .open_with(at.host, at.revision, &Credential { record, value })?
        };
        opened.ok_or_else(|| {
            let what = format!("the credential `{name}` opens no API");
            Fault::mend(
                ConnectionProblemKind::Credential,
                what,
                "import with a token",
            )
        })
    }
}
