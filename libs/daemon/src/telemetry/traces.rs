//! Spans: ids for all of them, and export over OTLP (HTTP with protobuf) if a collector is named.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use opentelemetry::KeyValue;
use opentelemetry_otlp::{Protocol, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider, SpanData, SpanExporter};
use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use super::plan::Export;
use crate::service::Service;

/// The provider of tracers: with an exporter, or for ids alone.
pub(super) fn provider(
    service: &Service,
    export: Option<&Export>,
) -> anyhow::Result<SdkTracerProvider> {
    let Some(export) = export else {
        // A span that is not sampled has ids and keeps nothing else, which makes it cheap.
        let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOff));
        return Ok(SdkTracerProvider::builder().with_sampler(sampler).build());
    };
    // The exporter's client wants it, whether or not it speaks TLS.
    crate::use_ring();
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(&export.url)
        .build()
        .with_context(|| format!("cannot export spans to {}", export.url))?;
    // The sampler, limits, headers and the rest of OTEL_… are read by the SDK.
    let provider = SdkTracerProvider::builder().with_resource(resource(service, export));
    Ok(provider
        .with_batch_exporter(Reporting {
            exporter,
            failing: AtomicBool::new(false),
        })
        .build())
}

fn resource(service: &Service, export: &Export) -> Resource {
    let resource = Resource::builder()
        .with_attribute(KeyValue::new("service.namespace", "sluice"))
        .with_attribute(KeyValue::new("service.version", service.version));
    match export.names_service {
        true => resource.build(),
        false => resource.with_service_name(service.name).build(),
    }
}

/// The layer that makes spans of the `tracing` crate into these.
///
/// Our own spans are taken at every level, so that a message sent inside of a debug span has ids
/// too; others from `info` up. Events are kept only where they are exported.
pub(super) fn layer<S>(tracer: SdkTracer, exported: bool) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let wanted = move |metadata: &Metadata<'_>| match metadata.is_span() {
        true => metadata.target().starts_with("sluice") || *metadata.level() <= LevelFilter::INFO,
        false => exported && *metadata.level() <= LevelFilter::INFO,
    };
    tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(filter_fn(wanted))
}

/// An exporter that says when spans stop arriving, once, and when they arrive again: a collector
/// that is gone should be seen, but not in every line.
#[derive(Debug)]
struct Reporting<E> {
    exporter: E,
    failing: AtomicBool,
}

impl<E: SpanExporter> SpanExporter for Reporting<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let outcome = self.exporter.export(batch).await;
        match (
            &outcome,
            self.failing.swap(outcome.is_err(), Ordering::Relaxed),
        ) {
            (Err(error), false) => {
                tracing::warn!(%error, "spans are not exported and will be lost")
            }
            (Ok(()), true) => tracing::info!("spans are exported again"),
            _ => {}
        }
        outcome
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
