//! What webhooks tell is known, and nothing of it is told again.

use sluice_events::v1::Trust;
use sluice_registry::Kind;
use sluice_test_support::eventually;

use crate::{
    site::{MAIN, Site, quiet, told},
    worker,
};

#[tokio::test]
async fn what_webhooks_tell_is_not_told_again() {
    let site = Site::start().await;
    let (web, first) = site.declared().await;
    let worker = worker::start(&site).await;
    site.swept().await;
    let mut before = first;
    for round in 0..5 {
        let after = web.commit("main", "more", &[("a", &format!("{round}!"))]);
        site.told(MAIN, Some(&before), Some(&after)).await;
        before = after;
    }
    site.swept_twice().await;
    assert!(site.recovered().await.is_empty());
    worker.stop().await;
}

#[tokio::test]
async fn webhooks_that_come_late_or_in_another_order_are_not_missed() {
    let site = Site::start().await;
    let (web, first) = site.declared().await;
    let worker = worker::start(&site).await;
    site.swept().await;
    let second = web.commit("main", "second", &[("a", "2")]);
    let third = web.commit("main", "third", &[("a", "3")]);
    site.told(MAIN, Some(&second), Some(&third)).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    site.told(MAIN, Some(&first), Some(&second)).await;
    site.swept_twice().await;
    assert!(site.recovered().await.is_empty());
    worker.stop().await;
}

/// Nobody signed it, so it moves nothing; what is true of it is read from the host.
#[tokio::test]
async fn a_hint_makes_it_look_and_proves_nothing() {
    let site = Site::start().await;
    let (web, first) = site.declared().await;
    let limits = sluice_recoverer::Limits {
        interval: std::time::Duration::from_secs(3600),
        interval_healthy: std::time::Duration::from_secs(3600),
        ..crate::worker::limits()
    };
    let worker = worker::limited(&site, limits).await;
    site.swept().await;
    let second = web.commit("main", "second", &[("a", "2")]);
    quiet().await;
    assert!(site.events().await.is_empty(), "an hour is not over");
    let invented = "0123456789012345678901234567890123456789";
    let mut hint = told(MAIN, Some(&first), Some(invented));
    hint.trust = Trust::Hint;
    hint.tell(&site.gateway).await;
    let found = site.recovers(1).await.remove(0);
    assert_eq!(found.moved(), (MAIN.into(), Some(first), Some(second)));
    worker.stop().await;
}

#[tokio::test]
async fn the_hosts_own_id_is_learnt_from_signed_events() {
    let site = Site::start().await;
    let web = site.server.repository("acme/web");
    let first = web.commit("main", "first", &[("a", "1")]);
    let nameless = sluice_test_support::registry::repository("web", "forge", "acme/web");
    site.registry.declare(&[nameless.manifest()]).await;
    let worker = worker::start(&site).await;
    site.swept().await;
    let second = web.commit("main", "second", &[("a", "2")]);
    site.told(MAIN, Some(&first), Some(&second)).await;
    eventually("it is learnt", || async {
        site.known().await.filter(|known| known.host_id == "42")
    })
    .await;
    web.commit("main", "third", &[("a", "3")]);
    let found = site.recovers(1).await.remove(0);
    assert_eq!(found.event.repository.unwrap().host_id, "42");
    worker.stop().await;
}

#[tokio::test]
async fn k7_of_a_repository_that_is_removed_nothing_is_known() {
    let site = Site::start().await;
    site.declared().await;
    let worker = worker::start(&site).await;
    site.swept().await;
    site.registry.delete(Kind::Repository, "web").await;
    eventually("it is forgotten", || async {
        site.known().await.is_none().then_some(())
    })
    .await;
    worker.stop().await;
}
