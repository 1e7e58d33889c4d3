//! Plans made from variables.

use super::*;
use crate::service::Service;
use crate::settings::Invocation;

static SERVICE: Service = Service {
    name: "sample",
    version: "1",
    about: "",
    keys: &[],
    elsewhere: &[],
};

fn plan(env: &[(&str, &str)]) -> Result<Plan, Vec<String>> {
    let env = env
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let mut settings = Settings::read(
        &SERVICE,
        &Invocation {
            arguments: Vec::new(),
            env,
        },
    );
    let plan = Plan::read(&mut settings);
    settings
        .finish(plan)
        .map_err(|problems| problems.lines().to_vec())
}

fn url(env: &[(&str, &str)]) -> Option<String> {
    plan(env).unwrap().export.map(|export| export.url)
}

#[test]
fn nothing_is_exported_unless_an_endpoint_is_named() {
    let all = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/");
    let traces = (
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "http://traces:4318/here",
    );
    assert_eq!(url(&[]), None);
    assert_eq!(url(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "")]), None);
    assert_eq!(
        url(&[all]).as_deref(),
        Some("http://collector:4318/v1/traces")
    );
    assert_eq!(
        url(&[all, traces]).as_deref(),
        Some("http://traces:4318/here")
    );
    assert_eq!(url(&[all, ("OTEL_SDK_DISABLED", "true")]), None);
    assert_eq!(
        url(&[all, ("OTEL_SDK_DISABLED", "false")]).as_deref(),
        Some("http://collector:4318/v1/traces")
    );
    assert_eq!(url(&[all, ("OTEL_TRACES_EXPORTER", "none")]), None);
}

#[test]
fn the_service_may_be_named_from_outside() {
    let named = |pair: (&'static str, &'static str)| {
        plan(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c"), pair])
            .unwrap()
            .export
            .unwrap()
            .names_service
    };
    assert!(named(("OTEL_SERVICE_NAME", "x")));
    assert!(named(("OTEL_RESOURCE_ATTRIBUTES", "a=b, service.name=x")));
    assert!(!named((
        "OTEL_RESOURCE_ATTRIBUTES",
        "my.service.name=x,service.name"
    )));
}

#[test]
fn what_cannot_be_used_is_listed() {
    let problems = plan(&[
        ("RUST_LOG", "sluice=loud"),
        ("SLUICE_LOG_FORMAT", "xml"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://collector"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    ])
    .unwrap_err();
    assert_eq!(problems.len(), 4, "{problems:?}");
    assert_eq!(
        problems[0],
        "SLUICE_LOG_FORMAT: `xml` is not known, expected auto or json or text"
    );
    assert!(
        problems[1].starts_with("RUST_LOG: `sluice=loud` is not a filter ("),
        "{problems:?}"
    );
    assert_eq!(
        problems[2],
        "OTEL_EXPORTER_OTLP_PROTOCOL: `grpc` is not supported, expected http/protobuf"
    );
    assert!(
        problems[3].starts_with("OTEL_EXPORTER_OTLP_ENDPOINT: is neither "),
        "{problems:?}"
    );
}
