//! A commit is recorded once for each repository, however often it is listed and whatever dies meanwhile.

use sluice_test_support::eventually;

use crate::{
    listing::{Listing, commit, line, listing, sha},
    log::{Log, folder},
    process::Program,
    site::Site,
};

/// Many commits, in parts.
fn parts(parts: u32, each: u32) -> Vec<Listing> {
    let of = |part: u32| {
        let commits = (0..each).map(move |at| commit(&format!("{part}-{at}"), &[]));
        listing("acme/web")
            .to(&sha("0-0"))
            .part(part)
            .commits(commits)
    };
    (0..parts).map(of).collect()
}

async fn assert_each_once(site: &Site, commits: usize) {
    let said = site.said().await;
    let twice: Vec<_> = said.iter().filter(|(_, times)| **times != 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    let recorded = said.keys().filter(|subject| subject.contains(".recorded."));
    assert_eq!(
        (recorded.count(), said.len()),
        (commits, commits + 1),
        "and one move"
    );
}

#[tokio::test]
async fn what_is_listed_is_recorded_parents_first_and_then_the_move() {
    let (site, folder) = (Site::start().await, folder());
    let log = Log::start(&site, folder.path()).await;
    let listing = listing("acme/web")
        .pushed_by("e")
        .to(&sha("c"))
        .commits(line(&["a", "b", "c"]));
    site.recorded(&log, &[listing]).await;

    let commits = site.commits().await;
    let shas: Vec<_> = commits
        .iter()
        .map(|record| record.commit.as_ref().unwrap().sha.clone())
        .collect();
    assert_eq!(shas, ["a", "b", "c"].map(sha));
    assert_eq!(
        (commits[2].r#ref.as_str(), commits[2].name.as_str()),
        ("refs/heads/main", "web")
    );
    assert_eq!(commits[2].refs, ["refs/heads/main"]);
    assert!(commits[0].refs.is_empty());
    let moves = site.moves().await;
    assert_eq!(moves.len(), 1);
    let moved = moves[0].r#move.as_ref().unwrap();
    assert_eq!(
        (moved.from.as_deref(), moved.to.as_deref()),
        (None, Some(sha("c").as_str()))
    );
    assert_eq!(moved.push.as_ref().unwrap().event_id, "e");
    log.stop().await;
}

#[tokio::test]
async fn a_listing_that_comes_again_changes_nothing() {
    let (site, folder) = (Site::start().await, folder());
    let log = Log::start(&site, folder.path()).await;
    let parts = parts(3, 40);
    site.recorded(&log, &parts).await;
    let before = site.said().await;
    site.recorded(&log, &parts).await;
    assert_eq!(site.said().await, before);
    assert_each_once(&site, 120).await;
    log.stop().await;
}

#[tokio::test]
async fn without_its_index_it_records_nothing_twice_either() {
    let (site, first, second) = (Site::start().await, folder(), folder());
    let log = Log::start(&site, first.path()).await;
    let mut parts = parts(2, 30);
    site.recorded(&log, &parts).await;
    log.stop().await;

    // Some of it is new, and nothing is known yet when it is handled.
    parts[1].data.commits.extend(
        listing("acme/web")
            .commits([commit("new", &[])])
            .data
            .commits,
    );
    for part in &parts {
        site.list(part).await;
    }
    let log = Log::start(&site, second.path()).await;
    site.settled().await;
    assert_each_once(&site, 61).await;
    log.stop().await;
}

#[tokio::test]
async fn two_replicas_record_each_commit_once() {
    let (site, first, second) = (Site::start().await, folder(), folder());
    let logs = (
        Log::start(&site, first.path()).await,
        Log::start(&site, second.path()).await,
    );
    // The same commits in several listings, so that both have them in hand.
    for _ in 0..4 {
        for part in parts(4, 30) {
            site.list(&part).await;
        }
    }
    site.settled().await;
    assert_each_once(&site, 120).await;
    logs.0.stop().await;
    logs.1.stop().await;
}

#[tokio::test]
async fn whatever_was_said_before_a_kill_is_not_said_again() {
    let site = Site::start().await;
    let mut dying = Program::start(&site, &[]).await;
    for part in parts(40, 50) {
        site.list(&part).await;
    }
    eventually("it is at work", || async {
        (site.commits().await.len() > 100).then_some(())
    })
    .await;
    dying.kill().await;
    let then = site.commits().await.len();
    assert!(then < 2000, "it was killed in the middle: {then}");

    let next = Program::start(&site, &[]).await;
    site.settled().await;
    assert_each_once(&site, 2000).await;
    drop(next);
}
