//! The admin listener: `/livez`, `/readyz`, `/metrics` and `/version`.
//!
//! The first two are open, for probes that cannot carry a token; the others, and the details that
//! `/readyz?verbose` gives, pass the [`Gate`]. `/livez` asks for nothing but an answer: a process
//! whose bus is gone is not mended by a restart.

mod answers;

use std::io;
use std::net::{SocketAddr, TcpListener};

use actix_web::dev::Server;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::middleware::{DefaultHeaders, from_fn};
use actix_web::{App, HttpServer, web};
use anyhow::Context;

use crate::access::Gate;
use crate::health::Health;
use crate::metrics::Metrics;
use crate::service::Service;
use crate::settings::{Key, Secret, Settings};
use answers::State;

/// Where the admin listener is bound.
pub static ADDR: Key = Key::new("admin", "where health and metrics are served").default(":9090");

/// Who may see more than health.
pub static TOKEN: Key = Key::secret(
    "admin-token",
    "token for metrics and version, wanted unless the address is loopback",
);

/// What the admin listener is told by the settings.
#[derive(Clone, Debug)]
pub struct Listen {
    /// Where to bind; port 0 takes any that is free.
    pub addr: SocketAddr,
    /// The bearer token, if there is one.
    pub token: Option<Secret>,
}

impl Listen {
    /// Reads the settings of the listener.
    pub fn read(settings: &mut Settings) -> Self {
        Self {
            addr: settings.addr(&ADDR),
            token: settings.optional(&TOKEN, Settings::secret),
        }
    }
}

/// The listener, bound but not yet answering.
pub struct Admin {
    listener: TcpListener,
    addr: SocketAddr,
    state: State,
}

impl Admin {
    /// Binds.
    pub fn bind(
        listen: Listen,
        service: &'static Service,
        health: Health,
        metrics: Metrics,
    ) -> anyhow::Result<Self> {
        let bound = TcpListener::bind(listen.addr)
            .and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (addr, listener) =
            bound.with_context(|| format!("cannot bind the admin listener to {}", listen.addr))?;
        let gate = Gate::new(addr, listen.token, &TOKEN);
        Ok(Self {
            listener,
            addr,
            state: State {
                gate,
                service,
                health,
                metrics,
            },
        })
    }

    /// The address that was bound, with its real port.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Answers until told to stop; must be called inside a Tokio runtime.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        self.server(stop)?.await
    }

    /// Apart from `run`, since what builds a server cannot be sent between threads, and the server
    /// can.
    fn server(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<Server> {
        let state = self.state;
        let app = move || {
            App::new()
                .app_data(web::Data::new(state.clone()))
                .wrap(from_fn(answers::check_host))
                .wrap(DefaultHeaders::new().add((CACHE_CONTROL, "no-store")))
                .configure(answers::routes)
        };
        // One worker is plenty for probes and scrapes; signals are for the process as a whole.
        let server = HttpServer::new(app).workers(1).disable_signals();
        let server = server.shutdown_signal(stop).shutdown_timeout(1);
        Ok(server.listen(self.listener)?.run())
    }
}
