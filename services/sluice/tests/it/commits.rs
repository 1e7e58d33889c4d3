//! What the commit log knows, printed: for people in columns, for programs to the last byte.

use serde_json::Value;
use sluice_events::v1::{ChangedPath, ChangedPaths, CommitRecord, PathStatus, PathsExtent};
use sluice_test_support::commits::{History, numbered, numbered_sha};

use crate::{log::Log, site::Site};

const WEB: History<'_> = History {
    project: "default",
    full_name: "acme/web",
};

/// A site where these commits are recorded, the last of them at `main`.
async fn recorded(commits: Vec<CommitRecord>) -> (Site, Log) {
    let site = Site::start().await;
    let bus = site.bus("commit-log").await;
    let last = commits.last().unwrap().sha.clone();
    WEB.record(&bus, commits).await;
    WEB.stands(&bus, "main", &last, 1).await;
    let log = Log::start(&site).await;
    (site, log)
}

/// One JSON value for each line.
async fn lines(site: &Site, words: &[&str]) -> Vec<Value> {
    let said = site.does(&[words, &["-o", "json"]].concat()).await;
    let lines = said.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn everything_of_a_commit_is_there_to_the_last_byte() {
    let mut odd = numbered(1);
    odd.parents.push(numbered_sha(7));
    odd.message = "gr\u{fffd}n\n".into();
    odd.message_raw = b"gr\xfcn\n".to_vec().into();
    odd.encoding = "ISO-8859-1".into();
    let author = odd.author.as_mut().unwrap();
    author.name = "J\u{fffd}rg".into();
    author.name_raw = b"J\xf6rg".to_vec().into();
    (author.time, author.zone) = (-7, "-0130".into());
    let (path, old_path) = ("neu\u{fffd}".to_owned(), "alt".to_owned());
    odd.paths = Some(ChangedPaths {
        extent: PathsExtent::Known.into(),
        paths: vec![ChangedPath {
            status: PathStatus::Renamed.into(),
            path,
            path_raw: b"neu\xff".to_vec().into(),
            old_path,
            ..Default::default()
        }],
    });
    let (site, log) = recorded(vec![numbered(0), odd.clone()]).await;

    let listed = lines(&site, &["commits", "list", "--all"]).await;
    let expected = serde_json::to_value(&odd).unwrap();
    assert_eq!(listed[0]["record"]["commit"], expected);
    assert_eq!(expected["messageRaw"], "Z3L8bgo=");
    let read: CommitRecord = serde_json::from_value(expected).unwrap();
    assert_eq!(read, odd);

    let shown = ["commits", "show", &numbered_sha(1), "-o", "json"];
    let shown = site.tells(&shown).await;
    assert_eq!(shown["record"]["commit"], listed[0]["record"]["commit"]);
    assert_eq!(
        shown["reachableFrom"],
        serde_json::json!(["refs/heads/main"])
    );
    log.stop().await;
}

#[tokio::test]
async fn a_long_history_is_listed_whole_or_in_parts() {
    let (site, log) = recorded((0..2500).map(numbered).collect()).await;
    let shas = |lines: &[Value]| {
        let shas = lines.iter().map(|line| &line["record"]["commit"]["sha"]);
        shas.map(|sha| sha.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let newest_first: Vec<_> = (0..2500).rev().map(numbered_sha).collect();
    for all in [&["--all"][..], &["--limit", "0"], &["-n", "3000"]] {
        let listed = lines(&site, &[&["commits", "list"], all].concat()).await;
        assert_eq!(shas(&listed), newest_first);
    }

    // More than a page, less than all; and on from there.
    let part = site
        .run(&["commits", "list", "-n", "1200", "-o", "json"])
        .await;
    assert_eq!(part.stdout.lines().count(), 1200);
    let cursor = part.stderr.trim().rsplit(' ').next().unwrap();
    let hint = format!("there are more: --all, or --cursor {cursor}\n");
    assert_eq!(part.stderr, hint);
    let rest = lines(&site, &["commits", "list", "--all", "--cursor", cursor]).await;
    assert_eq!(shas(&rest), newest_first[1200..]);
    log.stop().await;
}

#[tokio::test]
async fn people_see_columns_and_a_page() {
    let mut red = numbered(1);
    red.message = "\u{1b}[31mRed\n\nand more".into();
    let (site, log) = recorded(vec![numbered(0), red]).await;
    let table = site.does(&["commits", "list"]).await;
    let short = |number| numbered_sha(number).chars().take(12).collect::<String>();
    let expected = format!(
        "SHA           COMMITTED             AUTHOR        REPOSITORY  SUBJECT\n\
         {}  2023-11-14T22:14:20Z  Ada Lovelace  acme/web    \\u{{1b}}[31mRed\n\
         {}  2023-11-14T22:13:20Z  Ada Lovelace  acme/web    Commit number 0\n",
        short(1),
        short(0)
    );
    assert_eq!(table, expected);
    let page = site.does(&["commits", "show", &short(1)]).await;
    for line in [
        "parent       ",
        "now on       refs/heads/main",
        "    and more",
    ] {
        assert!(page.contains(line), "{page}");
    }
    let nothing = site.does(&["commits", "list", "--author", "nobody"]).await;
    assert_eq!(nothing.lines().count(), 1, "the heading alone: {nothing}");
    log.stop().await;
}

#[tokio::test]
async fn a_question_is_narrowed_by_words() {
    let (site, log) = recorded((0..5).map(numbered).collect()).await;
    let since = "2023-11-14T22:15:20Z";
    for (words, count) in [
        (&["--repository", "web"][..], 5),
        (&["-r", "acme/web", "--branch", "main"], 5),
        (&["--since", since], 3),
        (&["--until", since], 2),
        (&["--since", "2d"], 0),
        (&["--text", "number 3"], 1),
        (&["--author", "lovelace", "--host", "github"], 5),
        (&["--sha", &numbered_sha(2)], 1),
    ] {
        let listed = lines(&site, &[&["commits", "list"], words].concat()).await;
        assert_eq!(listed.len(), count, "{words:?}");
    }
    log.stop().await;
}

#[tokio::test]
async fn what_cannot_be_answered_is_said_with_a_way_out() {
    let site = Site::start().await;
    let nobody = site.run(&["commits", "list"]).await;
    assert_eq!(nobody.code, Some(1));
    let hint = "error: no commit-log answers: is the service running?\n";
    assert_eq!(nobody.stderr, hint);

    let log = Log::start(&site).await;
    for (words, hint) in [
        (&["list", "--repository", "none"][..], "`none`"),
        (&["list", "--since", "yesterday"], "a length like 2d"),
        (&["list", "--sha", "xyz"], "4 to 64"),
        (&["list", "--cursor", "AAAA"], "begin without one"),
        (&["show", "0123456789"], "no such commit"),
    ] {
        let refused = site.run(&[&["commits"], words].concat()).await;
        assert_eq!(refused.code, Some(1), "{words:?}");
        assert!(
            refused.stderr.contains(hint),
            "{words:?}: {}",
            refused.stderr
        );
        assert_eq!(refused.stdout, "");
    }
    log.stop().await;
}
