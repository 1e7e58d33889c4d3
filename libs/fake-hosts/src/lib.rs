//! For tests and the demo alone: the APIs of four kinds of Git hosts, as nasty as the real ones.
//!
//! A [`FakeHost`] listens on loopback, knows accounts, repositories, hooks and tokens, serves what a host's API serves of
//! them with the rights that the host demands, and posts signed webhooks. It is written from what the hosts document and
//! from what was recorded of them, and shares no code with our clients and providers: where both agree, they agree about
//! the host.
//!
//! It differs knowingly: hooks may point to loopback, and one row of ids serves all things.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up has failed"
)]

mod apps;
mod changes;
mod clock;
mod deliver;
mod faults;
mod gitea;
mod github;
mod gitlab;
mod host;
mod http;
mod journal;
mod kind;
mod limits;
mod page;
mod push;
mod random;
mod secret;
mod seen;
mod serve;
mod server;
mod setup;
mod state;

pub use apps::{AppBuilder, AppKeys, SeenInstallationToken};
pub use deliver::Delivery;
pub use faults::{Fault, PlannedFault};
pub use host::FakeHost;
pub use journal::Call;
pub use kind::Kind;
pub use limits::Limits;
pub use push::PushBuilder;
pub use secret::Secret;
pub use seen::FakeHook;
pub use setup::{RepositoryBuilder, TokenBuilder};
pub use state::{Role, Visibility};
