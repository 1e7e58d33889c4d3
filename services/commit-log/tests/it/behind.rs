//! An index that is behind the log answers what it knows, and says how far it is.

use rusqlite::Connection;

use crate::{
    listing::{line, listing, sha},
    log::{Log, file, folder},
    site::Site,
};

#[tokio::test]
async fn questions_are_answered_while_the_index_is_behind() {
    let (site, folder) = (Site::start().await, folder());
    let log = Log::start(&site, folder.path()).await;
    let words = ["a", "b", "c", "d", "e"];
    let commits = line(&words);
    let first = listing("acme/web").to(&sha("c"));
    site.recorded(&log, &[first.commits(commits[..3].to_vec())])
        .await;

    // Somebody else writes in the file, so that nothing can be taken down.
    let held = Connection::open(file(folder.path())).unwrap();
    held.execute_batch("BEGIN IMMEDIATE").unwrap();
    let second = listing("acme/web").generation(2).pushed_by("e");
    site.list(&second.to(&sha("e")).commits(commits[3..].to_vec()))
        .await;
    site.settled().await;
    assert_eq!(site.commits().await.len(), 5, "it is recorded all the same");

    let page = site.ask("default").list(|_| {}).await.unwrap();
    let index = page.index.unwrap();
    assert_eq!((index.indexed, index.last), (4, 7));
    assert_eq!(crate::ask::shas(&page), ["c", "b", "a"].map(sha));
    let missing = site.ask("default").show("web", &sha("e")).await;
    let missing = missing.unwrap_err();
    assert_eq!(missing.code, 404);
    assert!(
        missing.message.ends_with("has read 4 of 7, it may come"),
        "{missing}"
    );

    held.execute_batch("ROLLBACK").unwrap();
    log.is_current(&site).await;
    let page = site.ask("default").list(|_| {}).await.unwrap();
    assert_eq!(page.commits.len(), 5);
    let index = page.index.unwrap();
    assert_eq!((index.indexed, index.last), (7, 7));
    log.stop().await;
}

#[tokio::test]
async fn an_index_that_is_read_anew_answers_meanwhile() {
    let (site, first, second) = (Site::start().await, folder(), folder());
    let log = Log::start(&site, first.path()).await;
    for part in 0..20 {
        let commits = (0..100).map(|at| crate::listing::commit(&format!("{part}-{at}"), &[]));
        let part = listing("acme/web").to(&sha("0-0")).part(part);
        site.list(&part.commits(commits)).await;
    }
    site.settled().await;
    log.stop().await;

    let log = Log::start(&site, second.path()).await;
    let mut before = 0;
    loop {
        let page = site.ask("default").list(|asked| asked.limit = 1000).await;
        let page = page.unwrap();
        let index = page.index.unwrap();
        assert!(before <= index.indexed && index.indexed <= index.last);
        before = index.indexed;
        // Every record but the one move is a commit.
        let more = !page.next.is_empty();
        let commits = page.commits.len() as u64;
        assert!(more || commits == index.indexed || commits + 1 == index.indexed);
        if index.indexed == 2001 {
            break;
        }
    }
    log.stop().await;
}
