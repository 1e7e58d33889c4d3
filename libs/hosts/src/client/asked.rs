//! One call on its way: it waits for the budget, is tried, and tried again where that is harmless.

use std::{sync::PoisonError, time::Duration};

use bytes::Bytes;
use reqwest::{
    Method, RequestBuilder, Response, StatusCode,
    header::{CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH, LINK},
};
use sluice_events::Timestamp;
use sluice_git::scrub::Scrub;
use tokio::time::{Instant, sleep, timeout};
use url::Url;

use super::{
    Answer, Call,
    answer::Came,
    body,
    cache::{Kept, Question},
    failure::{self, Failure},
    limits::Limits,
    link, measure, retry,
    session::Opened,
};
use crate::{ApiError, Problem, error::problem};

/// Most bytes of a host's words in a message.
const SAID: usize = 300;

/// A call on its way.
pub(super) struct Asked<'a> {
    pub(super) session: &'a Opened,
    pub(super) call: &'a Call,
    pub(super) url: Url,
}

/// A try that brought no yes.
struct Missed {
    error: ApiError,
    limits: Limits,
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
        let said = scrub.text_of(said.as_bytes(), SAID);
        let message = format!("{}: {}", self.about(), error.message);
        let message = match said.is_empty() {
            true => message,
            false => format!("{message}; it says: {said}"),
        };
        error.saying(message)
    }

    fn about(&self) -> String {
        let shared = &self.session.client.0;
        let path = self
            .scrub()
            .text_of(self.call.route.path().as_bytes(), SAID);
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
        let (mut time, mut patience) = (settings.call, settings.patience);
        for tried in 1.. {
            self.wait_for_budget(&mut patience).await?;
            let start = Instant::now();
            let missed = match timeout(time, self.once()).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(missed)) => missed,
                Err(_) => self.failed(Failure {
                    error: problem!(Timeout, "no answer in time"),
                    sent: true,
                }),
            };
            time = time.saturating_sub(start.elapsed());
            let wait = retry::wait(tried, &missed.error, &missed.limits, settings.backoff);
            match wait.filter(|_| self.call.is_idempotent() && !time.is_zero()) {
                Some(wait) if wait <= patience => {
                    tracing::debug!(error = %missed.error, "a call of a host's API is tried again");
                    patience -= wait;
                    sleep(wait).await;
                }
                _ => return Err(missed.error),
            }
        }
        // The retries end before the numbers do.
        Err(self.explain(problem!(Network, "tried too often"), ""))
    }

    async fn wait_for_budget(&self, patience: &mut Duration) -> Result<(), ApiError> {
        let budget = self.session.client.budget();
        let mut wait = budget.take(Instant::now(), *patience);
        loop {
            match wait {
                Ok(Duration::ZERO) => return Ok(()),
                Ok(wait) if wait <= *patience => {
                    *patience -= wait;
                    sleep(wait).await;
                }
                Ok(wait) | Err(wait) => {
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

    async fn once(&self) -> Result<Answer, Missed> {
        let kept = self.kept();
        let start = Instant::now();
        let sent = self.request(kept.as_ref()).send().await;
        let status = sent.as_ref().ok().map(|response| response.status());
        let provider = self.session.client.provider().name();
        let result = match sent {
            Ok(response) => self.answered(response, kept).await,
            Err(error) => Err(self.failed(failure::of(&error))),
        };
        measure::tried(provider, status.map(|it| it.as_u16()), start.elapsed());
        result
    }

    fn request(&self, kept: Option<&Kept>) -> RequestBuilder {
        let http = &self.session.client.0.http;
        let request = http
            .request(self.call.method.clone(), self.url.clone())
            .headers(self.session.headers.clone());
        let request = match &self.call.body {
            Some(body) => request
                .header(CONTENT_TYPE, "application/json")
                .body(body.to_vec()),
            None => request,
        };
        match kept {
            Some(kept) => request.header(IF_NONE_MATCH, &kept.tag),
            None => request,
        }
    }

    async fn answered(&self, response: Response, kept: Option<Kept>) -> Result<Answer, Missed> {
        let (status, headers) = (response.status(), response.headers().clone());
        let limits = Limits::of(&headers, Timestamp::now());
        let longest = self.session.client.0.settings.longest_answer;
        let body = body::read(response, longest).await;
        let body = body.map_err(|failure| self.failed(failure))?;
        if let Some(kept) = kept.filter(|_| status == StatusCode::NOT_MODIFIED) {
            self.heed(limits, false);
            return Ok(self.answer(headers, kept.body, kept.next));
        }
        let came = Came {
            status,
            headers: &headers,
            body: &body,
            limits,
        };
        let judged = came.judged(self);
        let too_much = judged
            .as_ref()
            .is_err_and(|error| error.problem == Problem::RateLimited);
        self.heed(limits, too_much);
        judged.map_err(|error| Missed { error, limits })?;
        let next = headers.get(LINK).and_then(|value| value.to_str().ok());
        let next = next.and_then(link::next).map(str::to_owned);
        self.keep(&headers, &body, next.as_deref());
        Ok(self.answer(headers, body, next))
    }

    fn answer(&self, headers: HeaderMap, body: Bytes, next: Option<String>) -> Answer {
        Answer {
            about: self.about(),
            changes: self.changes(),
            headers,
            body,
            next,
        }
    }

    /// Lets all others pause, too, when the host has had enough.
    fn heed(&self, limits: Limits, too_much: bool) {
        let budget = self.session.client.budget();
        match limits.reset {
            _ if too_much => budget.hold(Instant::now(), limits.wait()),
            Some(reset) if limits.used_up => budget.hold(Instant::now(), reset),
            _ => {}
        }
    }

    fn failed(&self, failure: Failure) -> Missed {
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

    fn question(&self) -> Question {
        Question {
            who: self.session.who,
            what: self.call.route.text(),
        }
    }

    fn kept(&self) -> Option<Kept> {
        let cache = &self.session.client.0.cache;
        let cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.get(&self.question()).filter(|_| self.call.kept)
    }

    fn keep(&self, headers: &HeaderMap, body: &Bytes, next: Option<&str>) {
        let tag = headers.get(ETAG).and_then(|tag| tag.to_str().ok());
        let Some(tag) = tag.filter(|_| self.call.kept) else {
            return;
        };
        let kept = Kept {
            tag: tag.to_owned(),
            body: body.clone(),
            next: next.map(str::to_owned),
        };
        let cache = &self.session.client.0.cache;
        let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.keep(self.question(), kept);
    }
}
