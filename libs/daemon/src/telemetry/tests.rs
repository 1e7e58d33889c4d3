//! Spans as they leave the process: their ids, their links, and the export itself.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tracing::{Span, debug_span, info_span};

use super::*;

static SERVICE: Service = Service {
    name: "sample",
    version: "1.2.3",
    about: "",
    keys: &[],
    elsewhere: &[],
};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

#[derive(Clone, Debug, Default)]
struct Exported(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Exported {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}

fn within<T>(provider: &SdkTracerProvider, exported: bool, act: impl FnOnce() -> T) -> T {
    let spans = traces::layer(provider.tracer("test"), exported);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(spans), act)
}

/// Acts where nothing is exported.
fn without_collector<T>(act: impl FnOnce() -> T) -> T {
    within(&traces::provider(&SERVICE, None).unwrap(), false, act)
}

/// Acts where spans are exported, and answers them.
fn with_collector(act: impl FnOnce()) -> Vec<SpanData> {
    let exported = Exported::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exported.clone())
        .build();
    within(&provider, true, act);
    exported.0.lock().unwrap().clone()
}

fn traceparent(span: &Span) -> Option<String> {
    let mut headers = Vec::new();
    inject(span, &mut headers);
    assert!(headers.iter().all(|(name, _)| name != "tracestate"));
    headers
        .into_iter()
        .find(|(name, _)| name == "traceparent")
        .map(|(_, value)| value)
}

#[test]
fn spans_have_ids_without_a_collector() {
    without_collector(|| {
        let outer = info_span!("outer");
        let parent = traceparent(&outer).unwrap();
        assert!(
            parent.starts_with("00-") && parent.ends_with("-00") && parent.len() == 55,
            "{parent}"
        );
        let child = traceparent(&debug_span!(parent: &outer, "inner")).unwrap();
        let trace = |parent: &str| parent.split('-').nth(1).unwrap().to_owned();
        assert_eq!(trace(&child), trace(&parent));
        assert_ne!(child, parent);
    });
}

#[test]
fn outside_of_a_span_nothing_is_injected() {
    without_collector(|| assert_eq!(traceparent(&Span::current()), None));
}

#[test]
fn a_trace_is_continued_with_the_decision_to_sample_it() {
    without_collector(|| {
        let span = info_span!("consumer");
        continue_from(&span, PARENT, None);
        let parent = traceparent(&span).unwrap();
        assert!(
            parent.contains(TRACE) && parent.ends_with("-01"),
            "{parent}"
        );
    });
}

#[test]
fn a_state_travels_with_its_trace_unless_it_is_too_long() {
    let state_after = |state: &str| {
        without_collector(|| {
            let span = info_span!("consumer");
            continue_from(&span, PARENT, Some(state));
            let mut headers = Vec::new();
            inject(&span, &mut headers);
            headers
                .into_iter()
                .find(|(name, _)| name == "tracestate")
                .map(|(_, value)| value)
        })
    };
    assert_eq!(state_after("vendor=x").as_deref(), Some("vendor=x"));
    assert_eq!(state_after(&format!("vendor={}", "x".repeat(512))), None);
}

#[test]
fn a_foreign_trace_is_linked_and_not_continued_even_late() {
    let spans = with_collector(|| {
        let span = info_span!("delivery");
        let _entered = span.enter();
        link(&span, PARENT, Some("vendor=x"));
    });
    let span = spans.first().unwrap();
    assert_ne!(span.span_context.trace_id().to_string(), TRACE);
    let link = span.links.links.first().unwrap();
    assert_eq!(link.span_context.trace_id().to_string(), TRACE);
}

#[test]
fn what_is_no_context_is_neither_linked_nor_continued() {
    let long = format!("{PARENT}{}", "0".repeat(300));
    for foreign in [
        "",
        "x",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "ff-1-2-3",
        "\u{202e}",
        &long,
    ] {
        let spans = with_collector(|| {
            let span = info_span!("delivery");
            continue_from(&span, foreign, None);
            link(&span, foreign, None);
            let _entered = span.enter();
        });
        let span = spans.first().unwrap();
        assert!(
            span.links.links.is_empty() && span.span_context.is_valid(),
            "{foreign}"
        );
        assert_eq!(span.parent_span_id.to_string(), "0".repeat(16));
    }
}

/// Takes one request, answers it, and hands over what was sent.
fn collect_one(listener: &TcpListener) -> Vec<u8> {
    let (mut stream, _) = listener.accept().unwrap();
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    while !request.windows(6).any(|window| window == b"sample") {
        let count = stream.read(&mut buffer).unwrap();
        assert_ne!(count, 0, "the request ended early");
        request.extend_from_slice(&buffer[..count]);
    }
    stream
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        .unwrap();
    request
}

#[tokio::test]
async fn spans_reach_a_collector_when_the_process_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let collector = std::thread::spawn(move || collect_one(&listener));

    let export = Export {
        url,
        names_service: false,
    };
    let provider = traces::provider(&SERVICE, Some(&export)).unwrap();
    within(&provider, true, || info_span!("work").in_scope(|| ()));
    Telemetry(provider).shutdown().await;

    let request = collector.join().unwrap();
    let text = String::from_utf8_lossy(&request);
    assert!(text.starts_with("POST /v1/traces HTTP/1.1"), "{text}");
    assert!(
        text.contains("application/x-protobuf") && text.contains("service.name"),
        "{text}"
    );
}
