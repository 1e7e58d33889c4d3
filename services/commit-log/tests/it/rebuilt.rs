//! The index can be lost, damaged, or be that of another log: it is read anew, and says what it said before.

use std::fs;

use rusqlite::Connection;
use sluice_events::v1::{ListCommits, RecordedCommit};
use sluice_test_support::eventually;

use crate::{
    ask::shas,
    listing::{changing, line, listing, sha},
    log::{Log, file, folder},
    site::Site,
};

/// Everything that it says.
async fn says(site: &Site) -> (Vec<RecordedCommit>, Vec<RecordedCommit>) {
    let asked = ListCommits {
        limit: 2,
        ..Default::default()
    };
    let listed = site.ask("default").pages(&asked).await.unwrap();
    let mut shown = Vec::new();
    for commit in &listed {
        let sha = crate::ask::sha(commit);
        shown.push(site.ask("default").show("web", &sha).await.unwrap());
    }
    (listed, shown)
}

async fn fill(site: &Site, log: &Log) {
    let mut commits = line(&["a", "b", "c", "d", "e"]);
    commits[3].paths = changing(&["src/lib.rs"]);
    let listings = [
        listing("acme/web").to(&sha("e")).commits(commits),
        listing("acme/web").tag("v1").to(&sha("b")),
        listing("acme/web")
            .generation(2)
            .pushed_by("e")
            .from(&sha("e"))
            .to(&sha("d"))
            .took_off(&[&sha("e")]),
    ];
    for listing in listings {
        site.recorded(log, &[listing]).await;
    }
}

#[tokio::test]
async fn a_file_that_is_gone_or_damaged_is_read_anew() {
    let (site, folder) = (Site::start().await, folder());
    let mut log = Log::start(&site, folder.path()).await;
    fill(&site, &log).await;
    let before = says(&site).await;
    assert_eq!(before.0.len(), 5);

    type Spoil = fn(&std::path::Path);
    let spoilings: [(&str, Spoil); 4] = [
        ("gone", |file| fs::remove_file(file).unwrap()),
        ("garbage", |file| fs::write(file, "x".repeat(9000)).unwrap()),
        ("cut short", |file| {
            let file = fs::File::options().write(true).open(file).unwrap();
            file.set_len(5000).unwrap();
        }),
        ("of another version", |file| {
            let file = Connection::open(file).unwrap();
            file.pragma_update(None, "user_version", 99).unwrap();
        }),
    ];
    for (how, spoil) in spoilings {
        log.stop().await;
        spoil(&file(folder.path()));
        log = Log::start(&site, folder.path()).await;
        log.is_current(&site).await;
        assert_eq!(says(&site).await, before, "{how}");
    }
    log.stop().await;
}

#[tokio::test]
async fn a_file_that_disappears_while_it_is_used_is_read_anew() {
    let (site, folder) = (Site::start().await, folder());
    let log = Log::start(&site, folder.path()).await;
    fill(&site, &log).await;
    let before = says(&site).await;
    for end in ["", "-wal", "-shm"] {
        let file = format!("{}{end}", file(folder.path()).display());
        fs::remove_file(file).unwrap();
    }
    site.recorded(&log, &[listing("acme/web").tag("v2").to(&sha("a"))])
        .await;
    eventually("the file is back", || async {
        file(folder.path()).exists().then_some(())
    })
    .await;
    log.is_current(&site).await;
    assert_eq!(says(&site).await.0, before.0);
    log.stop().await;
}

#[tokio::test]
async fn the_file_of_another_log_is_read_anew() {
    let (before, site, folder) = (Site::start().await, Site::start().await, folder());
    let log = Log::start(&before, folder.path()).await;
    fill(&before, &log).await;
    log.stop().await;

    // The other has as many messages, and one more.
    let elsewhere = crate::log::folder();
    let log = Log::start(&site, elsewhere.path()).await;
    let others = line(&["k", "l", "m", "n", "o", "p", "q", "r"]);
    site.recorded(&log, &[listing("acme/web").to(&sha("r")).commits(others)])
        .await;
    log.stop().await;

    let log = Log::start(&site, folder.path()).await;
    log.is_current(&site).await;
    let found = eventually("it is read anew", || async {
        let page = site.ask("default").list(|_| {}).await.ok()?;
        let found = shas(&page);
        found.contains(&sha("k")).then_some(found)
    })
    .await;
    let expected = ["r", "q", "p", "o", "n", "m", "l", "k"].map(sha);
    assert_eq!(found, expected);
    log.stop().await;
}
