//! What no webhook told is found, once, and looks as if one had told it.

use sluice_events::v1::Trust;

use crate::{
    site::{MAIN, Site, told},
    worker,
};

#[tokio::test]
async fn a_push_that_no_webhook_told_is_published() {
    let site = Site::start().await;
    let (web, first) = site.declared().await;
    let worker = worker::start(&site).await;
    site.swept().await;
    assert!(
        site.events().await.is_empty(),
        "what was there before is not missing"
    );

    let second = web.commit("main", "second", &[("a", "2")]);
    let found = site.recovers(1).await.remove(0);
    assert_eq!(
        found.moved(),
        (MAIN.into(), Some(first.clone()), Some(second.clone()))
    );
    let envelope = found.message.envelope().unwrap();
    assert_eq!(envelope.trust, Trust::Host);
    assert_eq!(
        found.message.subject,
        "sluice.v1.git.default.forge.acme.web.branch.updated.default.main"
    );
    let repository = found.event.repository.as_ref().unwrap();
    assert_eq!(
        (repository.host_id.as_str(), repository.full_name.as_str()),
        ("42", "acme/web")
    );

    // The webhook that comes after all tells the same fact.
    told(MAIN, Some(&first), Some(&second))
        .tell(&site.gateway)
        .await;
    let late = site.events().await.pop().unwrap();
    assert_eq!(late.message.envelope().unwrap().fact, envelope.fact);
    site.swept_twice().await;
    assert_eq!(site.recovered().await.len(), 1, "it is found once");
    assert!(site.known().await.unwrap().missed_at.is_some());
    worker.stop().await;
}

#[tokio::test]
async fn branches_and_tags_that_come_and_go() {
    let site = Site::start().await;
    let (web, first) = site.declared().await;
    web.point("refs/heads/old", &first);
    let worker = worker::start(&site).await;
    site.swept().await;
    web.delete("refs/heads/old");
    web.point("refs/tags/v1", &first);
    web.point("refs/heads/néw", &first);
    let mut found: Vec<_> = site
        .recovers(3)
        .await
        .iter()
        .map(super::site::Stored::moved)
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            ("refs/heads/néw".into(), None, Some(first.clone())),
            ("refs/heads/old".into(), Some(first.clone()), None),
            ("refs/tags/v1".into(), None, Some(first.clone())),
        ]
    );
    worker.stop().await;
}

#[tokio::test]
async fn the_first_of_two_pushes_is_missing() {
    let site = Site::start().await;
    let (web, first) = site.declared().await;
    let worker = worker::start(&site).await;
    site.swept().await;
    let second = web.commit("main", "second", &[("a", "2")]);
    let third = web.commit("main", "third", &[("a", "3")]);
    site.told(MAIN, Some(&second), Some(&third)).await;
    let found = site.recovers(1).await;
    let found: Vec<_> = found.iter().map(super::site::Stored::moved).collect();
    assert_eq!(found, [(MAIN.into(), Some(first), Some(second))]);
    site.swept_twice().await;
    assert_eq!(site.recovered().await.len(), 1);
    worker.stop().await;
}

/// A fact that comes true again soon: there, back, and there again.
#[tokio::test]
async fn there_and_back_and_there_again() {
    let site = Site::start().await;
    let (web, first) = site.declared().await;
    let worker = worker::start(&site).await;
    site.swept().await;
    let second = web.commit("main", "second", &[("a", "2")]);
    site.recovers(1).await;
    web.point(MAIN, &first);
    site.recovers(2).await;
    web.point(MAIN, &second);
    let found = site.recovers(3).await;
    let ends: Vec<_> = found
        .iter()
        .map(|found| found.event.after.clone().unwrap())
        .collect();
    assert_eq!(ends, [second.clone(), first, second]);
    worker.stop().await;
}

#[tokio::test]
async fn two_replicas_publish_each_move_once() {
    let site = Site::start().await;
    let (web, _) = site.declared().await;
    let workers = (worker::start(&site).await, worker::start(&site).await);
    site.swept().await;
    for round in 1..=4 {
        web.commit("main", "more", &[("a", &round.to_string())]);
        site.recovers(round).await;
    }
    site.swept_twice().await;
    assert_eq!(site.events().await.len(), 4);
    workers.0.stop().await;
    workers.1.stop().await;
}
