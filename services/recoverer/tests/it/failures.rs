//! Hosts that do not answer are asked less often, and those that refuse us not at all until something changes.

use sluice_bus::Records;
use sluice_events::{
    Timestamp,
    v1::{GitProblem, SyncState},
};
use sluice_registry::keys;
use sluice_test_support::{eventually, registry::credential};

use crate::{
    site::{MAIN, Site, of, quiet},
    worker,
};

#[tokio::test]
async fn a_dead_credential_is_not_tried_again_until_it_is_replaced() {
    let site = Site::start().await;
    let (web, first) = site.declared().await;
    site.server.require("git", "good");
    let dead = credential("bot", "forge").password("git", "dead");
    site.registry
        .declare(&[dead.manifest(), of("acme/web").opened_by("bot").manifest()])
        .await;
    let worker = worker::start(&site).await;
    eventually("it waits", || async {
        let known = site.known().await?;
        let refused = known.failure.as_ref()?.problem() == GitProblem::Credential;
        // The host's API was asked, too, and refuses us no less.
        let asked = known.repository.is_some_and(|known| known.failures > 0);
        (refused && asked && known.halt.is_some()).then_some(())
    })
    .await;
    let asked = site.server.all_requests();
    quiet().await;
    assert_eq!(site.server.all_requests(), asked);

    let good = credential("bot", "forge").password("git", "good");
    site.registry.declare(&[good.manifest()]).await;
    site.swept().await;
    let second = web.commit("main", "second", &[("a", "2")]);
    let found = site.recovers(1).await.remove(0);
    assert_eq!(found.moved(), (MAIN.into(), Some(first), Some(second)));
    let known = site.known().await.unwrap();
    assert!(known.failure.is_none() && known.halt.is_none() && known.failures == 0);
    worker.stop().await;
}

/// Somebody had sync try again, and it worked: what was wrong was mended at the host.
#[tokio::test]
async fn what_sync_reaches_again_is_swept_again() {
    let site = Site::start().await;
    site.declared().await;
    site.server.refuse("acme/web", 404);
    let worker = worker::start(&site).await;
    eventually("it waits", || async {
        site.known().await.filter(|known| known.halt.is_some())
    })
    .await;
    site.server.serve("acme/web");
    let asked = site.server.all_requests();
    quiet().await;
    assert_eq!(site.server.all_requests(), asked);

    let sync = site.nats.bus("sync").await;
    let states = Records::<SyncState>::new(&sync, keys::SYNC_STATE);
    let reached = SyncState {
        completed_at: Some(Timestamp::now()),
        ..SyncState::default()
    };
    let key = keys::repository("default", "web");
    states.put(&key, &reached, None).await.unwrap();
    site.swept().await;
    let known = site.known().await.unwrap();
    assert!(known.halt.is_none() && known.failure.is_none());
    worker.stop().await;
}

#[tokio::test]
async fn nothing_is_missed_while_the_host_is_down() {
    let site = Site::start().await;
    let (web, _) = site.declared().await;
    let worker = worker::start(&site).await;
    site.swept().await;
    site.server.refuse("acme/web", 503);
    web.commit("main", "second", &[("a", "2")]);
    eventually("it has failed", || async {
        site.known().await.filter(|known| known.failures > 1)
    })
    .await;
    assert!(site.events().await.is_empty());
    site.server.serve("acme/web");
    site.recovers(1).await;
    worker.stop().await;
}
