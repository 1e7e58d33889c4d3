//! JetStream, as Sluice uses it. The only crate that names async-nats.
//!
//! - [`Bus`] is the connection: it survives an absent server and says whether it is up.
//! - [`topology`] is the table of what stands on the bus; [`roles`] of who may do what there.
//! - [`Bus::publish`] returns when the right stream has acknowledged, and never otherwise.
//! - [`consume`] is the loop that every worker runs: store what is said, advance the state, then ack.
//! - [`Audit`] is who changed what, or was not allowed to.
//! - [`Command`] is what a service is to do.
//! - [`Bus::ask`] asks a service, [`Queries`] answers.
//! - [`Records`] are the values of a bucket, with revisions and a watch that survives.

mod audit;
mod command;
mod connection;
pub mod consume;
mod dead_letter;
mod fleet;
mod forward;
mod lookup;
mod namespace;
mod publish;
mod queries;
pub mod readiness;
mod records;
pub mod roles;
pub mod server;
pub mod settings;
mod together;
pub mod topology;
mod watch;

pub use audit::Audit;
pub use command::Command;
pub use connection::{Bus, ConnectError, Connection, Credentials, MIN_SERVER, ServerProblem, Up};
pub use fleet::Fleet;
pub use lookup::{LookupError, StoredMessage, Wake};
pub use namespace::Namespace;
pub use publish::{Outgoing, PublishError, Stored};
pub use queries::{AskError, Queries, Query, Refusal};
pub use records::{RecordError, Records, Versioned};
pub use watch::{Change, Watch};
