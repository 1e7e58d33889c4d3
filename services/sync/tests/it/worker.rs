//! Sync under test, in this process.

use std::time::Duration;

use sluice_bus::consume::Options;
use sluice_sync::{Config, Limits, SERVICE};
use sluice_test_support::Folder;
use sluice_test_support::{Worker, git_child};

use crate::site::Site;

/// The settings of Git work, on the ground of tests.
pub(crate) fn git() -> sluice_git::Settings {
    sluice_git::Settings {
        local: true,
        stall: Duration::from_secs(10),
        ..sluice_git::Settings::of(git_child())
    }
}

/// Starts one that keeps its mirrors in the site's folder, and waits until it is ready.
pub(crate) async fn start(site: &Site) -> Worker {
    keeping(site, &site.folder).await
}

/// Starts one with a folder of its own.
pub(crate) async fn keeping(site: &Site, folder: &Folder) -> Worker {
    let config = Config {
        bus: site.nats.connection("sync"),
        credentials_keys: vec![site.registry.credentials_key()],
        data_dir: folder.path().to_owned(),
        git: git(),
        limits: Limits {
            at_once: 4,
            consume: Options {
                first_pause: Duration::from_millis(20),
                longest_pause: Duration::from_millis(50),
                ..Options::default()
            },
        },
    };
    Worker::start(&SERVICE, |process| sluice_sync::run(config, process)).await
}
