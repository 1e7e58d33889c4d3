//! For tests alone: a real nats-server per test, with the rights and the topology that are shipped; a registry on it;
//! deliveries as hosts send them; a client without manners.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up has failed"
)]

pub mod canary;
pub mod commits;
mod delivery;
mod event;
mod folder;
pub mod git;
pub mod http;
mod nats;
pub mod registry;
mod search;
mod wait;
mod worker;

pub use delivery::{Delivery, NOTHING, push, tag};
pub use event::{Moved, moved};
pub use folder::Folder;
pub use git::{GitRepository, GitServer, GitWork, git_child};
pub use nats::{Nats, nats_program};
pub use registry::Registry;
pub use search::{folder_holds, holds};
pub use wait::eventually;
pub use worker::Worker;
