//! From a request to a delivery: the endpoint, the body, and nothing believed yet.

use std::time::Instant;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header},
    web::{Data, Payload},
};
use sluice_events::Timestamp;
use sluice_providers::{Headers, Unverified};
use tracing::Instrument;

use crate::{
    answer::Answer,
    body::{self, LARGEST, LARGEST_UNKNOWN},
    endpoints::Lookup,
    way::Gateway,
};

/// Answers one request.
pub(crate) async fn receive(
    request: HttpRequest,
    payload: Payload,
    gateway: Data<Gateway>,
) -> HttpResponse {
    let begun = Instant::now();
    let span = tracing::info_span!(
        "delivery",
        endpoint = tracing::field::Empty,
        provider = tracing::field::Empty,
        delivery.id = tracing::field::Empty,
        outcome = tracing::field::Empty,
    );
    let (provider, answer) = take(&request, payload, &gateway)
        .instrument(span.clone())
        .await;
    let outcome = answer.outcome();
    span.record("outcome", outcome);
    metrics::counter!("sluice_webhook_requests_total", "provider" => provider, "outcome" => outcome).increment(1);
    metrics::histogram!("sluice_webhook_request_duration_seconds", "outcome" => outcome)
        .record(begun.elapsed());
    answer.into()
}

/// The provider's name for metrics, and the answer.
async fn take(
    request: &HttpRequest,
    payload: Payload,
    gateway: &Gateway,
) -> (&'static str, Answer) {
    if let Err(answer) = check_head(request) {
        return ("unknown", answer);
    }
    let id = request.match_info().get("id").unwrap_or_default();
    let endpoint = match gateway.endpoints.find(id) {
        Lookup::NotRead => {
            return (
                "unknown",
                Answer::Unavailable("the endpoints are not read yet"),
            );
        }
        Lookup::Unusable => {
            let why = "this endpoint cannot be served";
            return ("unknown", Answer::Unavailable(why));
        }
        Lookup::Unknown => None,
        Lookup::Found(endpoint) => Some(endpoint),
    };
    let provider = endpoint
        .as_ref()
        .map_or("unknown", |endpoint| endpoint.provider.name());
    let verified_lately = endpoint
        .as_ref()
        .is_some_and(|endpoint| endpoint.verified_lately());
    let largest = if endpoint.is_some() {
        LARGEST
    } else {
        LARGEST_UNKNOWN
    };
    let mut held = gateway.budget.open(verified_lately);
    let body = match body::read(payload, largest, gateway.listen.body_deadline, &mut held).await {
        Ok(body) => body,
        // A stranger learns nothing from how much is read.
        Err(Answer::TooLarge) if endpoint.is_none() => {
            return (provider, gateway.refuse_unknown(&[], request));
        }
        Err(answer) => return (provider, answer),
    };
    metrics::histogram!("sluice_webhook_payload_bytes").record(body.len() as f64);
    let Some(endpoint) = endpoint else {
        return (provider, gateway.refuse_unknown(&body, request));
    };
    tracing::Span::current().record("endpoint", &endpoint.record.name);
    tracing::Span::current().record("provider", provider);
    let delivery = Unverified {
        headers: headers(request),
        body: &body,
        path_secret: request.match_info().get("secret"),
        received_at: Timestamp::now(),
    };
    (
        provider,
        gateway.deliver(&endpoint, delivery, request).await,
    )
}

/// What can be judged without knowing the endpoint, so that it betrays none.
fn check_head(request: &HttpRequest) -> Result<(), Answer> {
    if request.method() != Method::POST {
        return Err(Answer::Method);
    }
    // Nothing is inflated, so no bomb goes off.
    if request.headers().contains_key(header::CONTENT_ENCODING) {
        return Err(Answer::MediaType);
    }
    let length = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > LARGEST as u64) {
        return Err(Answer::TooLarge);
    }
    let content_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = content_type
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match essence.as_str() {
        "application/json" | "application/x-www-form-urlencoded" => Ok(()),
        _ => Err(Answer::MediaType),
    }
}

pub(crate) fn headers(request: &HttpRequest) -> Headers<'_> {
    request
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect()
}
