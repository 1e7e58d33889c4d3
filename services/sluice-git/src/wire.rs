//! Git's protocol between client and server, versions 0 and 2, as far as fetching needs it.
//!
//! All of it is read from a remote that may mean ill, by code that cannot overrun, into memory that is bounded.

pub(crate) mod broken;
pub(crate) mod fetch;
pub(crate) mod listing;
pub(crate) mod pkt;
pub(crate) mod v0;
pub(crate) mod v2;

/// How we call ourselves.
pub(crate) const AGENT: &str = concat!("sluice-git/", env!("CARGO_PKG_VERSION"));
