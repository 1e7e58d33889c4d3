//! Page after page: everything once, in order, whatever is recorded meanwhile.

use std::collections::HashSet;

use sluice_events::v1::{CommitRecord, ListCommits};

use crate::{
    ask::{sha as of, shas},
    listing::{changing, commit, listing, sha},
    log::{Log, folder},
    site::Site,
};

/// A line of commits with a number each. Three of a kind were committed within one second.
fn numbered(numbers: std::ops::Range<i64>) -> Vec<CommitRecord> {
    numbers
        .map(|number| {
            let parent = (number - 1).to_string();
            let parents = if number == 0 {
                vec![]
            } else {
                vec![parent.as_str()]
            };
            let mut commit = commit(&number.to_string(), &parents);
            commit.committer.as_mut().unwrap().time += number / 3;
            commit.paths = changing(&[if number % 2 == 0 { "even" } else { "odd/one" }]);
            commit
        })
        .collect()
}

type Ask = fn(&mut ListCommits);

#[tokio::test]
async fn pages_give_everything_once_and_in_order() {
    let (site, folder) = (Site::start().await, folder());
    let log = Log::start(&site, folder.path()).await;
    let all = listing("acme/web").to(&sha("99")).commits(numbered(0..100));
    site.recorded(&log, &[all]).await;

    let asks: [(Ask, usize); 6] = [
        (|_| {}, 100),
        (|asked| asked.repository = "web".into(), 100),
        (|asked| asked.branch = "main".into(), 100),
        (|asked| asked.path = "odd".into(), 50),
        (
            |asked| (asked.branch, asked.path) = ("main".into(), "even".into()),
            50,
        ),
        (|asked| asked.author = "lovelace".into(), 100),
    ];
    for (ask, count) in asks {
        for limit in [7, 50, 1000] {
            let mut asked = ListCommits {
                limit,
                ..Default::default()
            };
            ask(&mut asked);
            let found = site.ask("default").pages(&asked).await.unwrap();
            let words: HashSet<_> = found.iter().map(of).collect();
            assert_eq!((found.len(), words.len()), (count, count));
            let times = found.iter().map(|commit| {
                let record = commit.record.as_ref().unwrap().commit.as_ref().unwrap();
                record.committer.as_ref().unwrap().time
            });
            assert!(times.is_sorted_by(|one, next| one >= next));
        }
    }
    log.stop().await;
}

#[tokio::test]
async fn what_comes_between_two_pages_belongs_to_neither() {
    let (site, folder) = (Site::start().await, folder());
    let log = Log::start(&site, folder.path()).await;
    let all = listing("acme/web").to(&sha("29")).commits(numbered(0..30));
    site.recorded(&log, &[all]).await;
    for branch in ["", "main"] {
        let ask = |asked: &mut ListCommits| (asked.limit, asked.branch) = (10, branch.into());
        let first = site.ask("default").list(ask).await.unwrap();
        let mut seen = shas(&first);

        // The branch goes on, and something older comes in late.
        let old = format!("old {branch}");
        let mut late = commit(&old, &[]);
        late.committer.as_mut().unwrap().time -= 1000;
        let further = listing("acme/web").generation(2).pushed_by("e");
        let further = further.to(&sha(&old)).commits([late]);
        site.recorded(&log, &[further]).await;

        let mut cursor = first.next;
        while !cursor.is_empty() {
            let asker = site.ask("default");
            let page = asker.list(|asked| {
                ask(asked);
                asked.cursor = cursor;
            });
            let page = page.await.unwrap();
            seen.extend(shas(&page));
            cursor = page.next;
        }
        assert!(!seen.contains(&sha(&old)), "{branch}");
        let once: HashSet<_> = seen.iter().collect();
        assert_eq!(once.len(), seen.len(), "{branch}");
        assert!(seen.len() >= 30, "{branch}");
        // Back to where it was.
        let back = listing("acme/web")
            .generation(3)
            .pushed_by("e")
            .to(&sha("29"));
        site.recorded(&log, &[back]).await;
    }
    log.stop().await;
}

#[tokio::test]
async fn a_page_ends_where_an_answer_has_no_more_room() {
    let (site, folder) = (Site::start().await, folder());
    let log = Log::start(&site, folder.path()).await;
    for number in 0..12 {
        let mut large = commit(&number.to_string(), &[]);
        large.message = "x".repeat(200 * 1024);
        let part = listing("acme/web").to(&sha("0")).part(number);
        site.recorded(&log, &[part.commits([large])]).await;
    }
    let asked = ListCommits::default();
    let first = site.ask("default").list(|_| {}).await.unwrap();
    assert!(!first.next.is_empty() && first.commits.len() < 12);
    let found = site.ask("default").pages(&asked).await.unwrap();
    assert_eq!(found.len(), 12);
    let whole = found.iter().all(|commit| {
        let record = commit.record.as_ref().unwrap().commit.as_ref().unwrap();
        record.message.len() == 200 * 1024 && !record.message_truncated
    });
    assert!(whole);
    log.stop().await;
}

#[tokio::test]
async fn s36_a_cursor_fits_its_own_question_alone() {
    let (site, folder) = (Site::start().await, folder());
    let log = Log::start(&site, folder.path()).await;
    let all = listing("acme/web").to(&sha("9")).commits(numbered(0..10));
    let theirs = listing("acme/web").project("payments").to(&sha("9"));
    site.recorded(&log, &[all, theirs.commits(numbered(0..10))])
        .await;
    let first = site.ask("default").list(|asked| asked.limit = 3).await;
    let cursor = first.unwrap().next;
    let (ours, theirs) = (site.ask("default"), site.ask("payments"));
    let other_question =
        ours.list(|asked| (asked.cursor, asked.author) = (cursor.clone(), "ada".into()));
    let other_project = theirs.list(|asked| asked.cursor = cursor.clone());
    for answer in [other_question.await, other_project.await] {
        assert_eq!(answer.unwrap_err().code, 400);
    }
    // How much of it is wanted may change.
    let next = ours.list(|asked| (asked.cursor, asked.limit) = (cursor.clone(), 5));
    assert_eq!(next.await.unwrap().commits.len(), 5);
    log.stop().await;
}

#[tokio::test]
async fn a_cursor_survives_the_process_and_the_index() {
    let (site, first, second) = (Site::start().await, folder(), folder());
    let log = Log::start(&site, first.path()).await;
    let all = listing("acme/web").to(&sha("9")).commits(numbered(0..10));
    site.recorded(&log, &[all]).await;
    let page = site.ask("default").list(|asked| asked.limit = 4).await;
    let page = page.unwrap();
    log.stop().await;

    let log = Log::start(&site, second.path()).await;
    log.is_current(&site).await;
    let rest = site
        .ask("default")
        .shas(|asked| asked.cursor = page.next.clone())
        .await
        .unwrap();
    assert_eq!(rest.len(), 6);
    assert!(shas(&page).iter().all(|sha| !rest.contains(sha)));
    log.stop().await;
}
