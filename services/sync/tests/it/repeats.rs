//! What is looked at again may say something else by then: nothing is lost by it.

use std::collections::BTreeSet;

use sluice_test_support::eventually;

use crate::{process::Program, site::Site, worker};

const MAIN: &str = "refs/heads/main";

/// It dies after a part of what it found is said and before it is noted that it was; then the head moves, so that the
/// repeat of the same message finds something else.
#[tokio::test]
async fn when_the_head_moves_between_a_crash_and_the_repeat_nothing_is_lost() {
    let site = Site::start().await;
    let web = site.declared("acme/web").await;
    let tip = web.commits("main", 12_000);
    site.told("acme/web", MAIN, None, Some(&tip)).await;
    let dying = Program::start(&site);
    eventually("some of it is said", || async {
        (!site.listed("acme/web").await.is_empty()).then_some(())
    })
    .await;
    dying.kill().await;
    assert!(
        site.state("web").await.is_none(),
        "it died before it noted anything"
    );

    // The head goes back by a thousand and on from there: what was said is not all there any more, and some is new.
    let all: BTreeSet<String> = commits(&web, MAIN);
    let back = web.git(&["rev-parse", "main~1000"]);
    web.point(MAIN, &back);
    let new = web.commit("main", "on from there", &[("new", "1")]);
    web.point("refs/heads/kept", &back);
    let worker = worker::start(&site).await;
    site.generation("web", 1).await;
    site.in_step(&site.folder, &web).await;

    let listed: BTreeSet<String> = site.shas("acme/web").await.into_iter().collect();
    let now = commits(&web, MAIN);
    assert!(
        now.is_subset(&listed),
        "{} of {}",
        listed.intersection(&now).count(),
        now.len()
    );
    assert!(listed.contains(&new));
    // And what the push brought that is taken off again was in the mirror, and is told.
    let lost: Vec<_> = all.difference(&listed).collect();
    assert!(
        lost.is_empty(),
        "{} were fetched and never told",
        lost.len()
    );
    assert_eq!(listed.len(), all.len() + 1);
    // The state begins at the beginning, so that the next sync tells what comes next and not this once more.
    let next = web.commit("main", "next", &[("next", "1")]);
    site.told("acme/web", MAIN, Some(&new), Some(&next)).await;
    site.generation("web", 2).await;
    let last = site.listed("acme/web").await.pop().unwrap();
    let last: Vec<_> = last
        .commits
        .into_iter()
        .map(|listed| listed.commit.unwrap().sha)
        .collect();
    assert_eq!(last, [next]);
    worker.stop().await;
}

#[tokio::test]
async fn what_a_kill_interrupts_is_done_by_the_next() {
    let site = Site::start().await;
    let web = site.declared("acme/web").await;
    web.commits("main", 3_000);
    // At several places on the way: while it connects, fetches, tells.
    for pause in [150, 400, 700, 1_000] {
        let dying = Program::start(&site);
        tokio::time::sleep(std::time::Duration::from_millis(pause)).await;
        dying.kill().await;
    }
    let worker = worker::start(&site).await;
    site.generation("web", 1).await;
    site.in_step(&site.folder, &web).await;
    let listed: BTreeSet<String> = site.shas("acme/web").await.into_iter().collect();
    assert_eq!(listed, commits(&web, MAIN));
    worker.stop().await;
}

fn commits(web: &sluice_test_support::GitRepository, name: &str) -> BTreeSet<String> {
    let all = web.git(&["rev-list", name]);
    all.lines().map(str::to_owned).collect()
}
