//! GitLab's log of deliveries.

use futures_util::{FutureExt, future::BoxFuture};
use serde::Deserialize;
use sluice_events::Timestamp;

use super::{GitLabApi, hooks_of};
use crate::{
    ApiError, Deliveries, HostDelivery, Place, names,
    wire::{Id, Moment, Words},
};

/// How many at once: each comes with the whole body that was sent.
const COUNT: &str = "20";

#[derive(Deserialize)]
struct Event {
    id: Id,
    #[serde(default)]
    request_headers: Sent,
    response_status: Option<Status>,
    created_at: Option<Moment>,
}

/// What was sent, as far as it says which delivery it was.
#[derive(Default, Deserialize)]
struct Sent {
    #[serde(rename = "Idempotency-Key", alias = "idempotency-key")]
    idempotency_key: Option<Words>,
    #[serde(rename = "webhook-id", alias = "Webhook-Id")]
    webhook_id: Option<Words>,
    #[serde(rename = "webhook-timestamp", alias = "Webhook-Timestamp")]
    webhook_timestamp: Option<Words>,
}

/// A status, or why there is none, such as `internal error`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Status {
    Number(u16),
    Text(Words),
}

impl Event {
    fn described(self) -> HostDelivery {
        let (status_code, said) = match self.response_status {
            Some(Status::Number(code)) => (Some(code), code.to_string()),
            Some(Status::Text(Words { 0: said })) => (said.parse().ok(), said),
            None => (None, String::new()),
        };
        let sent = self.request_headers;
        let at = self.created_at.and_then(|moment| moment.0);
        HostDelivery {
            id: self.id.0,
            at: at.or_else(|| sent.webhook_timestamp.and_then(|text| second(&text.0))),
            guid: sent
                .idempotency_key
                .or(sent.webhook_id)
                .map(|guid| guid.0)
                .unwrap_or_default(),
            status_code,
            // Redirects count as delivered.
            ok: status_code.is_some_and(|code| (200..=399).contains(&code)),
            said,
        }
    }
}

fn second(text: &str) -> Option<Timestamp> {
    text.parse().ok().map(Timestamp::from_seconds)
}

impl Deliveries for GitLabApi {
    fn recent<'a>(
        &'a self,
        place: &'a Place,
        hook: &'a str,
    ) -> BoxFuture<'a, Result<Vec<HostDelivery>, ApiError>> {
        async move {
            let route = hooks_of(place, &[names::id(hook)?, "events"])?;
            let log: Vec<Event> = self.session.get(route.with("per_page", COUNT)).await?;
            Ok(log.into_iter().map(Event::described).collect())
        }
        .boxed()
    }
}
