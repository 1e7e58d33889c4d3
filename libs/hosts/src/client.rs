//! The one HTTP client for all hosts' APIs, with one policy.
//!
//! It speaks with the API's origin below the API's path, and with nobody else: over https, at an address that was
//! judged, with the host's own certificate authorities where it has some. It follows no redirect and takes no proxy
//! from the environment. Everything is bounded: connecting, the call, the answer, how often it tries, how long it
//! waits. What changes something is sent once.

mod answer;
mod asked;
mod body;
mod cache;
mod call;
mod connect;
mod failure;
mod limits;
mod link;
mod measure;
mod once;
mod retry;
mod route;
mod said;
mod session;
mod settings;
mod tls;
mod turned_away;

use std::sync::{Arc, Mutex};

use sluice_events::v1;
use url::Url;

pub(crate) use answer::Answer;
pub(crate) use call::Call;
pub(crate) use route::Route;
pub(crate) use session::Session;
pub use settings::Settings;
pub(crate) use turned_away::LEFT_ALONE;

use self::{cache::Cache, turned_away::TurnedAway};
use crate::{ApiError, Budget, provider::Provider};

/// A host's API, without anybody's credential. Clones share connections, budget and cache.
#[derive(Clone)]
pub(crate) struct Client(Arc<Shared>);

struct Shared {
    /// The host's name in the registry.
    host: String,
    provider: &'static dyn Provider,
    http: reqwest::Client,
    /// The API's address, without a slash at its end.
    base: Url,
    settings: Settings,
    budget: Budget,
    cache: Mutex<Cache>,
    turned_away: Mutex<TurnedAway>,
}

impl Client {
    /// For this host.
    pub(crate) fn new(
        host: &v1::Host,
        provider: &'static dyn Provider,
        settings: Settings,
        budget: Budget,
    ) -> Result<Self, ApiError> {
        let base = match host.api_url.as_str() {
            "" => provider.api_url(&host.url),
            own => own.to_owned(),
        };
        let base = connect::address(&base)?;
        let http = connect::client(host, &base, &settings)?;
        Ok(Self(Arc::new(Shared {
            host: host.name.clone(),
            provider,
            http,
            base,
            settings,
            budget,
            cache: Mutex::default(),
            turned_away: Mutex::default(),
        })))
    }

    pub(crate) fn provider(&self) -> &'static dyn Provider {
        self.0.provider
    }

    pub(crate) fn budget(&self) -> &Budget {
        &self.0.budget
    }
}
