//! Registered repositories as those see them who fetch, and where their refs were last known to be.
//!
//! - [`Repositories`] is the table of them, kept current by watches on the registry: what to fetch, and what opens it.
//! - [`RefTables`] keep refs on the bus so that a push costs one small write, however many refs there are.

mod registered;
mod tables;
mod wake;

pub use registered::{Registered, Repositories, Versions, follow};
pub use tables::{RefTables, Refs};
pub use wake::wake;
