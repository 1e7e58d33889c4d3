//! The way of a delivery: verify → normalize → bind → publish → answer.

use std::sync::Arc;

use actix_web::HttpRequest;
use sluice_bus::{Bus, PublishError};
use sluice_daemon::telemetry;
use sluice_events::{
    Timestamp,
    v1::{DeliveryOutcome, EventReference},
};
use sluice_providers::{Observation, Refusal, Unverified, Verified};
use tokio::time::Instant;

use crate::{
    Listen,
    answer::Answer,
    attempts::Attempts,
    awaited::{self, Unmade},
    bind,
    body::Budget,
    delivery::Delivery,
    endpoints::{Endpoint, Endpoints},
    event::Event,
    identity::{self, Standing},
    learnt,
    ledger::{Ledger, Line},
};

/// Everything that a delivery meets on its way.
pub(crate) struct Gateway {
    pub(crate) bus: Bus,
    pub(crate) endpoints: Endpoints,
    pub(crate) ledger: Ledger,
    pub(crate) attempts: Attempts,
    pub(crate) budget: Budget,
    pub(crate) listen: Listen,
}

impl Gateway {
    /// Takes a delivery to its end.
    pub(crate) async fn deliver(
        &self,
        endpoint: &Arc<Endpoint>,
        request: Unverified<'_>,
        http: &HttpRequest,
    ) -> Answer {
        let deadline = Instant::now() + self.listen.store_deadline;
        let now = request.received_at;
        let verified =
            match request.verify(endpoint.provider, &endpoint.secrets, endpoint.policy(now)) {
                Ok(verified) => verified,
                Err(refusal) => return self.refuse(endpoint, refusal, http),
            };
        self.note_verified(endpoint, &verified, now);
        let delivery = Delivery::new(endpoint, &verified);
        tracing::Span::current().record("delivery.id", delivery.id());
        let observation = match endpoint.provider.normalize(&verified) {
            Ok(observation) => observation,
            Err(problem) => {
                tracing::warn!(%problem, "the delivery was not understood");
                let reason = problem.to_string();
                let line = delivery.line(None, DeliveryOutcome::Rejected, &reason, Vec::new());
                return self.reject(line, deadline).await;
            }
        };
        if !bind::in_scope(&endpoint.record, &observation) {
            let reason = "the repository is not in the scope of the endpoint";
            tracing::warn!("{reason}");
            self.ledger.write(delivery.line(
                Some(&observation),
                DeliveryOutcome::Rejected,
                reason,
                Vec::new(),
            ));
            return Answer::OutOfScope;
        }
        self.publish(&delivery, &observation, deadline).await
    }

    /// Stores what the delivery tells. Only this decides the answer; the ledger follows.
    async fn publish(
        &self,
        delivery: &Delivery<'_>,
        observation: &Observation,
        deadline: Instant,
    ) -> Answer {
        let mut references = Vec::new();
        let mut stored = false;
        for happening in &observation.happenings {
            let event =
                match awaited::compose(&self.bus, delivery, observation, happening, deadline).await
                {
                    Ok(event) => event,
                    Err(Unmade::Unknown(error)) => return unavailable(&error),
                    Err(Unmade::Unencoded(problem)) => {
                        tracing::error!(%problem, "the event cannot be encoded");
                        let line = delivery.line(
                            Some(observation),
                            DeliveryOutcome::Rejected,
                            &problem.to_string(),
                            references,
                        );
                        return self.reject(line, deadline).await;
                    }
                };
            for event in event.everywhere() {
                match self.tell(delivery, &event, deadline).await {
                    Ok((standing, reference)) => {
                        stored |= standing == Standing::New;
                        references.push(reference);
                    }
                    Err(error) if is_too_large(&error) => {
                        let reason = "the event is larger than the bus takes";
                        tracing::error!(%error, "{reason}");
                        let line = delivery.line(
                            Some(observation),
                            DeliveryOutcome::Rejected,
                            reason,
                            references,
                        );
                        return self.reject(line, deadline).await;
                    }
                    Err(error) => return unavailable(&error),
                }
            }
        }
        let ids = references.iter().map(|reference| reference.id.clone());
        let mut ids: Vec<_> = ids.collect();
        // What is told under two names is one event.
        ids.dedup();
        let outcome = if stored {
            DeliveryOutcome::Stored
        } else {
            DeliveryOutcome::Duplicate
        };
        self.ledger
            .write(delivery.line(Some(observation), outcome, "", references));
        if stored {
            Answer::Stored(ids)
        } else {
            Answer::Duplicate(ids)
        }
    }

    async fn tell(
        &self,
        delivery: &Delivery<'_>,
        event: &Event,
        deadline: Instant,
    ) -> Result<(Standing, EventReference), PublishError> {
        let (standing, place) = identity::tell(&self.bus, delivery, event, deadline).await?;
        metrics::counter!(
            "sluice_events_published_total", "type" => event.kind(), "outcome" => standing.word()
        )
        .increment(1);
        Ok((standing, event.reference(&place)))
    }

    /// Rejects what is genuine, once its line is stored: a 2xx says that something is.
    async fn reject(&self, line: Line, deadline: Instant) -> Answer {
        let patience = deadline.saturating_duration_since(Instant::now());
        match self.ledger.keep(line, patience).await {
            Ok(()) => Answer::Rejected,
            // Then no later try can keep it either, and a host that is told 503 would try for ever.
            Err(error) if is_too_large(&error) => {
                tracing::error!(%error, "not even the line of the ledger can be stored");
                Answer::Rejected
            }
            Err(error) => unavailable(&error),
        }
    }

    fn note_verified(&self, endpoint: &Arc<Endpoint>, verified: &Verified<'_>, now: Timestamp) {
        let (verification, provider) = (verified.verification(), endpoint.provider.name());
        metrics::counter!(
            "sluice_webhook_verified_total",
            "provider" => provider,
            "trust" => verification.trust().word(),
        )
        .increment(1);
        // The sender's trace is linked, never continued: it is a stranger's until here (S32).
        let headers = verified.headers();
        let (parent, state) = (headers.first("traceparent"), headers.first("tracestate"));
        if !parent.is_empty() {
            telemetry::link(&tracing::Span::current(), parent, Some(state));
        }
        if let Some(learnt) = endpoint.note_verified(verification, now) {
            tokio::spawn(learnt::note(self.bus.clone(), Arc::clone(endpoint), learnt));
        }
    }

    /// Refuses what was not verified. The sender learns nothing of why.
    fn refuse(&self, endpoint: &Endpoint, refusal: Refusal, http: &HttpRequest) -> Answer {
        if endpoint.unopened > 0 {
            // Perhaps it fits a secret that we cannot open. That is our fault, not the host's.
            tracing::error!(%refusal, "not verified, and not all secrets of the endpoint could be opened");
            return Answer::Unavailable("not all secrets of this endpoint can be opened");
        }
        let reason = refusal.to_string();
        tracing::info!(reason, "refused");
        metrics::counter!(
            "sluice_signature_failures_total",
            "provider" => endpoint.provider.name(), "reason" => reason.clone()
        )
        .increment(1);
        self.attempts
            .note(Some(&endpoint.record), &reason, http.peer_addr());
        Answer::Unauthorized
    }

    /// Refuses what came to an address that is no endpoint, with the work and the answer of a bad signature.
    pub(crate) fn refuse_unknown(&self, body: &[u8], http: &HttpRequest) -> Answer {
        sluice_providers::pretend(body);
        metrics::counter!("sluice_signature_failures_total", "provider" => "unknown", "reason" => "unknown_endpoint")
            .increment(1);
        self.attempts
            .note(None, "unknown_endpoint", http.peer_addr());
        Answer::Unauthorized
    }
}

/// Whether no later try can store the event either: as a message, or as headers or message of its stream. Codes from
/// nats-server's `errors.json`: `JSStreamMessageExceedsMaximumErr`, `JSStreamHeaderExceedsMaximumErr` (64 KiB).
fn is_too_large(error: &PublishError) -> bool {
    matches!(
        error,
        PublishError::TooLarge(_)
            | PublishError::Refused {
                code: 10054 | 10097,
                ..
            }
    )
}

/// Everything that keeps an event from being known to be stored is our fault: logged and counted here, once.
fn unavailable(error: &PublishError) -> Answer {
    let reason = match error {
        PublishError::NotConnected => "not_connected",
        PublishError::Unknown(_) => "unknown",
        PublishError::Full(_) => "full",
        PublishError::NoStream(_) => "no_stream",
        PublishError::TooLarge(_) | PublishError::Conflict | PublishError::Refused { .. } => {
            "refused"
        }
    };
    metrics::counter!("sluice_publish_failures_total", "reason" => reason).increment(1);
    tracing::error!(%error, "what the delivery tells is not known to be stored");
    Answer::Unavailable("the event could not be stored; send it again")
}
