//! One question: what the host's API says of a repository, read by its id. What changed twice in a row the same way, and
//! no event told, is published.
//!
//! A repository that the API does not show may be deleted or hidden from the credential: hosts do not say which, so
//! neither do we. It is asked for again, and nothing is known of it until it is shown.

use std::time::Duration;

use sluice_bus::consume::Failure;
use sluice_events::{
    Timestamp,
    v1::{KnownRefs, KnownRepository, RepositoryEvent, RepositoryReading},
};
use sluice_hosts::{ApiError, HostRepository, Opened, Problem};
use sluice_repositories::Registered;
use tokio::time::timeout;

use crate::{
    became::missed,
    known::Knowledge,
    pace, report,
    sweep::{CLAIM, Sweeper, chance},
    told,
};

/// How long an answer may take, repeats and waits for the host's budget included.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why there is no answer.
struct Unanswered {
    reason: String,
    /// Whether asking again soon may help.
    may_pass: bool,
    /// Not before this, where the host says so.
    retry_at: Option<Timestamp>,
}

impl From<ApiError> for Unanswered {
    fn from(error: ApiError) -> Self {
        let may_pass = matches!(
            error.problem,
            Problem::Network
                | Problem::Timeout
                | Problem::RateLimited
                | Problem::Server
                | Problem::Answer
        );
        Self {
            reason: error.message,
            may_pass,
            retry_at: error.retry_at,
        }
    }
}

impl Sweeper {
    /// Asks for a repository if that is due. Gives what came of it, as a word for metrics.
    pub(crate) async fn ask(&self, registered: &Registered) -> &'static str {
        if self.is_paused(registered) {
            return "paused";
        }
        let asked = async {
            let Some(record) = self.claim_question(registered).await? else {
                return Ok("not_due");
            };
            let answer = timeout(PATIENCE, self.answer(registered, &record)).await;
            let late = |_| Unanswered {
                reason: "no answer in time".into(),
                may_pass: true,
                retry_at: None,
            };
            match answer.map_err(late).and_then(|answer| answer) {
                Ok(Some(now)) => self.compare_with(registered, now).await,
                // What opened it is gone since it was found due.
                Ok(None) => Ok("no_api"),
                Err(error) => self.unanswered(registered, &error).await,
            }
        };
        match asked.await {
            Ok(word) => word,
            Err(Failure::Retry(reason) | Failure::Reject(reason)) => {
                tracing::debug!(repository = registered.key, reason, "it is asked for again");
                self.ask_soon(registered).await;
                "again"
            }
        }
    }

    /// Takes the question for itself for a while, if it is due. Gives what is known.
    async fn claim_question(&self, registered: &Registered) -> Result<Option<KnownRefs>, Failure> {
        let mut knowledge = self.read(registered).await?;
        let now = Timestamp::now();
        let repository = knowledge.record.repository.get_or_insert_default();
        if repository.due_at.is_some_and(|due| due > now) {
            return Ok(None);
        }
        repository.due_at = Some(now.plus(CLAIM));
        let record = knowledge.record.clone();
        self.known.write(knowledge).await?;
        Ok(Some(record))
    }

    /// What the host says. `None`: the repository's credential opens no API.
    async fn answer(
        &self,
        registered: &Registered,
        record: &KnownRefs,
    ) -> Result<Option<RepositoryReading>, Unanswered> {
        let Some(Opened { api, .. }) = self.open(registered)? else {
            return Ok(None);
        };
        let found = match host_id(registered, record) {
            "" => api.by_name(&registered.record.full_name).await,
            id => api.by_id(id).await,
        };
        Ok(Some(reading(found?)))
    }

    /// Whether its host wants to hear nothing of us for a while.
    fn is_paused(&self, registered: &Registered) -> bool {
        let opened = self.open(registered).ok().flatten();
        opened.is_some_and(|opened| !opened.host.budget().pause().is_zero())
    }

    fn open(&self, registered: &Registered) -> Result<Option<Opened>, ApiError> {
        let Ok(Some(credential)) = &registered.credential else {
            return Ok(None);
        };
        let credential = Some((&credential.record, &credential.value));
        let revision = registered.versions.host;
        self.hosts.open(&registered.host, revision, credential)
    }

    async fn compare_with(
        &self,
        registered: &Registered,
        now: RepositoryReading,
    ) -> Result<&'static str, Failure> {
        let read_at = Timestamp::now();
        let mut knowledge = self.read(registered).await?;
        let repository = knowledge.record.repository.get_or_insert_default();
        repository.failures = 0;
        let known = repository.known.as_ref();
        let Some(known) = known.filter(|known| known.host_id == now.host_id) else {
            settle(repository, now, read_at);
            return self.answered(registered, knowledge, "first").await;
        };
        let since = repository.read_at.unwrap_or_default();
        // What was stored in the moment of the last reading may have been after it.
        let grace = i64::try_from(self.limits.grace.as_secs()).unwrap_or(i64::MAX);
        let since = Timestamp::from_seconds(since.seconds.saturating_sub(grace));
        let told = told::since(&self.bus, registered, [known, &now], since).await?;
        let missed = missed(known, &told, &now);
        let word = match repository.suspected.take() {
            _ if missed.is_empty() => {
                settle(repository, now, read_at);
                "same"
            }
            Some(suspected) if suspected == now => {
                for event in missed {
                    self.tell_of(registered, &now, event).await?;
                }
                settle(repository, now, read_at);
                "missed"
            }
            // A webhook may yet tell of it.
            _ => {
                repository.suspected = Some(now);
                "suspected"
            }
        };
        self.answered(registered, knowledge, word).await
    }

    /// Notes what is known now, and when it is asked for again.
    async fn answered(
        &self,
        registered: &Registered,
        mut knowledge: Knowledge,
        word: &'static str,
    ) -> Result<&'static str, Failure> {
        let repository = knowledge.record.repository.get_or_insert_default();
        let now = Timestamp::now();
        repository.due_at = Some(match repository.suspected {
            Some(_) => now.plus(self.limits.grace),
            None => pace::next_question(repository, &self.limits, now, chance()),
        });
        self.known.write(knowledge).await?;
        tracing::debug!(
            repository = registered.key,
            word,
            "the host was asked for it"
        );
        Ok(word)
    }

    async fn tell_of(
        &self,
        registered: &Registered,
        now: &RepositoryReading,
        event: RepositoryEvent,
    ) -> Result<(), Failure> {
        let action = event.action().word();
        if report::repository::publish(&self.bus, registered, now, event).await? {
            metrics::counter!("sluice_recovered_events_total").increment(1);
            tracing::warn!(
                repository = registered.key,
                action,
                "no webhook told what became of a repository; it is published as recovered"
            );
        }
        Ok(())
    }

    async fn unanswered(
        &self,
        registered: &Registered,
        error: &Unanswered,
    ) -> Result<&'static str, Failure> {
        let mut knowledge = self.read(registered).await?;
        let repository = knowledge.record.repository.get_or_insert_default();
        if repository.failures == 0 {
            tracing::warn!(
                repository = registered.key,
                problem = error.reason,
                "the host does not say what has become of a repository"
            );
        }
        repository.failures = repository.failures.saturating_add(1);
        let now = Timestamp::now();
        let latest = pace::later(&self.limits, now, chance());
        repository.due_at = Some(match error.may_pass {
            true => {
                let next = pace::next_question(repository, &self.limits, now, chance());
                next.max(error.retry_at.unwrap_or_default()).min(latest)
            }
            false => latest,
        });
        self.known.write(knowledge).await?;
        Ok("failed")
    }

    /// Asks again before the claim is over, if that can be noted.
    async fn ask_soon(&self, registered: &Registered) {
        let soon = async {
            let mut knowledge = self.read(registered).await?;
            let repository = knowledge.record.repository.get_or_insert_default();
            repository.due_at = Some(Timestamp::now().plus(self.limits.grace));
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
}

/// From now on this is known.
fn settle(repository: &mut KnownRepository, now: RepositoryReading, read_at: Timestamp) {
    repository.known = Some(now);
    repository.suspected = None;
    repository.read_at = Some(read_at);
}

/// The host's id of it: the registered one, or what was read or told. Empty: nobody knows it.
fn host_id<'r>(registered: &'r Registered, record: &'r KnownRefs) -> &'r str {
    let known = record.repository.as_ref();
    let known = known.and_then(|repository| repository.known.as_ref());
    let ids = [
        registered.record.host_id.as_str(),
        known.map_or("", |known| &known.host_id),
        &record.host_id,
    ];
    ids.into_iter()
        .find(|id| !id.is_empty())
        .unwrap_or_default()
}

fn reading(repository: HostRepository) -> RepositoryReading {
    RepositoryReading {
        visibility: repository.visibility.into(),
        host_id: repository.id,
        full_name: repository.full_name,
        owner_id: repository.owner.id,
        default_branch: repository.default_branch,
        archived: repository.archived,
    }
}
