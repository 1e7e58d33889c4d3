//! One message, from the pull to its end: handled, tried again, or given up.

use std::{panic::AssertUnwindSafe, time::Duration};

use async_nats::jetstream::{AckKind, Message};
use futures_util::FutureExt;
use sluice_daemon::telemetry;
use sluice_events::{Envelope, from_json};
use tracing::Instrument;

use super::{Failure, Handler, Options, Received, Sink};
use crate::{
    Bus,
    dead_letter::{self, Failed},
    lookup::{header, without_values},
    topology::ConsumerSpec,
};

/// How often a message may come, counted in allowed attempts, without an end to any of them. More means that it ends
/// the process that handles it.
const UNENDED: u64 = 2;

pub(super) struct Worker<H> {
    pub(super) bus: Bus,
    pub(super) spec: ConsumerSpec,
    pub(super) handler: H,
    pub(super) options: Options,
}

impl<H: Handler> Worker<H> {
    pub(super) async fn process(&self, message: Message) {
        let Ok(info) = message.info() else {
            tracing::error!(
                consumer = self.spec.name,
                "a message without delivery metadata is left alone"
            );
            return;
        };
        let (sequence, attempt) = (
            info.stream_sequence,
            u64::try_from(info.delivered).unwrap_or(1),
        );
        let span = tracing::info_span!("consume", consumer = self.spec.name, sequence, attempt);
        let context = ["traceparent", "tracestate"]
            .map(|name| message.headers.as_ref().and_then(|all| header(all, name)));
        telemetry::continue_from(&span, context[0].unwrap_or_default(), context[1]);
        self.settle(&message, sequence, attempt)
            .instrument(span)
            .await;
    }

    /// The one place where it is decided what becomes of a message.
    async fn settle(&self, message: &Message, sequence: u64, attempt: u64) {
        let outcome = self
            .alive(message, self.handle(message, sequence, attempt))
            .await;
        let (word, ack) = match outcome {
            Ok(()) => ("handled", AckKind::Ack),
            Err(Failure::Retry(reason)) if attempt < self.options.attempts => {
                tracing::warn!(reason, "the event is tried again later");
                ("retried", AckKind::Nak(Some(pause(&self.options, attempt))))
            }
            Err(Failure::Retry(reason) | Failure::Reject(reason)) => {
                self.give_up(message, sequence, attempt, &reason).await
            }
        };
        metrics::counter!("sluice_consumer_messages_total", "consumer" => self.spec.name.clone(), "outcome" => word)
            .increment(1);
        self.acknowledge(message, ack).await;
    }

    /// A lost ack is no harm: the message comes again, and every effect happens once.
    async fn acknowledge(&self, message: &Message, ack: AckKind) {
        let mut up = self.bus.up();
        up.borrow_and_update();
        let confirmed = tokio::select! {
            confirmed = message.double_ack_with(ack) => confirmed.map_err(|error| error.to_string()),
            _ = up.changed() => Err("the connection was lost".to_owned()),
        };
        if let Err(error) = confirmed {
            tracing::debug!(error, "the ack was not confirmed");
        }
    }

    async fn handle(&self, message: &Message, sequence: u64, attempt: u64) -> Result<(), Failure> {
        if attempt > UNENDED.saturating_mul(self.options.attempts) {
            let reason = format!("it was taken {attempt} times and never settled");
            return Err(Failure::Reject(reason));
        }
        let event = self.decode(message, sequence, attempt)?;
        let mut sink = Sink::new(&self.bus, self.options.patience);
        let handled = AssertUnwindSafe(self.handler.handle(event, &mut sink)).catch_unwind();
        let advance = handled
            .await
            .unwrap_or_else(|_| Err(Failure::Retry("the handler panicked".into())))?;
        sink.flush().await?;
        match advance {
            Some(advance) => advance.carry_out(&self.bus).await.map_err(|error| {
                Failure::Retry(format!("the state could not be advanced: {error}"))
            }),
            None => Ok(()),
        }
    }

    fn decode(
        &self,
        message: &Message,
        sequence: u64,
        attempt: u64,
    ) -> Result<Received<H::Event>, Failure> {
        let reject = |what: &str, error: &dyn std::fmt::Display| {
            Failure::Reject(format!("its {what} cannot be read: {error}"))
        };
        let subject = self
            .bus
            .namespace()
            .strip(&message.subject)
            .unwrap_or(&message.subject);
        let headers = message.headers.as_ref();
        Ok(Received {
            subject: subject.to_owned(),
            envelope: Envelope::from_headers(|name| {
                headers.and_then(|headers| header(headers, name))
            })
            .map_err(|error| reject("envelope", &error))?,
            data: from_json(&message.payload)
                .map_err(|error| reject("data", &without_values(&error)))?,
            sequence,
            attempt,
        })
    }

    /// Stores the dead letter, and only then lets the message go.
    async fn give_up(
        &self,
        message: &Message,
        sequence: u64,
        attempts: u64,
        reason: &str,
    ) -> (&'static str, AckKind) {
        let failed = Failed {
            consumer: &self.spec.name,
            stream: &self.spec.stream,
            sequence,
            subject: self
                .bus
                .namespace()
                .strip(&message.subject)
                .unwrap_or(&message.subject),
            headers: message.headers.as_ref(),
            data: &message.payload,
            attempts,
        };
        match dead_letter::store(&self.bus, failed, reason, self.options.patience).await {
            Ok(_) => {
                tracing::error!(
                    reason,
                    attempts,
                    "the event was given up and is a dead letter now"
                );
                ("dead_lettered", AckKind::Term)
            }
            Err(error) => {
                tracing::error!(reason, %error, "a dead letter could not be stored; the event stays");
                (
                    "dead_letter_failed",
                    AckKind::Nak(Some(pause(&self.options, attempts))),
                )
            }
        }
    }

    /// Runs `work` and tells the server meanwhile that the message is in hand.
    async fn alive<T>(&self, message: &Message, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = tokio::time::sleep(self.spec.ack_wait / 3) => {
                    if let Err(error) = message.ack_with(AckKind::Progress).await {
                        tracing::debug!(%error, "the sign of life was not sent");
                    }
                }
            }
        }
    }
}

/// Doubles with every attempt up to the limit, and up to a quarter less, so that failures do not march in step.
fn pause(options: &Options, attempt: u64) -> Duration {
    let exponent = u32::try_from(attempt.saturating_sub(1))
        .unwrap_or(u32::MAX)
        .min(30);
    let full = options
        .first_pause
        .saturating_mul(1u32 << exponent)
        .min(options.longest_pause);
    let mut random = [0u8; 1];
    // Without randomness the pause is merely not spread.
    let _ = getrandom::fill(&mut random);
    full - full.mul_f64(f64::from(random[0]) / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_limit_and_never_beyond() {
        let options = Options::default();
        for attempt in 1..100 {
            let pause = pause(&options, attempt);
            assert!(
                pause <= options.longest_pause && pause >= options.first_pause.mul_f64(0.7),
                "{attempt}: {pause:?}"
            );
        }
        assert!(super::pause(&options, 50) > options.longest_pause / 2);
    }
}
