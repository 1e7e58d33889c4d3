//! What the settings and the variables of others say of logs and traces.

use tracing_subscriber::EnvFilter;

use crate::settings::{Key, Settings};

/// The form of log lines.
pub static LOG_FORMAT: Key = Key::new(
    "log-format",
    "json, text, or auto: text on a terminal, else json",
)
.default("auto");

/// What is logged if `RUST_LOG` does not say: the server's own lines on workers are left out.
const DEFAULT_FILTER: &str = "info,actix_server=warn,async_nats=warn";

/// The form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text if standard error is a terminal, else JSON.
    Auto,
    /// One JSON object a line.
    Json,
    /// For eyes.
    Text,
}

/// Where spans go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The whole URL that they are posted to.
    pub url: String,
    /// Whether `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` names the service; if not, we do.
    pub names_service: bool,
}

/// What will be logged and traced, and where to.
#[derive(Debug)]
pub struct Plan {
    /// What is logged.
    pub filter: EnvFilter,
    /// How it looks.
    pub log_format: LogFormat,
    /// Whether text on a terminal may have colours, which `NO_COLOR` forbids (no-color.org).
    pub colours: bool,
    /// Where spans go, if anywhere.
    pub export: Option<Export>,
}

impl Plan {
    /// Reads `SLUICE_LOG_FORMAT`, `RUST_LOG`, `NO_COLOR` and `OTEL_…`.
    pub fn read(settings: &mut Settings) -> Self {
        let log_format = match settings.choice(&LOG_FORMAT, &["auto", "json", "text"]) {
            "json" => LogFormat::Json,
            "text" => LogFormat::Text,
            _ => LogFormat::Auto,
        };
        let colours = settings.variable("NO_COLOR").is_none();
        Self {
            filter: filter(settings),
            log_format,
            colours,
            export: export(settings),
        }
    }
}

fn filter(settings: &mut Settings) -> EnvFilter {
    let text = settings.variable("RUST_LOG").unwrap_or(DEFAULT_FILTER);
    match EnvFilter::try_new(text) {
        Ok(filter) => filter,
        Err(error) => {
            let why = format!(
                "`{text}` is not a filter ({error}), expected such as info,sluice_gateway=debug"
            );
            settings.refuse_variable("RUST_LOG", why);
            EnvFilter::default()
        }
    }
}

/// An endpoint for traces is taken as it is, one for all signals gets their path
/// (OpenTelemetry specification, OTLP exporter, "Endpoint URLs for OTLP/HTTP").
fn export(settings: &mut Settings) -> Option<Export> {
    let is = |name: &str, word: &str| {
        settings
            .variable(name)
            .is_some_and(|value| value.trim().eq_ignore_ascii_case(word))
    };
    if is("OTEL_SDK_DISABLED", "true") || is("OTEL_TRACES_EXPORTER", "none") {
        return None;
    }
    let (traces, all) = (
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    );
    let (said, url) = match (settings.variable(traces), settings.variable(all)) {
        (Some(url), _) => (traces, url.to_owned()),
        (None, Some(url)) => (all, format!("{}/v1/traces", url.trim_end_matches('/'))),
        (None, None) => return None,
    };
    let names_service = settings.variable("OTEL_SERVICE_NAME").is_some()
        || settings
            .variable("OTEL_RESOURCE_ATTRIBUTES")
            .is_some_and(names_service);
    check_protocol(settings);
    match crate::settings::parse::url(&url) {
        Err(why) => settings.refuse_variable(said, why),
        Ok(url) if !matches!(url.scheme(), "http" | "https") => {
            settings.refuse_variable(said, "is neither http:// nor https://");
        }
        Ok(_) => return Some(Export { url, names_service }),
    }
    None
}

fn names_service(attributes: &str) -> bool {
    attributes.split(',').any(|pair| {
        pair.split_once('=')
            .is_some_and(|(name, _)| name.trim() == "service.name")
    })
}

fn check_protocol(settings: &mut Settings) {
    let names = [
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
    ];
    let said = names
        .into_iter()
        .find_map(|name| Some((name, settings.variable(name)?.to_owned())));
    if let Some((name, protocol)) = said.filter(|(_, protocol)| protocol != "http/protobuf") {
        settings.refuse_variable(
            name,
            format_args!("`{protocol}` is not supported, expected http/protobuf"),
        );
    }
}

#[cfg(test)]
mod tests;
