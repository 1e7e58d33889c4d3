//! What fails: it is said once, what may pass is tried again, and what somebody has to mend waits for them.

use sluice_test_support::{eventually, registry::credential};

use crate::{
    site::{Site, kept, of, quiet},
    worker,
};

use sluice_events::v1::{GitProblem, MirrorKind};

#[tokio::test]
async fn a_dead_credential_stops_until_it_is_replaced() {
    let site = Site::start().await;
    let web = site.server.repository("acme/web");
    let first = web.commit("main", "first", &[("a", "1")]);
    site.server.require("git", "good");
    let dead = credential("bot", "forge").password("git", "dead^@%/one");
    site.declare(&[dead.manifest(), of("acme/web").opened_by("bot").manifest()])
        .await;
    let worker = worker::start(&site).await;
    let state = eventually("it waits", || async {
        site.state("web").await.filter(|state| state.halt.is_some())
    })
    .await;
    let failure = state.failure.unwrap();
    assert_eq!(failure.problem(), GitProblem::Credential);
    assert!(!failure.message.contains("dead"), "{}", failure.message);

    // Pushes wake it, and it asks nobody.
    let asked = site.server.all_requests();
    for _ in 0..3 {
        site.told("acme/web", "refs/heads/main", None, Some(&first))
            .await;
    }
    quiet().await;
    assert_eq!(site.server.all_requests(), asked);
    assert_eq!(site.said("acme/web").await, ["failed", "disconnected"]);

    let good = credential("bot", "forge").password("git", "good");
    site.declare(&[good.manifest()]).await;
    site.generation("web", 1).await;
    site.in_step(&site.folder, &web).await;
    let said = site.said("acme/web").await;
    assert_eq!(said, ["failed", "disconnected", "connected", "completed"]);
    worker.stop().await;
}

#[tokio::test]
async fn a_host_that_is_down_is_asked_again_by_itself() {
    let site = Site::start().await;
    let web = site.declared("acme/web").await;
    web.commit("main", "first", &[("a", "1")]);
    let worker = worker::start(&site).await;
    site.generation("web", 1).await;
    site.server.refuse("acme/web", 503);
    let second = web.commit("main", "second", &[("a", "2")]);
    site.told("acme/web", "refs/heads/main", None, Some(&second))
        .await;
    eventually("it has failed more than once", || async {
        site.state("web").await.filter(|state| state.failures > 1)
    })
    .await;
    assert_eq!(site.said("acme/web").await.last().unwrap(), "failed");
    site.server.serve("acme/web");
    site.generation("web", 2).await;
    site.in_step(&site.folder, &web).await;
    let state = site.state("web").await.unwrap();
    assert!(state.failure.is_none() && state.retry_at.is_none() && state.failures == 0);
    let said = site.said("acme/web").await;
    assert_eq!(said, ["connected", "completed", "failed", "completed"]);
    worker.stop().await;
}

#[tokio::test]
async fn one_that_fails_keeps_nobody_else_waiting() {
    let site = Site::start().await;
    for name in ["acme/gone", "acme/down"] {
        site.declare(&[kept(name, MirrorKind::Full)]).await;
        site.server
            .refuse(name, if name == "acme/gone" { 404 } else { 502 });
    }
    let worker = worker::start(&site).await;
    let web = site.declared("acme/web").await;
    web.commit("main", "first", &[("a", "1")]);
    site.generation("web", 1).await;
    let gone = eventually("it is missed", || async {
        site.state("gone")
            .await
            .filter(|state| state.halt.is_some())
    })
    .await;
    assert_eq!(gone.failure.unwrap().problem(), GitProblem::NotFound);
    worker.stop().await;
}
