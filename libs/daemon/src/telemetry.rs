//! Logs to standard error, and traces to a collector if one is named.
//!
//! Every span has W3C ids whether or not it is exported, so that messages on the bus always tie
//! together. Without a collector a trace is marked as not sampled, unless it came from a process
//! that samples it; services that share traces should therefore agree on having a collector.

mod context;
mod logs;
mod plan;
mod traces;

pub use context::{continue_from, inject, link};
pub use plan::{Export, LOG_FORMAT, LogFormat, Plan};

use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::layer::SubscriberExt;

use crate::service::Service;

/// How long a collector may take to receive the last spans.
const FLUSH: Duration = Duration::from_secs(5);

/// What must be flushed before the process ends.
#[must_use = "spans are lost unless it is shut down"]
pub struct Telemetry(SdkTracerProvider);

impl Telemetry {
    /// Begins to log and trace. Where something already does, as in the second service of one
    /// process or in a test, it is left as it is.
    pub fn install(service: &Service, plan: Plan) -> anyhow::Result<Self> {
        opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
        let provider = traces::provider(service, plan.export.as_ref())?;
        let spans = traces::layer(provider.tracer("sluice"), plan.export.is_some());
        let subscriber = tracing_subscriber::registry()
            .with(logs::layer(plan))
            .with(spans);
        // An error means that there is a subscriber already.
        let _ = tracing::subscriber::set_global_default(subscriber);
        Ok(Self(provider))
    }

    /// Sends what has not been sent, without blocking the runtime.
    pub async fn shutdown(self) {
        let flushed =
            tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(FLUSH)).await;
        if let Ok(Err(error)) = flushed {
            tracing::warn!(%error, "the last spans were not exported");
        }
    }
}

#[cfg(test)]
mod tests;
