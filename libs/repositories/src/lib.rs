//! Registered repositories as those see them who work on them, and where their refs were last known to be.
//!
//! - [`begin`] is how such a service begins.
//! - [`Repositories`] is the table of them, kept current by watches on the registry: what to fetch, and what opens it.
//! - [`RefTables`] keep refs on the bus so that a push costs one small write, however many refs there are.

mod begin;
mod commanded;
mod gone;
mod registered;
mod tables;
mod wake;

pub use begin::{CREDENTIALS_KEY, begin, credentials_keys};
pub use commanded::Commanded;
pub use gone::forget_gone;
use registered::follow;
pub use registered::{Credential, Registered, Repositories, Versions};
pub use tables::{RefTables, Refs};
pub use wake::wake;
