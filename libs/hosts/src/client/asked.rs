//! One call on its way: it waits for the budget, is tried, and tried again where that is harmless.

use std::{
    sync::{MutexGuard, PoisonError},
    time::Duration,
};

use reqwest::Method;
use sluice_events::Timestamp;
use sluice_git::scrub::Scrub;
use tokio::time::{Instant, sleep, timeout};
use url::Url;

use super::{
    Answer, Call,
    failure::Failure,
    limits::Limits,
    measure, retry,
    session::Opened,
    turned_away::{LEFT_ALONE, TurnedAway},
};
use crate::{ApiError, Problem, error::problem};

/// Most bytes of our own words in a message.
const MESSAGE: usize = 1000;

/// Most bytes of a host's words in a message.
const SAID: usize = 300;

/// A call on its way.
pub(super) struct Asked<'a> {
    pub(super) session: &'a Opened,
    pub(super) call: &'a Call,
    pub(super) url: Url,
}

/// A try that brought no yes.
pub(super) struct Missed {
    pub(super) error: ApiError,
    pub(super) limits: Limits,
}

impl Asked<'_> {
    pub(super) fn base(&self) -> &Url {
        &self.session.client.0.base
    }

    pub(super) fn is_anonymous(&self) -> bool {
        self.session.anonymous
    }

    /// Whether it changes something at the host.
    pub(super) fn changes(&self) -> bool {
        self.call.method != Method::GET
    }

    /// The error with what was asked, and with what the host says, without secrets.
    pub(super) fn explain(&self, error: ApiError, said: &str) -> ApiError {
        let scrub = self.scrub();
        let message = format!("{}: {}", self.about(), error.message);
        let message = scrub.text_of(message.as_bytes(), MESSAGE);
        let said = scrub.text_of(said.as_bytes(), SAID);
        error.saying(match said.is_empty() {
            true => message,
            false => format!("{message}; it says: {said}"),
        })
    }

    /// Whether nothing is in it that must not be shown.
    pub(super) fn is_clean(&self, text: &str) -> bool {
        self.scrub().text_of(text.as_bytes(), usize::MAX) == text
    }

    pub(super) fn about(&self) -> String {
        let shared = &self.session.client.0;
        let path = self.call.route.path();
        format!("{} {path} at {}", self.call.method, shared.host)
    }

    fn scrub(&self) -> Scrub {
        let secrets = self.call.secrets.iter();
        secrets.fold(self.session.scrub.clone(), |scrub, secret| {
            scrub.and(secret)
        })
    }

    pub(super) async fn tries(&self) -> Result<Answer, ApiError> {
        let settings = &self.session.client.0.settings;
        let (mut time, mut patience, mut tried) = (settings.call, settings.patience, 0);
        loop {
            self.is_welcome()?;
            let place = self.wait_for_budget(&mut patience).await?;
            // While it waited, the credential may have been turned away.
            self.is_welcome().inspect_err(|_| self.give_back(place))?;
            let start = Instant::now();
            let missed = match self.measured(time).await {
                Ok(answer) => return Ok(answer),
                Err(missed) => missed,
            };
            tried += 1;
            if missed.error.problem == Problem::RateLimited {
                self.give_back(place);
            }
            self.note_turned_away(&missed.error);
            time = time.saturating_sub(start.elapsed());
            let wait = retry::wait(tried, &missed.error, &missed.limits, settings.backoff);
            let again = self.call.is_idempotent() && !time.is_zero();
            match wait.filter(|wait| again && *wait <= patience) {
                Some(wait) => {
                    tracing::debug!(error = %missed.error, "a call of a host's API is tried again");
                    patience -= wait;
                    sleep(wait).await;
                }
                None => return Err(missed.error),
            }
        }
    }

    /// Fails if the host has not taken the credential just now.
    fn is_welcome(&self) -> Result<(), ApiError> {
        if !self.turned_away().knows(&self.session.who, Instant::now()) {
            return Ok(());
        }
        let error = problem!(
            Unauthorized,
            "the host does not take the credential, as it has just said"
        );
        let until = Timestamp::now().plus(LEFT_ALONE);
        Err(self.explain(error.at_status(401).until(until), ""))
    }

    fn note_turned_away(&self, error: &ApiError) {
        if error.status == Some(401) && !self.is_anonymous() {
            self.turned_away().note(self.session.who, Instant::now());
        }
    }

    fn turned_away(&self) -> MutexGuard<'_, TurnedAway> {
        let turned_away = &self.session.client.0.turned_away;
        turned_away.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One try, in this time.
    async fn measured(&self, time: Duration) -> Result<Answer, Missed> {
        let start = Instant::now();
        let result = match timeout(time, self.once()).await {
            Ok(result) => result,
            Err(_) => Err(self.failed(Failure {
                error: problem!(Timeout, "no answer in time"),
                sent: true,
            })),
        };
        let status = match &result {
            Ok(answer) => Some(answer.status.as_u16()),
            Err(missed) => missed.error.status,
        };
        let provider = self.session.client.provider().name();
        measure::tried(provider, status, start.elapsed());
        result
    }

    /// Gives back its place among what creates something: it has created nothing.
    fn give_back(&self, place: Instant) {
        if self.call.creates {
            self.session.client.budget().give_back(place);
        }
    }

    /// Waits until it may go. Returns the place that it has in the budget.
    async fn wait_for_budget(&self, patience: &mut Duration) -> Result<Instant, ApiError> {
        let budget = self.session.client.budget();
        let now = Instant::now();
        let mut wait = budget.take(now, *patience, self.call.creates);
        let place = now + wait.unwrap_or_default();
        loop {
            match wait {
                Ok(Duration::ZERO) => return Ok(place),
                Ok(wait) if wait <= *patience => {
                    *patience -= wait;
                    sleep(wait).await;
                }
                Ok(wait) | Err(wait) => {
                    self.give_back(place);
                    let until = Timestamp::now().plus(wait);
                    let error = problem!(
                        RateLimited,
                        "the budget of calls to this host is used up; not before {until}"
                    );
                    return Err(self.explain(error.until(until), ""));
                }
            }
            // While this one waited, the host may have told another one to stop.
            wait = Ok(budget.pause());
        }
    }

    pub(super) fn failed(&self, failure: Failure) -> Missed {
        let error = self.explain(failure.error, "");
        let error = match failure.sent && self.changes() {
            true => error.with_unknown_outcome(),
            false => error,
        };
        Missed {
            error,
            limits: Limits::default(),
        }
    }
}
