//! Trace context between processes, as W3C `traceparent` and `tracestate`.

use std::sync::LazyLock;

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

static PROPAGATOR: LazyLock<TraceContextPropagator> = LazyLock::new(TraceContextPropagator::new);

/// What must be taken of a `tracestate` (W3C Trace Context, 3.3.1.5); more is dropped.
const LONGEST_STATE: usize = 512;

/// A version we know has 55 characters; later ones may have more.
const LONGEST_PARENT: usize = 256;

/// Adds the context of a span to the headers of a message.
///
/// The span is named, since what is "current" to OpenTelemetry is not what is current to `tracing`.
pub fn inject(span: &Span, headers: &mut Vec<(String, String)>) {
    PROPAGATOR.inject_context(&span.context(), &mut Headers(headers));
}

/// Makes a span part of the trace that a message of ours came with.
///
/// Only before the span is entered: its place in the trace is settled then.
pub fn continue_from(span: &Span, traceparent: &str, tracestate: Option<&str>) {
    let context = extract(traceparent, tracestate);
    if context.span().span_context().is_valid()
        && let Err(error) = span.set_parent(context)
    {
        tracing::debug!(%error, "a trace was not continued");
    }
}

/// Ties a span to the trace of a foreign sender without becoming part of it: its ids and its wish
/// to be sampled are not ours to follow. Only after the sender was verified.
pub fn link(span: &Span, traceparent: &str, tracestate: Option<&str>) {
    // An invalid context is not linked.
    span.add_link(
        extract(traceparent, tracestate)
            .span()
            .span_context()
            .clone(),
    );
}

fn extract(traceparent: &str, tracestate: Option<&str>) -> Context {
    PROPAGATOR.extract_with_context(
        &Context::new(),
        &Received {
            traceparent,
            tracestate,
        },
    )
}

struct Headers<'a>(&'a mut Vec<(String, String)>);

impl Injector for Headers<'_> {
    fn set(&mut self, name: &str, value: String) {
        // A state without entries says nothing.
        if !value.is_empty() {
            self.0.push((name.to_owned(), value));
        }
    }
}

struct Received<'a> {
    traceparent: &'a str,
    tracestate: Option<&'a str>,
}

impl Extractor for Received<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        match name {
            "traceparent" => Some(self.traceparent).filter(|parent| parent.len() <= LONGEST_PARENT),
            "tracestate" => self.tracestate.filter(|state| state.len() <= LONGEST_STATE),
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent", "tracestate"]
    }
}
