//! One try of a call: what is sent, what comes back, and what is kept of it.

use std::sync::PoisonError;

use bytes::Bytes;
use reqwest::{
    RequestBuilder, Response, StatusCode,
    header::{CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH, LINK},
};
use sluice_events::Timestamp;
use tokio::time::Instant;

use super::{
    Answer,
    answer::Came,
    asked::{Asked, Missed},
    body,
    cache::{Kept, Question},
    failure,
    limits::Limits,
    link,
};
use crate::Problem;

impl Asked<'_> {
    pub(super) async fn once(&self) -> Result<Answer, Missed> {
        let kept = self.kept();
        match self.request(kept.as_ref()).send().await {
            Ok(response) => self.answered(response, kept).await,
            Err(error) => Err(self.failed(failure::of(&error))),
        }
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
            return Ok(self.answer(status, headers, kept.body, kept.next));
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
        Ok(self.answer(status, headers, body, next))
    }

    fn answer(
        &self,
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
        next: Option<String>,
    ) -> Answer {
        Answer {
            about: self.about(),
            changes: self.changes(),
            status,
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
