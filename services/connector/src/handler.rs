//! A repository that needs work: look at it, converge, say what changed.

use std::sync::Arc;

use sluice_bus::{Bus, Records};
use sluice_events::{
    Timestamp, token,
    v1::{
        Connection, ConnectionBasis, ConnectionProblem, ConnectionProblemKind, ConnectionRequest,
        ConnectionStatus, HookAction, OperationOutcome, OperationState, RegisteredRepository,
        WebhookKind,
    },
};
use sluice_git::Git;
use sluice_registry::{SealingKeys, keys};
use sluice_repositories::{Registered, Repositories};

use crate::{
    apps::Apps,
    config::Limits,
    endpoint::Endpoints,
    fault::{Again, Fault},
    hook::{Proved, age, unproved},
    hosts::{Hosts, no_api},
    openers::Openers,
    report::{Report, after},
    retries,
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

    /// Makes it what its record says. `seen` is the record as it is afterwards.
    async fn connect(
        &self,
        seen: &mut Registered,
        standing: &mut Standing,
    ) -> Result<Ended, Fault> {
        if self.only_waited(seen, standing).await? {
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

    /// Whether everything was well but for the proof, which has come: then the host has nothing to tell that is news.
    async fn only_waited(&self, seen: &Registered, standing: &mut Standing) -> Result<bool, Fault> {
        let before = &standing.before;
        let only = before.status() == ConnectionStatus::Unproved
            && before.requests.is_empty()
            && before.obsolete.is_empty()
            && before.intent.is_none()
            && before.due_at.is_some_and(|due| due > Timestamp::now())
            && before.basis.as_ref() == Some(&basis(seen, &self.hooks_url));
        if !only {
            return Ok(false);
        }
        standing.record.steps.clone_from(&standing.before.steps);
        self.note_proof(Whose::Repository(seen), standing).await
    }

    /// Notes what came of it, says so, and lets the repository go.
    async fn settle(
        &self,
        mut seen: Registered,
        mut standing: Standing,
        ended: Result<Ended, Fault>,
    ) -> Result<(), Fault> {
        let (state, reason) = match ended {
            Ok(Ended::Gone(left)) => {
                let requests = std::mem::take(&mut standing.record.requests);
                self.answer(&requests, OperationState::Done, &left.join("; "))
                    .await?;
                return Ok(self.connections.delete(&standing).await?);
            }
            Ok(Ended::Stands(status, problem)) => {
                age::note(&mut standing.record, &seen.record);
                self.note_stands(&mut standing, &seen.key, status, problem);
                (OperationState::Done, String::new())
            }
            Err(Fault::Host { problem, again }) => {
                let reason = self.note_failed(&mut standing, &seen.key, problem, again);
                (OperationState::Failed, reason)
            }
            Err(fault @ Fault::Bus(_)) => {
                // As far as it came stands in the record; whoever is next goes on from there.
                let _ = self.connections.release(&mut standing).await;
                return Err(fault);
            }
        };
        self.say(&seen, &standing).await?;
        self.suspend(&mut seen, &standing).await?;
        standing.record.basis = Some(basis(&seen, &self.hooks_url));
        self.let_go(&mut standing, state, &reason).await
    }

    /// Notes that it stands so, and when it is looked at again.
    pub(crate) fn note_stands(
        &self,
        standing: &mut Standing,
        key: &str,
        status: ConnectionStatus,
        problem: Option<ConnectionProblem>,
    ) {
        let now = Timestamp::now();
        let record = &mut standing.record;
        (record.failures, record.due_at) = match status {
            ConnectionStatus::Unproved => {
                let failures = record.failures.saturating_add(1);
                let due = retries::at(now, self.limits.proof_pause, failures, None);
                (failures, Some(due))
            }
            _ => {
                // At the latest when its webhook has been used long enough.
                let usual = self.next_check(key);
                let expires_at = record.hook.as_ref().and_then(|hook| hook.expires_at);
                (0, Some(expires_at.map_or(usual, |at| at.min(usual))))
            }
        };
        standing.stands(status, problem);
    }

    /// When something is looked at again though nobody asks for it.
    pub(crate) fn next_check(&self, key: &str) -> Timestamp {
        retries::next_check(Timestamp::now(), self.limits.interval, key)
    }

    /// Notes what went wrong, and when it is tried again; returns what they are told who asked.
    pub(crate) fn note_failed(
        &self,
        standing: &mut Standing,
        key: &str,
        problem: ConnectionProblem,
        again: Again,
    ) -> String {
        let record = &mut standing.record;
        record.failures = record.failures.saturating_add(1);
        let (first, failures) = (self.limits.first_pause, record.failures);
        record.due_at = match again {
            Again::Later(earliest) => {
                Some(retries::at(Timestamp::now(), first, failures, earliest))
            }
            Again::Usual => Some(self.next_check(key)),
            Again::Changed => None,
        };
        let reason = format!("{}; {}", problem.message, problem.remedy);
        let status = status_of(&standing.before, &problem);
        standing.stands(status, Some(problem));
        reason
    }

    /// Tells those who asked what came of it, and lets it go.
    pub(crate) async fn let_go(
        &self,
        standing: &mut Standing,
        state: OperationState,
        reason: &str,
    ) -> Result<(), Fault> {
        let answered = standing.before.requests.clone();
        self.answer(&answered, state, reason).await?;
        let is_answered = |request: &ConnectionRequest| {
            let mut answered = answered.iter();
            answered.any(|known| known.operation_id == request.operation_id)
        };
        standing
            .record
            .requests
            .retain(|request| !is_answered(request));
        standing.record.checked_at = Some(Timestamp::now());
        Ok(self.connections.release(standing).await?)
    }

    /// Has workers leave it alone while it is suspended, and take it up again once somebody has agreed (rule S26).
    async fn suspend(&self, seen: &mut Registered, standing: &Standing) -> Result<(), Fault> {
        let problem = standing.record.problem.as_ref();
        let suspended = match standing.record.status() {
            ConnectionStatus::Suspended => problem.map_or("", |problem| &problem.message),
            ConnectionStatus::Active | ConnectionStatus::Unproved => "",
            // Whatever else is wrong says nothing of that.
            _ => return Ok(()),
        };
        if seen.record.suspended == suspended {
            return Ok(());
        }
        suspended.clone_into(&mut seen.record.suspended);
        let records = Records::<RegisteredRepository>::new(&self.bus, keys::REPOSITORIES);
        let put = records.put(&seen.key, &seen.record, Some(seen.versions.repository));
        seen.versions.repository = put.await?;
        Ok(())
    }

    /// Says what is news.
    async fn say(&self, seen: &Registered, standing: &Standing) -> Result<(), Fault> {
        let report = Report {
            bus: &self.bus,
            whose: Whose::Repository(seen),
        };
        let (before, now) = (&standing.before, &standing.record);
        let occasion = after(before);
        let works = |connection: &Connection| connection.status() == ConnectionStatus::Active;
        match &now.problem {
            None if !works(before) => report.gained(&occasion, now.since).await?,
            Some(problem) if works(before) && !works(now) => {
                report.lost(&occasion, problem).await?
            }
            _ => {}
        }
        let failed = now.problem.as_ref().filter(|_| !works(now));
        let known = before.problem.as_ref().map(|problem| problem.kind);
        if let Some(problem) = failed.filter(|problem| Some(problem.kind) != known) {
            tracing::warn!(
                repository = seen.key,
                problem = problem.message,
                "a repository is not connected"
            );
            let wanted = seen.record.webhook() == WebhookKind::Managed;
            if wanted && now.status() == ConnectionStatus::Inactive {
                report
                    .failed(HookAction::Install, &occasion, problem)
                    .await?;
            }
        }
        Ok(())
    }

    /// Journals what became of requests.
    pub(crate) async fn answer(
        &self,
        requests: &[ConnectionRequest],
        state: OperationState,
        reason: &str,
    ) -> Result<(), Fault> {
        let outcomes = Records::<OperationOutcome>::new(&self.bus, keys::OPERATIONS);
        for request in requests {
            let key = token::encode(&request.operation_id);
            let known = outcomes.get(&key).await?;
            let outcome = OperationOutcome {
                principal: request.principal.clone(),
                verb: format!("connector.{}", request.verb),
                state: state.into(),
                reason: reason.to_owned(),
                at: Some(Timestamp::now()),
            };
            let revision = known.map(|known| known.revision);
            outcomes.put(&key, &outcome, revision).await?;
        }
        Ok(())
    }
}

/// How a repository with this problem stands.
fn status_of(before: &Connection, problem: &ConnectionProblem) -> ConnectionStatus {
    match problem.kind() {
        ConnectionProblemKind::Moved => ConnectionStatus::Suspended,
        // That the host wants us to wait says nothing of the repository.
        ConnectionProblemKind::Limit => match before.status() {
            ConnectionStatus::Unspecified => ConnectionStatus::Connecting,
            known => known,
        },
        _ => ConnectionStatus::Inactive,
    }
}

/// What a repository is looked at with.
pub(crate) fn basis(registered: &Registered, hooks_url: &str) -> ConnectionBasis {
    // An App's tokens come and go, and it stays the same.
    let credential = registered.credential.as_ref().ok().and_then(Option::as_ref);
    let app = credential.and_then(|credential| credential.record.app.as_ref());
    ConnectionBasis {
        repository_revision: registered.versions.repository,
        host_revision: registered.versions.host,
        credential_version: app.map_or(registered.versions.credential, |app| app.key_version),
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
