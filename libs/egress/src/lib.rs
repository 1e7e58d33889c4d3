//! Where a connection may go (rule S10): one policy for Git and for the APIs of its hosts.
//!
//! A name is resolved here, every address is judged, and whoever asked connects to what passed: a name that is
//! resolved a second time may lead elsewhere. [`resolve`] gives the addresses; [`Resolver`] is the same for an HTTP
//! client, which asks it for every connection.

mod address;
mod resolve;
mod resolver;

pub use address::{Policy, Special, judge};
pub use resolve::{EgressError, resolve};
pub use resolver::Resolver;
