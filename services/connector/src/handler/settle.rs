//! What came of a look: noted in the record, said where it is news, and told to those who asked.

use sluice_bus::Records;
use sluice_events::{
    Timestamp, token,
    v1::{
        Connection, ConnectionProblem, ConnectionProblemKind, ConnectionRequest, ConnectionStatus,
        HookAction, OperationOutcome, OperationState, RegisteredRepository, WebhookKind,
    },
};
use sluice_registry::keys;
use sluice_repositories::Registered;

use super::{Connector, Ended, basis};
use crate::{
    fault::{Again, Fault},
    hook::age,
    report::{Report, after},
    retries,
    state::Standing,
    whose::Whose,
};

impl Connector {
    /// Notes what came of it, says so, and lets the repository go.
    pub(super) async fn settle(
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
