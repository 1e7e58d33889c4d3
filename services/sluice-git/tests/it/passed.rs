//! What pushes brought and no ref leads to any more when it is looked: known by their ends, and told all the same.

use sluice_test_support::{GitRepository, GitServer};

use crate::site::Site;

const MAIN: &str = "refs/heads/main";

async fn synced() -> (GitServer, GitRepository, Site, String) {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    let site = Site::of(web.url());
    let base = web.commit("main", "base", &[("a", "a\n")]);
    let mut site = site;
    site.sync().await;
    (server, web, site, base)
}

#[tokio::test]
async fn what_a_forced_push_replaced_before_it_was_seen() {
    let (_server, web, mut site, base) = synced().await;
    let one = web.commit("main", "one", &[("a", "1\n")]);
    let two = web.commit("main", "two", &[("a", "2\n")]);
    web.point(MAIN, &base);
    let three = web.commit("main", "three", &[("a", "3\n")]);
    let all = site.sync_with(&[(MAIN, &two), (MAIN, &three)]).await;
    let moved = all.moved(MAIN);
    assert_eq!(all.shas(), [three, one, two]);
    assert_eq!(moved.moved.added, 1, "what it leads to now");
    assert_eq!(moved.moved.forced, Some(false));
    let marks: Vec<_> = moved.commits.iter().map(|(_, mark)| *mark).collect();
    assert_eq!(marks, [Some(1), Some(0), Some(0)]);
    assert!(site.sync().await.moves.is_empty());
}

#[tokio::test]
async fn a_branch_that_came_and_went() {
    let (_server, web, mut site, base) = synced().await;
    web.point("refs/heads/try", &base);
    let tried = web.commit("try", "tried", &[("b", "b\n")]);
    web.delete("refs/heads/try");
    let all = site.sync_with(&[("refs/heads/try", &tried)]).await;
    let moved = all.moved("refs/heads/try");
    assert_eq!((&moved.moved.from, &moved.moved.to), (&None, &None));
    assert_eq!(moved.moved.added, 0);
    assert_eq!(all.shas(), [tried]);
}

#[tokio::test]
async fn a_branch_that_went_and_came_back() {
    let (_server, web, mut site, base) = synced().await;
    let gone = web.commit("main", "gone", &[("a", "1\n")]);
    web.point(MAIN, &base);
    let all = site.sync_with(&[(MAIN, &gone)]).await;
    let moved = all.moved(MAIN);
    assert_eq!(
        (moved.moved.from.as_ref(), moved.moved.to.as_ref()),
        (Some(&base), Some(&base))
    );
    assert_eq!((moved.moved.forced, moved.moved.added), (Some(false), 0));
    assert_eq!(all.shas(), [gone]);
}

/// Whoever can send a hint can name any id.
#[tokio::test]
async fn what_the_remote_does_not_have_hinders_nothing() {
    let (_server, web, mut site, _) = synced().await;
    let next = web.commit("main", "next", &[("a", "1\n")]);
    let nowhere = "0123456789012345678901234567890123456789";
    let all = site
        .sync_with(&[(MAIN, nowhere), ("refs/heads/none", nowhere), (MAIN, &next)])
        .await;
    assert_eq!(all.names(), [MAIN]);
    assert_eq!(all.shas(), [next]);
    assert!(!web.git(&["for-each-ref"]).is_empty());
}
