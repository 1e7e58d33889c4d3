//! The connector against hosts that are faked, with a real gateway, a real nats-server and the rights that are shipped.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up has failed"
)]

mod added;
mod aged;
mod apps;
mod faults;
mod import;
mod kept;
mod moved;
mod refused;
mod removed;
mod replicas;
mod shared;
mod site;
mod told;
