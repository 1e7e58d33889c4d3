//! What every binary does alike: settings, telemetry, metrics, health, the admin listener, shutdown.
//!
//! A binary describes itself once as a [`Service`] and hands over two functions, one that reads
//! its settings and one that runs:
//!
//! ```no_run
//! use std::process::ExitCode;
//! use sluice_daemon::{Key, Process, Service, Settings};
//!
//! static GREETING: Key = Key::new("greeting", "what is said at start").default("hello");
//!
//! static IDLE: Service = Service {
//!     name: "idle",
//!     version: env!("CARGO_PKG_VERSION"),
//!     about: "says a greeting and waits to be stopped",
//!     keys: &[&[&GREETING]],
//!     elsewhere: &[],
//! };
//!
//! fn main() -> ExitCode {
//!     sluice_daemon::main(
//!         &IDLE,
//!         |settings: &mut Settings| settings.string(&GREETING),
//!         async |greeting, process: Process| {
//!             tracing::info!("{greeting}");
//!             process.health.has_started();
//!             process.shutdown.stopping().cancelled().await;
//!             Ok(())
//!         },
//!     )
//! }
//! ```
//!
//! This crate does not know the bus, nor any service.

pub mod access;
pub mod admin;
pub mod escape;
pub mod health;
pub mod metrics;
pub mod public;
pub mod run;
pub mod service;
pub mod settings;
pub mod shutdown;
pub mod telemetry;

pub use health::{Check, Health};
pub use public::{HOOKS_URL, hooks_url};
pub use run::{Process, main, start, use_ring};
pub use service::Service;
pub use settings::{Invocation, Key, Problems, Secret, Settings};
pub use shutdown::Shutdown;
