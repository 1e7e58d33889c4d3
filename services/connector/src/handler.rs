//! A repository that needs work: look at it, converge, say what changed.

mod settle;

use std::sync::Arc;

use sluice_bus::{Bus, Records};
use sluice_events::{
    Timestamp,
    v1::{
        Connection, ConnectionBasis, ConnectionProblem, ConnectionRequest, ConnectionStatus,
        OperationState, RegisteredRepository, WebhookKind,
    },
};
use sluice_git::Git;
use sluice_registry::{SealingKeys, keys};
use sluice_repositories::{Registered, Repositories};

use crate::{
    apps::Apps,
    config::Limits,
    endpoint::Endpoints,
    fault::Fault,
    hook::{Proved, age, unproved},
    hosts::{Hosts, no_api},
    openers::Openers,
    openings::version_of,
    state::{Connections, Standing},
    waits::Waits,
    whose::{Spot, Whose},
};

/// What work on all repositories shares.
pub(crate) struct Connector {
    pub(crate) bus: Bus,
    pub(crate) git: Git,
    pub(crate) repositories: Repositories,
    pub(crate) connections: Connections,
    pub(crate) hosts: Arc<Hosts>,
    pub(crate) openers: Openers,
    pub(crate) apps: Arc<Apps>,
    /// What the tokens of Apps are sealed to for other services.
    pub(crate) sealing: SealingKeys,
    pub(crate) endpoints: Endpoints,
    /// Address that hosts reach the gateway by. Empty: nobody has said.
    pub(crate) hooks_url: String,
    pub(crate) limits: Limits,
    /// Which imports wait for their host.
    pub(crate) waits: Waits,
}

/// What is to be done about a repository, or an import.
#[derive(Debug, PartialEq)]
pub(crate) enum Work {
    /// Remove it, since somebody asked for that.
    Remove(ConnectionRequest),
    /// Make it what its record says.
    Connect,
}

/// What came of it.
pub(crate) enum Ended {
    /// It stands so.
    Stands(ConnectionStatus, Option<ConnectionProblem>),
    /// It is removed, and this is left to be removed by hand.
    Gone(Vec<String>),
}

/// The oldest wish to remove it goes first: everything else is vain then.
pub(crate) fn decide(connection: &Connection) -> Work {
    let mut requests = connection.requests.iter();
    match requests.find(|request| ["remove", "end-import"].contains(&request.verb.as_str())) {
        Some(request) => Work::Remove(request.clone()),
        None => Work::Connect,
    }
}

/// How something stands whose webhook is kept.
pub(crate) fn stands(proved: Proved, standing: &Standing) -> Ended {
    match proved {
        Proved::Yes => Ended::Stands(ConnectionStatus::Active, None),
        Proved::NotYet => {
            let problem = unproved(standing);
            Ended::Stands(ConnectionStatus::Unproved, Some(problem))
        }
    }
}

impl Connector {
    /// Looks at a repository, unless another replica does.
    pub(crate) async fn look(&self, registered: &Registered) -> Result<(), Fault> {
        let claimed = self.connections.claim(&registered.key).await?;
        let Some(mut standing) = claimed else {
            return Ok(());
        };
        // What is not known yet of the record is no reason to do something at the host.
        let is_current = self.is_current(registered).await;
        if !matches!(is_current, Ok(true)) {
            self.connections.put_down(&mut standing).await?;
            is_current?;
            return Err(Fault::Bus("its record has changed just now".into()));
        }
        self.refuse_stale(registered, &mut standing).await?;
        let mut seen = registered.clone();
        let ended = match decide(&standing.record) {
            Work::Remove(request) => self
                .remove(registered, &mut standing, &request)
                .await
                .map(Ended::Gone),
            Work::Connect => self.connect(&mut seen, &mut standing).await,
        };
        let outcome = match &ended {
            Ok(Ended::Stands(..)) => "stands",
            Ok(Ended::Gone(_)) => "removed",
            Err(Fault::Host { .. }) => "failed",
            Err(Fault::Bus(_)) => "interrupted",
        };
        metrics::counter!("sluice_connections_looked_at_total", "outcome" => outcome).increment(1);
        self.settle(seen, standing, ended).await
    }

    /// Whether its record stands so in the bucket.
    async fn is_current(&self, registered: &Registered) -> Result<bool, Fault> {
        let records = Records::<RegisteredRepository>::new(&self.bus, keys::REPOSITORIES);
        let found = records.get(&registered.key).await?;
        let revision = found.map(|found| found.revision);
        Ok(revision == Some(registered.versions.repository))
    }

    /// Refuses to remove what is not any more what somebody has seen.
    async fn refuse_stale(
        &self,
        registered: &Registered,
        standing: &mut Standing,
    ) -> Result<(), Fault> {
        let present = registered.versions.repository;
        let is_stale = |request: &ConnectionRequest| ![0, present].contains(&request.revision);
        let stale = standing
            .record
            .requests
            .extract_if(.., |request| is_stale(request));
        let stale: Vec<_> = stale.collect();
        standing
            .before
            .requests
            .retain(|request| !is_stale(request));
        let reason = "it has changed meanwhile: read it again, and ask again";
        self.answer(&stale, OperationState::Refused, reason).await
    }

    /// Makes it what its record says. `seen` is the record as it is afterwards.
    async fn connect(
        &self,
        seen: &mut Registered,
        standing: &mut Standing,
    ) -> Result<Ended, Fault> {
        let basis = basis(seen, &self.hooks_url);
        let only_waits = only_waits(&standing.before, &basis, Timestamp::now());
        if only_waits {
            standing.record.steps.clone_from(&standing.before.steps);
        }
        // First, so that what has come wakes nobody again, whatever goes wrong.
        let proved = self.note_proof(Whose::Repository(seen), standing).await?;
        if only_waits && proved {
            return Ok(Ended::Stands(ConnectionStatus::Active, None));
        }
        let reached = self.reach(seen, standing).await?;
        *seen = reached.registered;
        age::note(&mut standing.record, &seen.record);
        let proved = match seen.record.webhook() {
            WebhookKind::Managed => {
                let shown = reached.shown.ok_or_else(|| no_api(seen))?;
                let shown = self.to_hook(seen, shown).await?;
                let spot = Spot::in_repository(seen, &shown);
                self.keep_hook(&spot, standing).await?
            }
            WebhookKind::Manual => self.wait_for_first(seen, standing).await?,
            WebhookKind::Shared => self.told_by_another(seen, standing).await?,
            WebhookKind::None | WebhookKind::Unspecified => {
                let whose = Whose::Repository(seen);
                self.unhook(whose, standing, false).await?;
                self.endpoints.delete(whose).await?;
                Proved::Yes
            }
        };
        Ok(stands(proved, standing))
    }
}

/// Whether everything was well with a repository but for the proof: once that has come, the host has nothing to tell that
/// is news.
pub(crate) fn only_waits(connection: &Connection, basis: &ConnectionBasis, now: Timestamp) -> bool {
    connection.status() == ConnectionStatus::Unproved
        && connection.requests.is_empty()
        && connection.obsolete.is_empty()
        && connection.intent.is_none()
        && connection.due_at.is_some_and(|due| due > now)
        && connection.basis.as_ref() == Some(basis)
}

/// What a repository is looked at with.
pub(crate) fn basis(registered: &Registered, hooks_url: &str) -> ConnectionBasis {
    let credential = registered.credential.as_ref().ok().and_then(Option::as_ref);
    let version = credential.map(|credential| version_of(&credential.record));
    ConnectionBasis {
        repository_revision: registered.versions.repository,
        host_revision: registered.versions.host,
        credential_version: version.unwrap_or(registered.versions.credential),
        base: hooks_url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k7_who_asks_for_removal_is_heard_first() {
        let request = |verb: &str| ConnectionRequest {
            verb: verb.into(),
            ..ConnectionRequest::default()
        };
        let asking = |verbs: &[&str]| Connection {
            requests: verbs.iter().map(|verb| request(verb)).collect(),
            ..Connection::default()
        };
        assert_eq!(decide(&asking(&[])), Work::Connect);
        assert_eq!(decide(&asking(&["recheck"])), Work::Connect);
        let work = decide(&asking(&["recheck", "remove", "renew"]));
        assert_eq!(work, Work::Remove(request("remove")));
    }
}
