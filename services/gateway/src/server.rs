//! The public listener: `/hooks/*` and nothing else.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use actix_web::{App, HttpResponse, HttpServer, dev, middleware::DefaultHeaders, web};
use anyhow::Context;
use tokio_util::sync::CancellationToken;

use crate::{intake, way::Gateway};

/// How long a request's head may take.
const HEAD_DEADLINE: Duration = Duration::from_secs(5);

/// How long a connection may be idle. Hosts post seldom; what they keep open costs us.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// How long requests in hand may take once the listener stops, in seconds: a body and its storing.
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
        let (addr, listener) =
            bound.with_context(|| format!("cannot listen for webhooks on {addr}"))?;
        Ok(Self { listener, addr })
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub(crate) async fn run(
        self,
        gateway: Arc<Gateway>,
        stop: CancellationToken,
    ) -> io::Result<()> {
        self.serve(gateway, stop)?.await
    }

    /// Not async: what builds a server cannot move between threads, the server can.
    fn serve(self, gateway: Arc<Gateway>, stop: CancellationToken) -> io::Result<dev::Server> {
        let connections = gateway.listen.max_connections;
        let gateway = web::Data::from(gateway);
        let app = move || {
            App::new()
                .app_data(gateway.clone())
                .wrap(DefaultHeaders::new().add(("Cache-Control", "no-store")))
                .route("/hooks/{id}", web::route().to(intake::receive))
                .route("/hooks/{id}/{secret}", web::route().to(intake::receive))
                .default_service(web::to(HttpResponse::NotFound))
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
