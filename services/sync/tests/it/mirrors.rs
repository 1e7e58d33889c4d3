//! What is mirrored and what is said of it.

use sluice_events::v1::MirrorKind;
use sluice_registry::Kind;
use sluice_test_support::eventually;

use crate::{
    site::{Site, kept, mirrored, quiet, refs},
    worker,
};

const MAIN: &str = "refs/heads/main";

#[tokio::test]
async fn a_repository_that_is_declared_is_mirrored_and_all_of_it_is_listed() {
    let site = Site::start().await;
    let worker = worker::start(&site).await;
    let web = site.server.repository("acme/web");
    web.commits("main", 30);
    let first = web.git(&["rev-parse", "main~29"]);
    web.git(&["tag", "v1", "main~10"]);
    site.declare(&[kept("acme/web", MirrorKind::Full)]).await;
    site.generation("web", 1).await;

    assert_eq!(mirrored(&site.folder, "web"), refs(&web));
    let listed = site.shas("acme/web").await;
    assert_eq!(listed.len(), 30);
    assert_eq!(listed.first(), Some(&first), "parents come first");
    assert_eq!(site.said("acme/web").await, ["connected", "completed"]);
    let completed = site.completed("acme/web").await;
    let names: Vec<_> = completed[0]
        .moves
        .iter()
        .map(|moved| moved.r#ref.as_str())
        .collect();
    assert_eq!(names, [MAIN, "refs/tags/v1"]);
    assert_eq!(
        (completed[0].generation, completed[0].head.as_str()),
        (1, "main")
    );
    worker.stop().await;
}

#[tokio::test]
async fn a_push_is_mirrored_and_told_with_who_pushed_and_which_paths() {
    let site = Site::start().await;
    let web = site.declared("acme/web").await;
    let before = web.commit("main", "first", &[("README.md", "hello")]);
    let worker = worker::start(&site).await;
    site.generation("web", 1).await;

    let after = web.commit("main", "second", &[("docs/a.md", "a"), ("README.md", "b")]);
    let event = site
        .told("acme/web", MAIN, Some(&before), Some(&after))
        .await;
    let state = site.generation("web", 2).await;
    site.in_step(&site.folder, &web).await;

    assert_eq!(state.head, "main");
    let last = site.completed("acme/web").await.pop().unwrap();
    let moved = &last.moves[0];
    assert_eq!(
        (moved.from.as_deref(), moved.to.as_deref()),
        (Some(before.as_str()), Some(after.as_str()))
    );
    let push = moved.push.as_ref().unwrap();
    assert_eq!(
        (
            push.event_id.as_str(),
            push.actor.as_ref().unwrap().login.as_str()
        ),
        (event.as_str(), "octocat")
    );
    let mut paths: Vec<_> = moved
        .paths
        .as_ref()
        .unwrap()
        .paths
        .iter()
        .map(|path| path.path.as_str())
        .collect();
    paths.sort_unstable();
    assert_eq!(paths, ["README.md", "docs/a.md"]);
    let listed = site.listed("acme/web").await.pop().unwrap();
    assert_eq!(listed.commits.len(), 1);
    assert_eq!(listed.commits[0].push.as_ref().unwrap().event_id, event);
    worker.stop().await;
}

#[tokio::test]
async fn branches_come_and_go_and_are_forced() {
    let site = Site::start().await;
    let web = site.declared("acme/web").await;
    let first = web.commit("main", "first", &[("a", "1")]);
    let second = web.commit("main", "second", &[("a", "2")]);
    web.point("refs/heads/old", &first);
    let worker = worker::start(&site).await;
    site.generation("web", 1).await;

    // main goes back and on elsewhere, one goes, one comes, and one has a history of its own.
    web.point(MAIN, &first);
    let third = web.commit("main", "third", &[("a", "3")]);
    web.delete("refs/heads/old");
    web.point("refs/heads/new", &first);
    let apart = web.commit("apart", "unrelated", &[("b", "1")]);
    site.told("acme/web", MAIN, Some(&second), Some(&third))
        .await;
    site.generation("web", 2).await;
    site.in_step(&site.folder, &web).await;

    let last = site.completed("acme/web").await.pop().unwrap();
    let said: Vec<_> = last
        .moves
        .iter()
        .map(|moved| {
            (
                moved.r#ref.as_str(),
                moved.from.clone(),
                moved.to.clone(),
                moved.removed.clone(),
            )
        })
        .collect();
    // The default branch comes first.
    assert_eq!(
        said,
        [
            (
                MAIN,
                Some(second.clone()),
                Some(third.clone()),
                vec![second]
            ),
            ("refs/heads/apart", None, Some(apart.clone()), vec![]),
            ("refs/heads/new", None, Some(first.clone()), vec![]),
            ("refs/heads/old", Some(first), None, vec![]),
        ]
    );
    let listed = site.shas("acme/web").await;
    assert_eq!(
        listed
            .iter()
            .filter(|sha| **sha == third || **sha == apart)
            .count(),
        2
    );
    assert_eq!(listed.len(), 4, "each commit once: {listed:?}");
    worker.stop().await;
}

#[tokio::test]
async fn what_is_told_again_changes_nothing() {
    let site = Site::start().await;
    let web = site.declared("acme/web").await;
    let first = web.commit("main", "first", &[("a", "1")]);
    let worker = worker::start(&site).await;
    site.generation("web", 1).await;
    for _ in 0..3 {
        site.told("acme/web", MAIN, None, Some(&first)).await;
    }
    quiet().await;
    assert_eq!(site.said("acme/web").await, ["connected", "completed"]);
    assert_eq!(site.shas("acme/web").await, [first]);
    worker.stop().await;
}

#[tokio::test]
async fn refs_alone_are_kept_without_a_mirror() {
    let site = Site::start().await;
    let web = site.server.repository("acme/web");
    let first = web.commit("main", "first", &[("a", "1")]);
    site.declare(&[kept("acme/web", MirrorKind::RefsOnly)])
        .await;
    let worker = worker::start(&site).await;
    site.generation("web", 1).await;
    let second = web.commit("main", "second", &[("a", "2")]);
    site.told("acme/web", MAIN, Some(&first), Some(&second))
        .await;
    site.generation("web", 2).await;

    assert_eq!(mirrored(&site.folder, "web"), "");
    assert!(site.shas("acme/web").await.is_empty());
    let last = site.completed("acme/web").await.pop().unwrap();
    assert_eq!(
        (last.moves[0].from.clone(), last.moves[0].to.clone()),
        (Some(first), Some(second))
    );
    assert!(
        last.moves[0].paths.is_none() || last.moves[0].paths.as_ref().unwrap().paths.is_empty()
    );
    worker.stop().await;
}

#[tokio::test]
async fn what_is_not_kept_is_not_asked_for() {
    let site = Site::start().await;
    let web = site.server.repository("acme/web");
    web.commit("main", "first", &[("a", "1")]);
    site.declare(&[kept("acme/web", MirrorKind::None)]).await;
    let worker = worker::start(&site).await;
    quiet().await;
    assert_eq!(site.server.requests("acme/web"), 0);
    // Until it is.
    site.declare(&[kept("acme/web", MirrorKind::Full)]).await;
    site.generation("web", 1).await;
    site.in_step(&site.folder, &web).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_mirror_that_is_lost_is_made_anew_and_nothing_is_said_twice() {
    let site = Site::start().await;
    let web = site.declared("acme/web").await;
    let first = web.commit("main", "first", &[("a", "1")]);
    let worker = worker::start(&site).await;
    site.generation("web", 1).await;
    std::fs::remove_dir_all(site.folder.path().join("mirrors")).unwrap();
    let second = web.commit("main", "second", &[("a", "2")]);
    site.told("acme/web", MAIN, Some(&first), Some(&second))
        .await;
    site.generation("web", 2).await;
    eventually("the mirror is there again", || async {
        (mirrored(&site.folder, "web") == refs(&web)).then_some(())
    })
    .await;
    assert_eq!(site.shas("acme/web").await, [first, second]);
    worker.stop().await;
}

#[tokio::test]
async fn k7_of_a_repository_that_is_removed_nothing_is_left() {
    let site = Site::start().await;
    let (web, other) = (
        site.declared("acme/web").await,
        site.declared("acme/other").await,
    );
    web.commit("main", "first", &[("a", "1")]);
    other.commit("main", "first", &[("a", "1")]);
    let worker = worker::start(&site).await;
    site.generation("web", 1).await;
    site.generation("other", 1).await;
    site.registry.delete(Kind::Repository, "web").await;
    let mirror = |name: &str| {
        let path = format!("mirrors/default/{name}.git");
        site.folder.path().join(path)
    };
    eventually("its mirror and how it stood are gone", || async {
        let gone = !mirror("web").exists() && site.state("web").await.is_none();
        gone.then_some(())
    })
    .await;
    assert!(mirror("other").exists() && site.state("other").await.is_some());
    worker.stop().await;
}
