//! What can be asked: by repository, branch, author, time, path, phrase and sha, each alone and together.

use sluice_events::{
    Timestamp,
    v1::{CommitRecord, ListCommits},
};

use crate::{
    listing::{changing, commit, line, listing, sha},
    log::{Log, folder},
    site::Site,
};

/// When the first commit of a line was committed.
const BEGIN: i64 = 1_700_000_000;

/// A project with two repositories. In `web` a line a–d on `main`, and `e` beside it on `side`; in `api` one commit.
async fn asked(site: &Site) -> (Log, sluice_test_support::Folder) {
    let folder = folder();
    let log = Log::start(site, folder.path()).await;
    let mut main = line(&["a", "b", "c", "d"]);
    main[0].paths = changing(&["README.md", "src/lib.rs"]);
    main[1].paths = changing(&["src/lib.rs"]);
    main[2].paths = changing(&["src-old/lib.rs"]);
    main[3].paths = changing(&["src/a/b.rs", "docs/x.md"]);
    main[2].message = "Mend the \"quoted\" thing\n\nand more of it\n".into();
    by(&mut main[1], "Grace Hopper", "grace@navy.example");
    let mut side = commit("e", &["b"]);
    side.committer.as_mut().unwrap().time = BEGIN + 90;
    side.message = "mend the other thing\n".into();
    let listings = [
        listing("acme/web").to(&sha("d")).commits(main),
        listing("acme/web")
            .branch("side")
            .to(&sha("e"))
            .commits([side]),
        listing("acme/api")
            .to(&sha("z"))
            .commits([commit("z", &[])]),
    ];
    site.recorded(&log, &listings).await;
    (log, folder)
}

fn by(commit: &mut CommitRecord, name: &str, email: &str) {
    let author = commit.author.as_mut().unwrap();
    (author.name, author.email) = (name.into(), email.into());
}

fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp::from_seconds(BEGIN + seconds))
}

type Ask = fn(&mut ListCommits);

#[tokio::test]
async fn each_thing_that_is_asked_must_hold() {
    let site = Site::start().await;
    let (log, _folder) = asked(&site).await;
    let questions: &[(Ask, &[&str])] = &[
        (|_| {}, &["d", "c", "e", "b", "z", "a"]),
        (
            |asked| asked.repository = "web".into(),
            &["d", "c", "e", "b", "a"],
        ),
        (|asked| asked.repository = "acme/api".into(), &["z"]),
        (
            |asked| asked.host = "github".into(),
            &["d", "c", "e", "b", "z", "a"],
        ),
        (|asked| asked.host = "gitlab".into(), &[]),
        // Branches: by short and full name, in one repository or in all of them.
        (
            |asked| asked.branch = "main".into(),
            &["d", "c", "b", "z", "a"],
        ),
        (
            |asked| asked.branch = "refs/heads/side".into(),
            &["e", "b", "a"],
        ),
        // Authors: part of a name or an address, whatever its case.
        (|asked| asked.author = "hopper".into(), &["b"]),
        (|asked| asked.author = "GRACE@navy".into(), &["b"]),
        (|asked| asked.author = "nobody".into(), &[]),
        // Times: from, and before.
        (|asked| asked.since = at(90), &["d", "c", "e"]),
        (|asked| asked.until = at(60), &["z", "a"]),
        (
            |asked| (asked.since, asked.until) = (at(60), at(120)),
            &["e", "b"],
        ),
        // Paths: itself, and everything below it, and nothing that only begins so.
        (|asked| asked.path = "src/lib.rs".into(), &["b", "a"]),
        (|asked| asked.path = "src".into(), &["d", "b", "a"]),
        (|asked| asked.path = "/src/".into(), &["d", "b", "a"]),
        (|asked| asked.path = "src/a".into(), &["d"]),
        (|asked| asked.path = "lib.rs".into(), &[]),
        (|asked| asked.path = "%".into(), &[]),
        // Text: a phrase of whole words, never a language.
        (|asked| asked.text = "mend the".into(), &["c", "e"]),
        (|asked| asked.text = "\"quoted\" thing".into(), &["c"]),
        (|asked| asked.text = "thing mend".into(), &[]),
        (|asked| asked.text = "mend OR a".into(), &[]),
        (|asked| asked.text = "mend*".into(), &["c", "e"]),
        (|asked| asked.text = "men".into(), &[]),
        // Together.
        (
            |asked| (asked.branch, asked.path) = ("side".into(), "src".into()),
            &["b", "a"],
        ),
        (
            |asked| (asked.branch, asked.text) = ("side".into(), "mend".into()),
            &["e"],
        ),
        (
            |asked| (asked.text, asked.until) = ("mend".into(), at(100)),
            &["e"],
        ),
        (
            |asked| (asked.path, asked.author) = ("src".into(), "ada".into()),
            &["d", "a"],
        ),
    ];
    for (number, (ask, expected)) in questions.iter().enumerate() {
        let found = site.ask("default").shas(ask).await;
        let expected: Vec<_> = expected.iter().map(|word| sha(word)).collect();
        assert_eq!(found, Ok(expected), "question {number}");
    }
    log.stop().await;
}

#[tokio::test]
async fn a_sha_is_found_by_its_beginning() {
    let site = Site::start().await;
    let (log, _folder) = asked(&site).await;
    let whole = sha("c");
    for digits in [4, 5, 12, 40] {
        let begin = whole.get(..digits).unwrap();
        let found = site
            .ask("default")
            .shas(|asked| asked.sha = begin.to_uppercase())
            .await;
        assert_eq!(found, Ok(vec![whole.clone()]), "{digits} digits");
        let shown = site.ask("default").show("", begin).await;
        assert_eq!(crate::ask::sha(&shown.unwrap()), whole);
    }
    let elsewhere = site
        .ask("default")
        .shas(|asked| (asked.sha, asked.repository) = (whole.clone(), "api".into()))
        .await;
    assert_eq!(elsewhere, Ok(Vec::new()));
    log.stop().await;
}

#[tokio::test]
async fn what_is_not_there_or_cannot_be_meant_is_refused_with_a_reason() {
    let site = Site::start().await;
    let (log, _folder) = asked(&site).await;
    let refused: &[(Ask, u16, &str)] = &[
        (|asked| asked.repository = "none".into(), 404, "`none`"),
        (|asked| asked.branch = "none".into(), 404, "`none`"),
        (|asked| asked.sha = "12".into(), 400, "4 to 64"),
        (|asked| asked.limit = 1001, 400, "1000 commits"),
        (|asked| asked.path = "x".repeat(5000), 400, "4096 bytes"),
        (|asked| asked.cursor = "AAAA".into(), 400, "cursor"),
    ];
    for (ask, code, words) in refused {
        let refusal = site.ask("default").list(ask).await.unwrap_err();
        assert_eq!(refusal.code, *code, "{refusal}");
        assert!(refusal.message.contains(words), "{refusal}");
    }
    let missing = site.ask("default").show("web", &"0".repeat(40)).await;
    assert_eq!(missing.unwrap_err().code, 404);
    log.stop().await;
}

#[tokio::test]
async fn s36_a_project_sees_nothing_of_another() {
    let site = Site::start().await;
    let (log, _folder) = asked(&site).await;
    let theirs = listing("acme/pay").project("payments").to(&sha("p"));
    let mut secret = commit("p", &[]);
    secret.message = "mend the secret\n".into();
    secret.paths = changing(&["src/secret.rs"]);
    site.recorded(&log, &[theirs.commits([secret])]).await;

    let asks: [Ask; 6] = [
        |_| {},
        |asked| asked.text = "secret".into(),
        |asked| asked.path = "src/secret.rs".into(),
        |asked| asked.author = "ada".into(),
        |asked| asked.branch = "main".into(),
        |asked| asked.sha = sha("p"),
    ];
    for ask in asks {
        let found = site.ask("default").shas(ask).await.unwrap();
        assert!(!found.contains(&sha("p")));
        let theirs = site.ask("payments").shas(ask).await.unwrap();
        assert_eq!(theirs, [sha("p")]);
    }
    let shown = site.ask("default").show("", &sha("p")).await;
    assert_eq!(shown.unwrap_err().code, 404);
    let by_name = site
        .ask("default")
        .list(|asked| asked.repository = "pay".into())
        .await;
    assert_eq!(by_name.unwrap_err().code, 404);
    log.stop().await;
}

#[tokio::test]
async fn a_question_that_costs_too_much_is_refused() {
    let (site, folder) = (Site::start().await, folder());
    let mut limits = crate::log::limits();
    limits.query_steps = 2_000;
    let log = Log::limited(&site, folder.path(), limits).await;
    let commits = (0..500).map(|at| commit(&format!("{at}"), &[]));
    site.list(&listing("acme/web").to(&sha("0")).commits(commits))
        .await;
    site.settled().await;
    // A few rows are within it, all of them are not.
    let refusal = sluice_test_support::eventually("the index has them", || async {
        let asked = site.ask("default");
        let found = asked.list(|asked| (asked.author, asked.limit) = ("nobody".into(), 1));
        found.await.err()
    })
    .await;
    assert_eq!(refusal.code, 422, "{refusal}");
    let found = site.ask("default").list(|asked| asked.limit = 1).await;
    assert_eq!(found.unwrap().commits.len(), 1);
    log.stop().await;
}
