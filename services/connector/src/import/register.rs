//! Registering what an import has found.

use std::collections::HashSet;

use sluice_bus::{RecordError, Records};
use sluice_events::v1::{ConnectionProblemKind, RegisteredRepository};
use sluice_hosts::HostRepository;
use sluice_registry::{default_url, keys, matches_glob, repository_label, repository_of};

use super::Running;
use crate::{fault::Fault, handler::Connector, hosts::Opened};

/// Most names that are tried for a repository whose own is taken.
const NAMES: usize = 100;

impl Connector {
    /// What is registered in a project, by what it is known.
    pub(super) fn registered_in(&self, project: &str) -> HashSet<String> {
        let all = self.repositories.all();
        let own = all.iter().filter(|one| one.record.project == project);
        own.flat_map(|one| marks(&one.record.host, &one.record.host_id, &one.record.full_name))
            .collect()
    }

    /// Registers one of them, if it is meant and new.
    pub(super) async fn take(
        &self,
        running: &mut Running,
        opened: &Opened,
        shown: HostRepository,
    ) -> Result<(), Fault> {
        let import = &mut running.record;
        import.seen += 1;
        let below = shown
            .full_name
            .get(import.owner.len() + 1..)
            .unwrap_or(&shown.full_name);
        let meant = import.r#match.is_empty() || matches_glob(&import.r#match, below);
        if !meant || (shown.archived && !import.archived) {
            import.skipped += 1;
            return Ok(());
        }
        let ours = marks(&import.host, &shown.id, &shown.full_name);
        if ours.iter().any(|mark| running.registered.contains(mark)) {
            import.known += 1;
            return Ok(());
        }
        let record = RegisteredRepository {
            url: default_url(opened.host_record(), &shown.full_name).unwrap_or_default(),
            full_name: shown.full_name.clone(),
            host_id: shown.id.clone(),
            shared_endpoint: running.shared_endpoint.clone(),
            ..repository_of(import)
        };
        if !opened.may_open(&record) {
            // Its credential is not for it (rule S5): it could be listed, and never fetched.
            import.skipped += 1;
            return Ok(());
        }
        let label = repository_label(below).unwrap_or_else(|| format!("r{}", shown.id));
        match self.register(record, &label).await? {
            true => running.record.registered += 1,
            false => running.record.known += 1,
        }
        running.registered.extend(ours);
        Ok(())
    }

    /// Writes a record under the first name that is free. False: it is there already.
    async fn register(&self, record: RegisteredRepository, label: &str) -> Result<bool, Fault> {
        let records = Records::<RegisteredRepository>::new(&self.bus, keys::REPOSITORIES);
        for number in 1..=NAMES {
            let name = match number {
                1 => label.to_owned(),
                more => format!(
                    "{}-{more}",
                    label.get(..label.len().min(58)).unwrap_or(label)
                ),
            };
            let record = RegisteredRepository {
                name,
                ..record.clone()
            };
            let key = keys::repository(&record.project, &record.name);
            match records.put(&key, &record, None).await {
                Ok(_) => return Ok(true),
                Err(RecordError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            let other = records.get(&key).await?.map(|other| other.record);
            let same = |other: &RegisteredRepository| {
                other.host == record.host && other.host_id == record.host_id
            };
            if other.as_ref().is_some_and(same) {
                return Ok(false);
            }
        }
        let what = format!("{NAMES} repositories are called like `{label}`");
        let remedy = "register it by hand under another name";
        Err(Fault::mend(ConnectionProblemKind::Settings, what, remedy))
    }
}

/// By what a repository is known to be registered.
fn marks(host: &str, id: &str, full_name: &str) -> Vec<String> {
    let name = format!("{host}/{}", full_name.to_lowercase());
    let id = (!id.is_empty()).then(|| format!("{host} {id}"));
    id.into_iter().chain([name]).collect()
}
