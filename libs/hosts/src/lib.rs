//! The APIs of Git hosts: repositories, who a credential is, webhooks, the hosts' logs of deliveries, and what is said of
//! commits.
//!
//! One folder per kind of host, one line for each in the table below, and one HTTP client with one policy for all. What
//! a kind of host does not have is a typed [`NotOffered`]. The interfaces are small, so that who needs only hooks takes
//! `&dyn Hooks`:
//!
//! ```no_run
//! # async fn example(record: &sluice_events::v1::Host, key: &sluice_hosts::Key) -> Result<(), sluice_hosts::ApiError> {
//! use sluice_hosts::{Budget, Host, Pace, Settings};
//! let budget = Budget::new(Pace { calls_per_hour: 5000, share_percent: 40 });
//! let host = Host::new(record, Settings::default(), budget)?;
//! let api = host.open(key)?;
//! let repository = api.by_name("acme/web").await?;
//! println!("{} is at {}", repository.id, repository.web_url);
//! # Ok(())
//! # }
//! ```

mod budget;
mod client;
mod delivery;
mod error;
mod forgejo;
mod gitea;
mod github;
mod gitlab;
mod hook;
mod host;
mod hosts;
mod identity;
mod key;
mod names;
mod page;
mod provider;
mod read;
mod repository;
mod status;
mod wire;

pub use budget::{Budget, Pace};
pub use client::Settings;
pub use delivery::{Deliveries, HostDelivery};
pub use error::{ApiError, NotOffered, Problem};
pub use github::{App, AppKey, Installation, Minted, NewApp, Opens};
pub use hook::{Hook, HookState, Hooks, Installed, NewHook, Place, PlaceSort, Proof};
pub use host::{Host, creations};
pub use hosts::{Hosts, Opened};
pub use identity::{Identities, Identity, Need};
pub use key::Key;
pub use page::{Cursor, Page};
pub use provider::HostApi;
pub use repository::{HostRepository, Owner, Repositories, Rights};
pub use status::{CommitStatus, StatusState, Statuses};

/// Every kind of Git host software whose API is known.
const PROVIDERS: &[&dyn provider::Provider] = &[
    &github::GitHub,
    &gitlab::GitLab,
    &gitea::GITEA,
    &forgejo::FORGEJO,
];
