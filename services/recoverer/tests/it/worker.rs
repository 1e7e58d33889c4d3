//! The recoverer under test, in this process.

use std::time::Duration;

use sluice_bus::consume::Options;
use sluice_recoverer::{Config, Limits, SERVICE};
use sluice_test_support::{Worker, git_child};

use crate::site::Site;

/// Sweeps often, and waits long enough for a webhook that the test tells next.
pub(crate) fn limits() -> Limits {
    Limits {
        interval: Duration::from_millis(500),
        interval_healthy: Duration::from_millis(500),
        grace: Duration::from_millis(700),
        ask_interval: Duration::from_secs(3600),
        at_once: 4,
        per_minute: 60_000,
        consume: Options {
            first_pause: Duration::from_millis(20),
            longest_pause: Duration::from_millis(50),
            ..Options::default()
        },
    }
}

/// Starts one and waits until it is ready.
pub(crate) async fn start(site: &Site) -> Worker {
    limited(site, limits()).await
}

/// Starts one that asks the hosts' APIs often.
pub(crate) async fn asking(site: &Site) -> Worker {
    let limits = Limits {
        ask_interval: Duration::from_millis(400),
        ..limits()
    };
    limited(site, limits).await
}

pub(crate) async fn limited(site: &Site, limits: Limits) -> Worker {
    let config = Config {
        bus: site.nats.connection("recoverer"),
        credentials_keys: vec![site.registry.credentials_key()],
        git: sluice_git::Settings {
            local: true,
            stall: Duration::from_secs(10),
            ..sluice_git::Settings::of(git_child())
        },
        limits,
    };
    Worker::start(&SERVICE, |process| sluice_recoverer::run(config, process)).await
}
