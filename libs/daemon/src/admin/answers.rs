//! What each path answers.

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, HttpResponse, web};

use crate::access::{Gate, Refusal};
use crate::health::Health;
use crate::metrics::Metrics;
use crate::service::{REVISION, Service};

/// What the answers are made of.
#[derive(Clone)]
pub(super) struct State {
    pub(super) gate: Gate,
    pub(super) service: &'static Service,
    pub(super) health: Health,
    pub(super) metrics: Metrics,
}

impl State {
    /// Whether a request may see what is not open to everyone.
    fn allows(&self, request: &HttpRequest) -> Result<(), Refusal> {
        self.gate
            .token(only(request.headers(), header::AUTHORIZATION))
    }
}

/// All paths there are; each answers GET, and the HEAD that some probes send.
pub(super) fn routes(app: &mut web::ServiceConfig) {
    app.service(web::resource("/livez").get(livez).head(livez))
        .service(web::resource("/readyz").get(readyz).head(readyz))
        .service(web::resource("/metrics").get(metrics).head(metrics))
        .service(web::resource("/version").get(version).head(version));
}

/// Turns away what was meant for another host, whatever its path.
pub(super) async fn check_host(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let gate = request
        .app_data::<web::Data<State>>()
        .map(|state| &state.gate);
    let refused = gate.and_then(|gate| gate.host(only(request.headers(), header::HOST)).err());
    match refused {
        Some(refusal) => Ok(request.into_response(refuse(&refusal))),
        None => next.call(request).await,
    }
}

async fn livez() -> HttpResponse {
    plain(StatusCode::OK, "ok\n".to_owned())
}

async fn readyz(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let readiness = state.health.readiness();
    let (status, word) = match readiness.ready {
        true => (StatusCode::OK, "ok\n"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n"),
    };
    let mut parts = request.query_string().split('&');
    if !parts.any(|part| part == "verbose" || part.starts_with("verbose=")) {
        return plain(status, word.to_owned());
    }
    // Reasons name addresses and hosts, which are not for everyone who may probe.
    match state.allows(&request) {
        Ok(()) => plain(status, readiness.lines + word),
        Err(refusal) => plain(status, format!("{word}no details: {refusal}\n")),
    }
}

async fn metrics(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    behind_token(&request, &state, || {
        let content_type = (
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        );
        HttpResponse::Ok()
            .insert_header(content_type)
            .body(state.metrics.render())
    })
}

async fn version(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    behind_token(&request, &state, || {
        let mut version =
            serde_json::json!({ "name": state.service.name, "version": state.service.version });
        if let (Some(revision), Some(version)) = (REVISION, version.as_object_mut()) {
            version.insert("revision".to_owned(), revision.into());
        }
        HttpResponse::Ok().json(version)
    })
}

fn behind_token(
    request: &HttpRequest,
    state: &State,
    answer: impl FnOnce() -> HttpResponse,
) -> HttpResponse {
    match state.allows(request) {
        Ok(()) => answer(),
        Err(refusal) => refuse(&refusal),
    }
}

fn refuse(refusal: &Refusal) -> HttpResponse {
    let status = match refusal {
        Refusal::ForeignHost => StatusCode::FORBIDDEN,
        Refusal::WrongToken | Refusal::NoTokenSet { .. } => StatusCode::UNAUTHORIZED,
    };
    let mut response = plain(status, format!("{refusal}\n"));
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(
            header::WWW_AUTHENTICATE,
            header::HeaderValue::from_static("Bearer"),
        );
    }
    response
}

fn plain(status: StatusCode, text: String) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
        .body(text)
}

/// A header that is there exactly once; of two, nobody knows which one counts.
fn only(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name);
    let value = values.next().filter(|_| values.next().is_none());
    value.and_then(|value| value.to_str().ok())
}
