//! Queries over NATS micro: what a service is asked, by whom, and what it answers.

use async_nats::{
    HeaderMap, Request,
    client::RequestErrorKind,
    service::{self, Service, endpoint::Endpoint},
};
use bytes::Bytes;
use futures_util::{StreamExt, stream::SelectAll};
use serde::{Serialize, de::DeserializeOwned};
use sluice_events::{Call, CallKind, from_json, to_json};
use thiserror::Error;

use crate::{Bus, Fleet, connection::inbox, lookup::without_values, roles};

/// Header of an answer that is none: why, as a number.
const CODE: &str = "Nats-Service-Error-Code";

/// Header of an answer that is none: why, in words.
const WORDS: &str = "Nats-Service-Error";

/// What is asked of a service, for as long as it is in the fleet.
pub struct Queries {
    endpoints: SelectAll<Endpoint>,
    _fleet: Fleet,
}

/// One question.
#[derive(Debug)]
pub struct Query {
    /// Who asks for what. The server has let nobody ask as somebody else.
    pub call: Call,
    request: service::Request,
}

/// Why a question gets no answer. Codes are those of HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Refusal {
    /// 400, 403, 404, 409, 422, 503 and the like.
    pub code: u16,
    /// Why, in a sentence.
    pub message: String,
}

/// Why an answer did not come.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AskError {
    /// The service refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Nobody answers there.
    #[error("no {0} answers: is the service running?")]
    Nobody(String),
    /// The answer did not come in time, or cannot be read.
    #[error("no answer from {0}: {1}")]
    Unknown(String, &'static str),
}

impl Refusal {
    /// A refusal.
    pub fn new(code: u16, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}

impl Queries {
    /// Joins the fleet and listens for these verbs.
    pub(crate) async fn serve(
        bus: &Bus,
        service: Service,
        name: &str,
        verbs: &[&str],
    ) -> Result<Self, async_nats::Error> {
        let mut endpoints = SelectAll::new();
        for verb in verbs {
            let subject = bus
                .namespace()
                .subject(&format!("sluice.v1.query.*.*.{name}.{verb}"));
            endpoints.push(service.endpoint_builder().name(verb).add(subject).await?);
        }
        Ok(Self {
            endpoints,
            _fleet: Fleet::of(service),
        })
    }

    /// The next question; `None` when there will be none. What is no question of this service is passed over.
    pub async fn next(&mut self, bus: &Bus) -> Option<Query> {
        loop {
            let request = self.endpoints.next().await?;
            let subject = bus.namespace().strip(&request.message.subject);
            let call = subject.and_then(Call::parse);
            // A push consumer or a neighbour could have it answer to wherever it likes (rule S22).
            let reply = request.message.reply.as_deref().unwrap_or_default();
            match call {
                Some(call)
                    if call.kind == CallKind::Query
                        && reply.starts_with(&format!(
                            "{}.",
                            inbox(roles::user_of(&call.principal))
                        )) =>
                {
                    return Some(Query { call, request });
                }
                _ => tracing::warn!("a query whose answer would go elsewhere is passed over"),
            }
        }
    }
}

impl Query {
    /// What is asked.
    pub fn read<M: DeserializeOwned>(&self) -> Result<M, Refusal> {
        from_json(&self.request.message.payload).map_err(|error| {
            Refusal::new(
                400,
                format!("the query cannot be read: {}", without_values(&error)),
            )
        })
    }

    /// Answers.
    pub async fn answer<M: Serialize>(&self, answer: Result<M, Refusal>) {
        let encoded = answer.and_then(|message| {
            to_json(&message).map_err(|_| Refusal::new(500, "the answer cannot be encoded"))
        });
        let response = encoded
            .map(Bytes::from)
            .map_err(|refusal| service::error::Error {
                status: in_one_line(&refusal.message),
                code: usize::from(refusal.code),
            });
        if let Err(error) = self.request.respond(response).await {
            tracing::warn!(%error, "an answer could not be sent");
        }
    }
}

impl Bus {
    /// Asks a service and waits, at most for `patience`, for its answer.
    pub async fn ask<Q: Serialize, A: DeserializeOwned>(
        &self,
        call: &Call,
        question: &Q,
        patience: std::time::Duration,
    ) -> Result<A, AskError> {
        let unknown = |why| AskError::Unknown(call.service.clone(), why);
        let payload = to_json(question).map_err(|_| unknown("the question cannot be encoded"))?;
        let request = Request::new()
            .payload(payload.into())
            .timeout(Some(patience));
        let subject = self.namespace().subject(&call.to_string());
        let answer = self.client().send_request(subject, request).await;
        let answer = answer.map_err(|error| match error.kind() {
            RequestErrorKind::NoResponders => AskError::Nobody(call.service.clone()),
            RequestErrorKind::TimedOut => unknown("it took too long"),
            _ => unknown("the question could not be sent"),
        })?;
        if let Some(refusal) = answer.headers.as_ref().and_then(refusal) {
            return Err(refusal.into());
        }
        from_json(&answer.payload).map_err(|_| unknown("it cannot be read"))
    }
}

/// It travels as a header: a line break of what somebody asked would end that, and say others.
fn in_one_line(text: &str) -> String {
    let safe = |character: char| match character.is_control() {
        true => character.escape_default().to_string(),
        false => character.to_string(),
    };
    text.chars().map(safe).collect()
}

fn refusal(headers: &HeaderMap) -> Option<Refusal> {
    let code = headers.get(CODE)?.as_str().parse().unwrap_or(500);
    let words = headers.get(WORDS).map_or("", |words| words.as_str());
    Some(Refusal::new(code, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_cannot_add_headers_to_the_answer() {
        let said = in_one_line("no `a\r\nNats-Service-Error-Code: 200` für x\u{1}");
        assert!(!said.contains(char::is_control), "{said}");
        assert_eq!(said, "no `a\\r\\nNats-Service-Error-Code: 200` für x\\u{1}");
    }
}
