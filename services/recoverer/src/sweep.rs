//! One sweep: reads a repository's refs, and publishes what was missing in two sweeps in a row.
//!
//! Between what a host shows and the webhook that tells of it lies a while, and a host's own replicas lag: so what is
//! found missing once is only suspected, and looked at again when the grace is over.

use std::time::Duration;

use sluice_bus::{Bus, LookupError, consume::Failure, topology::ConsumerSpec};
use sluice_events::{
    Timestamp, refs_of,
    v1::{GitProblem, SyncFailure},
};
use sluice_git::{Advertised, Git, GitError};
use sluice_hosts::Hosts;
use sluice_repositories::{Refs, Registered, Repositories, wake};

use crate::{
    SERVICE,
    config::Limits,
    gaps::{Move, missed},
    known::{Knowledge, Known},
    pace, report,
};

/// For how long a repository is nobody else's when somebody begins to sweep it.
pub(crate) const CLAIM: Duration = Duration::from_secs(2 * 60);

/// Why sync is woken: from now on what is pushed is compared.
const FIRST: &str = "first-sweep";

/// Most moves that one sweep publishes or suspects; what is more comes with the next.
const MOST: usize = 500;

/// What sweeps need.
pub(crate) struct Sweeper {
    pub(crate) bus: Bus,
    /// The consumer of events.
    pub(crate) spec: ConsumerSpec,
    pub(crate) git: Git,
    pub(crate) hosts: Hosts,
    pub(crate) repositories: Repositories,
    pub(crate) known: Known,
    pub(crate) limits: Limits,
}

impl Sweeper {
    /// Sweeps a repository if it is due. Gives what came of it, as a word for metrics.
    pub(crate) async fn sweep(&self, registered: &Registered) -> &'static str {
        let swept = async {
            let Some(claimed) = self.claim(registered).await? else {
                return Ok("not_due");
            };
            let listed = match &registered.remote {
                Ok(remote) => self.git.ls_remote(remote).await,
                Err(error) => Err(error.clone()),
            };
            match listed {
                Ok(listed) => self.compare(registered, &listed, claimed).await,
                Err(error) => self.failed(registered, &error).await,
            }
        };
        match swept.await {
            Ok(word) => word,
            Err(Failure::Retry(reason) | Failure::Reject(reason)) => {
                tracing::debug!(repository = registered.key, reason, "a sweep is done again");
                self.again(registered).await;
                "again"
            }
        }
    }

    /// Takes the repository for itself for a while, if it is due. Gives until when.
    async fn claim(&self, registered: &Registered) -> Result<Option<Timestamp>, Failure> {
        let mut knowledge = self.read(registered).await?;
        let now = Timestamp::now();
        let record = &mut knowledge.record;
        // Whether one that waits for somebody has waited enough is the schedule's to judge.
        if record.halt.is_none() && record.due_at.is_some_and(|due| due > now) {
            return Ok(None);
        }
        record.halt = None;
        let claimed = now.plus(CLAIM);
        record.due_at = Some(claimed);
        self.known.write(knowledge).await?;
        Ok(Some(claimed))
    }

    /// Compares what the host shows with what is known.
    async fn compare(
        &self,
        registered: &Registered,
        listed: &Advertised,
        claimed: Timestamp,
    ) -> Result<&'static str, Failure> {
        // Before what is known is read: so it has everything that was told until then.
        if self.lags(registered).await? {
            return Err(Failure::Retry(
                "events of it are still to be handled".into(),
            ));
        }
        let mut knowledge = self.read(registered).await?;
        // Somebody asked meanwhile for an earlier look: of something that this one may not have seen.
        let asked = knowledge.record.due_at.filter(|due| *due < claimed);
        let now = Timestamp::now();
        let refs: Refs = listed
            .refs
            .iter()
            .map(|at| (at.name.clone(), at.oid))
            .collect();
        let outcome = if knowledge.record.baseline {
            let head = listed.head.as_ref().map(|head| head.short().into_owned());
            let head = head.unwrap_or_default();
            self.tell(registered, &head, &mut knowledge, &refs).await?
        } else {
            knowledge.refs = refs;
            knowledge.record.baseline = true;
            knowledge.record.pending.clear();
            // A push that came after sync has looked and before we have is nobody's: sync looks once more.
            wake(&self.bus, SERVICE.name, registered, FIRST, &[])
                .await
                .map_err(|error| Failure::Retry(error.to_string()))?;
            "first"
        };
        let record = &mut knowledge.record;
        (record.failure, record.failures) = (None, 0);
        record.swept_at = Some(now);
        record.due_at = Some(if record.suspected.is_empty() {
            pace::next(record, &self.limits, now, chance())
        } else {
            now.plus(self.limits.grace)
        });
        if let Some(asked) = asked {
            knowledge.due(asked);
        }
        self.known.write(knowledge).await?;
        Ok(outcome)
    }

    /// Whether events of its refs are stored that were not handled yet.
    async fn lags(&self, registered: &Registered) -> Result<bool, Failure> {
        let retry = |error: LookupError| Failure::Retry(error.to_string());
        let handled = self.bus.handled(&self.spec).await.map_err(retry)?;
        let refs = refs_of(&registered.address());
        let next = self.bus.read_forward(&self.spec.stream, &refs, handled + 1);
        Ok(!next.await.map_err(retry)?.is_empty())
    }

    /// Publishes what was missing before, too, and suspects the rest.
    async fn tell(
        &self,
        registered: &Registered,
        head: &str,
        knowledge: &mut Knowledge,
        now: &Refs,
    ) -> Result<&'static str, Failure> {
        let missed = missed(&knowledge.refs, &knowledge.pending(), now);
        let suspected = knowledge.suspected();
        let (certain, mut fresh): (Vec<_>, Vec<_>) = missed
            .into_iter()
            .partition(|moved| suspected.contains(moved));
        fresh.truncate(MOST);
        for moved in &certain {
            self.publish(registered, head, knowledge, moved).await?;
            knowledge.stands(&moved.name, now.get(&moved.name).copied());
        }
        knowledge.settle(now);
        knowledge.suspect(&fresh);
        if !certain.is_empty() {
            knowledge.record.missed_at = Some(Timestamp::now());
            return Ok("missed");
        }
        Ok(if fresh.is_empty() {
            "same"
        } else {
            "suspected"
        })
    }

    async fn publish(
        &self,
        registered: &Registered,
        head: &str,
        knowledge: &Knowledge,
        moved: &Move,
    ) -> Result<(), Failure> {
        let host_id = &knowledge.record.host_id;
        if report::publish(&self.bus, registered, host_id, head, moved).await? {
            metrics::counter!("sluice_recovered_events_total").increment(1);
            tracing::warn!(
                repository = registered.key,
                r#ref = %moved.name.lossy(),
                "no webhook told of a move; it is published as recovered"
            );
        }
        Ok(())
    }

    async fn failed(
        &self,
        registered: &Registered,
        error: &GitError,
    ) -> Result<&'static str, Failure> {
        let mut knowledge = self.read(registered).await?;
        let now = Timestamp::now();
        let record = &mut knowledge.record;
        let same = record
            .failure
            .take()
            .filter(|failure| failure.problem() == error.problem);
        let is_elsewhere = matches!(error.problem, GitProblem::NotFound | GitProblem::Address);
        if let Some(repository) = record.repository.as_mut()
            && is_elsewhere
            && same.is_none()
        {
            // Perhaps it has another name: its id knows.
            repository.due_at = Some(now);
        }
        if same.is_none() {
            tracing::warn!(
                repository = registered.key,
                problem = error.message,
                "the refs of a repository cannot be read"
            );
        }
        record.failure = Some(SyncFailure {
            problem: error.problem.into(),
            message: error.message.clone(),
            since: same.map_or(Some(now), |failure| failure.since),
        });
        record.failures = record.failures.saturating_add(1);
        record.halt = error.needs_somebody().then(|| registered.versions.halt());
        record.due_at = Some(pace::next(record, &self.limits, now, chance()));
        self.known.write(knowledge).await?;
        Ok("failed")
    }

    /// Somebody knew more than we did, or the bus was away: looks anew before the claim is over, if that can be noted.
    async fn again(&self, registered: &Registered) {
        let soon = async {
            let mut knowledge = self.read(registered).await?;
            knowledge.due(Timestamp::now().plus(self.limits.grace));
            self.known.write(knowledge).await
        };
        if let Err(Failure::Retry(reason) | Failure::Reject(reason)) = soon.await {
            tracing::debug!(
                repository = registered.key,
                reason,
                "it waits for the end of the claim"
            );
        }
    }

    pub(crate) async fn read(&self, registered: &Registered) -> Result<Knowledge, Failure> {
        let read = self.known.read(&registered.key).await;
        read.map_err(|error| Failure::Retry(error.to_string()))
    }
}

/// From 0 to 1.
pub(crate) fn chance() -> f64 {
    let number = getrandom::u32().unwrap_or(u32::MAX / 2);
    f64::from(number) / f64::from(u32::MAX)
}
