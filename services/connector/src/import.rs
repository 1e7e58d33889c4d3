//! Many repositories at once: those of an owner at a host, by a rule. Each becomes a record, and is connected as any other.
//!
//! An import is listed from its first page again after whatever interrupted it: what is registered already is known by
//! the host's id of it.

use std::{collections::HashSet, sync::Arc};

use sluice_bus::{RecordError, Records};
use sluice_events::{
    Timestamp,
    v1::{ConnectionProblem, ConnectionProblemKind, Import, ImportStatus, RegisteredRepository},
};
use sluice_hosts::HostRepository;
use sluice_registry::{default_url, keys, matches_glob, repository_label};

use crate::{
    fault::{Again, Fault},
    handler::Connector,
    hosts::Opened,
    retries,
    state::claim,
};

/// Most names that are tried for a repository whose own is taken.
const NAMES: usize = 100;

/// An import in our hand.
pub(crate) struct Running {
    key: String,
    revision: u64,
    record: Import,
    /// What is registered in the project already: `<host> <host's id>` and `<host>/<full name>`.
    registered: HashSet<String>,
}

impl Connector {
    /// Lists an import's repositories and registers them, unless another replica does.
    pub(crate) async fn import(&self, key: &str) -> Result<(), Fault> {
        let Some(mut running) = self.take_import(key).await? else {
            return Ok(());
        };
        match self.list(&mut running).await {
            Ok(()) => {
                let record = &mut running.record;
                record.set_status(ImportStatus::Listed);
                (record.problem, record.failures) = (None, 0);
                record.finished_at = Some(Timestamp::now());
                record.due_at = record
                    .follow
                    .then(|| retries::next_check(Timestamp::now(), self.limits.interval, key));
            }
            Err(Fault::Host { problem, again }) => self.import_failed(&mut running, problem, again),
            Err(fault) => return Err(fault),
        }
        running.record.claim = None;
        self.put_import(&mut running).await
    }

    async fn take_import(&self, key: &str) -> Result<Option<Running>, Fault> {
        let found = self.imports().get(key).await?;
        let Some(found) = found.filter(|found| {
            let claimed = found.record.claim.as_ref().and_then(|claim| claim.until);
            claimed.is_none_or(|until| until <= Timestamp::now())
        }) else {
            return Ok(None);
        };
        let mut record = found.record;
        record.set_status(ImportStatus::Listing);
        record.started_at = Some(Timestamp::now());
        (record.seen, record.known, record.skipped) = (0, 0, 0);
        let registered = self.registered_in(&record.project);
        let mut running = Running {
            key: key.to_owned(),
            revision: found.revision,
            record,
            registered,
        };
        match self.hold_import(&mut running).await {
            Ok(()) => Ok(Some(running)),
            Err(Fault::Bus(reason)) => {
                tracing::debug!(reason, "an import is in another hand");
                Ok(None)
            }
            Err(fault) => Err(fault),
        }
    }

    fn registered_in(&self, project: &str) -> HashSet<String> {
        let all = self.repositories.all();
        let own = all.iter().filter(|one| one.record.project == project);
        own.flat_map(|one| marks(&one.record.host, &one.record.host_id, &one.record.full_name))
            .collect()
    }

    async fn list(&self, running: &mut Running) -> Result<(), Fault> {
        let import = &running.record;
        let (host, credential) = self
            .openers
            .open(
                &import.host,
                &import.project,
                &import.credential,
                &import.owner,
            )
            .await?;
        let opened = self
            .hosts
            .open_with(&host.record, host.revision, &credential)?;
        let opened = opened.ok_or_else(|| {
            let what = format!("the credential `{}` opens no API", import.credential);
            Fault::mend(
                ConnectionProblemKind::Credential,
                what,
                "import with a token",
            )
        })?;
        let owner = import.owner.clone();
        let mut from = None;
        loop {
            let page = opened.api.of_owner(&owner, from.as_ref()).await?;
            for shown in page.items {
                self.take(running, &opened, shown).await?;
            }
            self.hold_import(running).await?;
            match page.next {
                Some(next) => from = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// Registers one of them, if it is meant and new.
    async fn take(
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
        let below = below.to_owned();
        if self
            .register(&running.record, opened, &shown, &below)
            .await?
        {
            running.record.registered += 1;
        } else {
            running.record.known += 1;
        }
        running.registered.extend(ours);
        Ok(())
    }

    /// Writes its record under the first name that is free. False: it is there already.
    async fn register(
        &self,
        import: &Import,
        opened: &Opened,
        shown: &HostRepository,
        below: &str,
    ) -> Result<bool, Fault> {
        let label = repository_label(below).unwrap_or_else(|| format!("r{}", shown.id));
        let records = Records::<RegisteredRepository>::new(&self.bus, keys::REPOSITORIES);
        for number in 1..=NAMES {
            let name = match number {
                1 => label.clone(),
                more => format!(
                    "{}-{more}",
                    label.get(..label.len().min(58)).unwrap_or(&label)
                ),
            };
            let record = RegisteredRepository {
                url: default_url(opened.host_record(), &shown.full_name).unwrap_or_default(),
                project: import.project.clone(),
                host: import.host.clone(),
                full_name: shown.full_name.clone(),
                credential: import.credential.clone(),
                mirror: import.mirror,
                host_id: shown.id.clone(),
                webhook: import.webhook,
                level: import.level,
                import: import.name.clone(),
                name,
                ..RegisteredRepository::default()
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

    fn import_failed(&self, running: &mut Running, problem: ConnectionProblem, again: Again) {
        tracing::warn!(
            import = running.key,
            problem = problem.message,
            "an import does not go on"
        );
        let record = &mut running.record;
        record.failures = record.failures.saturating_add(1);
        record.due_at = match again {
            Again::Later(earliest) => Some(retries::at(
                Timestamp::now(),
                self.limits.first_pause,
                record.failures,
                earliest,
            )),
            Again::Changed => None,
        };
        record.set_status(ImportStatus::Failed);
        record.problem = Some(problem);
    }

    fn imports(&self) -> Records<Import> {
        Records::new(&self.bus, keys::IMPORTS)
    }

    async fn hold_import(&self, running: &mut Running) -> Result<(), Fault> {
        running.record.claim = Some(claim(self.connections.ours()));
        self.put_import(running).await
    }

    async fn put_import(&self, running: &mut Running) -> Result<(), Fault> {
        let (key, record) = (&running.key, &running.record);
        let imports = self.imports();
        running.revision = imports.put(key, record, Some(running.revision)).await?;
        Ok(())
    }
}

/// By what a repository is known to be registered.
fn marks(host: &str, id: &str, full_name: &str) -> Vec<String> {
    let name = format!("{host}/{}", full_name.to_lowercase());
    let id = (!id.is_empty()).then(|| format!("{host} {id}"));
    id.into_iter().chain([name]).collect()
}

/// Runs what is due, one after the other, until told to stop.
pub(crate) async fn follow(
    connector: Arc<Connector>,
    stopping: tokio_util::sync::CancellationToken,
) {
    let mut imports = connector.imports().watch();
    let mut known = std::collections::HashMap::<String, Import>::new();
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(500));
    while !stopping.is_cancelled() {
        tokio::select! {
            () = stopping.cancelled() => {}
            change = imports.next() => match change {
                sluice_bus::Change::Put(put) => drop(known.insert(put.key, put.record)),
                sluice_bus::Change::Deleted(key) => drop(known.remove(&key)),
                _ => {}
            },
            _ = tick.tick() => {
                let now = Timestamp::now();
                let due = known.iter().find(|(_, import)| is_due(import, now));
                let Some(key) = due.map(|(key, _)| key.clone()).filter(|_| connector.repositories.is_read()) else {
                    continue;
                };
                if let Err(Fault::Bus(reason)) = connector.import(&key).await {
                    tracing::warn!(import = key, reason, "an import was interrupted");
                }
                // What came of it is told by the watch.
                known.remove(&key);
            }
        }
    }
}

/// Whether an import has to go on now: it is new, its time has come, or whoever had it in hand died.
fn is_due(import: &Import, now: Timestamp) -> bool {
    let claimed = import.claim.as_ref().and_then(|claim| claim.until);
    match claimed {
        Some(until) => until <= now,
        None => {
            import.status() == ImportStatus::Unspecified
                || import.due_at.is_some_and(|at| at <= now)
        }
    }
}
