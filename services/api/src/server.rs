//! The listener of the API: its paths, and the limits of every request.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    time::{Duration, Instant},
};

use actix_web::{
    App, Error, HttpRequest, HttpServer,
    body::MessageBody,
    dev::{self, ServiceRequest, ServiceResponse},
    guard,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_LENGTH, TRANSFER_ENCODING, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::{DefaultHeaders, Next, from_fn},
    web,
};
use anyhow::Context;
use tokio_util::sync::CancellationToken;

use crate::{
    Api,
    operations::{self, Method},
    problem::Problem,
    serve::serve,
};

/// How long a request's head may take.
const HEAD_DEADLINE: Duration = Duration::from_secs(5);

/// How long a connection may be idle.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// How long requests in hand may take once the listener stops, in seconds: as long as services may take to answer.
const FINISH_SECONDS: u64 = 12;

/// The listener, bound and not yet served.
pub(crate) struct Server {
    listener: TcpListener,
    addr: SocketAddr,
}

impl Server {
    pub(crate) fn bind(addr: SocketAddr) -> anyhow::Result<Self> {
        let bound =
            TcpListener::bind(addr).and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (addr, listener) = bound.with_context(|| format!("cannot serve the API on {addr}"))?;
        Ok(Self { listener, addr })
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub(crate) async fn run(self, api: Api, stop: CancellationToken) -> io::Result<()> {
        self.serve(api, stop)?.await
    }

    /// Not async: what builds a server cannot move between threads, the server can.
    fn serve(self, api: Api, stop: CancellationToken) -> io::Result<dev::Server> {
        let connections = api.listen.max_connections;
        let api = web::Data::new(api);
        let app = move || {
            let headers = DefaultHeaders::new()
                .add((CACHE_CONTROL, "no-store"))
                .add((X_CONTENT_TYPE_OPTIONS, "nosniff"));
            App::new()
                .app_data(api.clone())
                .wrap(from_fn(take))
                .wrap(headers)
                .configure(paths)
                .default_service(web::to(nothing))
        };
        let server = HttpServer::new(app)
            .client_request_timeout(HEAD_DEADLINE)
            .keep_alive(KEEP_ALIVE)
            .disable_signals()
            .shutdown_signal(stop.cancelled_owned())
            .shutdown_timeout(FINISH_SECONDS);
        let workers = std::thread::available_parallelism().map_or(2, usize::from);
        let server = server
            .workers(workers)
            .max_connections(connections.div_ceil(workers));
        Ok(server.listen(self.listener)?.run())
    }
}

/// All paths that there are.
fn paths(app: &mut web::ServiceConfig) {
    for path in operations::paths() {
        let mut resource = web::resource(path);
        for operation in operations::at(path) {
            let mut methods = guard::Any(guard::Method(operation.method.http()));
            if operation.method == Method::Get {
                methods = methods.or(guard::Head());
            }
            let run = move |request: HttpRequest, body| serve(operation, request, body);
            resource = resource.route(web::route().guard(methods).to(run));
        }
        let other =
            move || async move { Err::<(), _>(Problem::method(operations::allowed_at(path))) };
        app.service(resource.default_service(web::to(other)));
    }
}

async fn nothing() -> Result<(), Problem> {
    Err(Problem::bare(StatusCode::NOT_FOUND))
}

/// Whether something reads the body of this request.
fn reads_body(request: &ServiceRequest) -> bool {
    let path = request.match_pattern();
    let mut here = operations::at(path.as_deref().unwrap_or_default());
    here.any(|operation| operation.method.http() == *request.method() && operation.body.is_some())
}

/// Refuses what has a body that nothing here reads, and counts what became of the request.
async fn take(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let begun = Instant::now();
    let headers = request.headers();
    let length = headers.get(CONTENT_LENGTH);
    let has_body =
        length.is_some_and(|length| length != "0") || headers.contains_key(TRANSFER_ENCODING);
    let path = request
        .match_pattern()
        .unwrap_or_else(|| "other".to_owned());
    let response = if has_body && !reads_body(&request) {
        let detail = "a request has no body here";
        let problem = Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail);
        request.error_response(problem).map_into_right_body()
    } else {
        next.call(request).await?.map_into_left_body()
    };
    let status = response.status().as_u16().to_string();
    metrics::counter!("sluice_api_requests_total", "path" => path.clone(), "status" => status)
        .increment(1);
    metrics::histogram!("sluice_api_request_duration_seconds", "path" => path)
        .record(begun.elapsed());
    Ok(response)
}
