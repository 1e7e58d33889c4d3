//! Refs that clash, move and vanish: the mirror has what `git` has, and what is told is what came.

use std::collections::{BTreeMap, BTreeSet};

use sluice_git::Oid;
use sluice_test_support::{GitRepository, GitServer};

use crate::{
    chance::Chance,
    oracle,
    site::{All, Site},
};

/// What a mirror has and what was told, against the remote.
fn check(web: &GitRepository, site: &Site, all: &All) {
    oracle::check_refs(web.path(), all);
    oracle::check_order(all);
    oracle::fsck(&site.mirror());
    assert_eq!(oracle::refs(&site.mirror()), oracle::refs(web.path()));
    let head = web.git(&["symbolic-ref", "HEAD"]);
    assert_eq!(all.refs.head.as_ref().unwrap().lossy(), head);
    let kept = sluice_test_support::git::git_in(&site.mirror(), &["symbolic-ref", "HEAD"]);
    assert_eq!(kept, head);
}

#[tokio::test]
async fn names_that_clash() {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    web.commits("main", 5);
    let mut site = Site::of(web.url());
    for (delete, make) in [
        (&[][..], &["refs/heads/Feature", "refs/heads/feature"][..]),
        (&["refs/heads/Feature"], &["refs/heads/FEATURE/x"]),
        (&[], &["refs/heads/a"]),
        // What was a branch is a folder of branches, and the other way round.
        (&["refs/heads/a"], &["refs/heads/a/b", "refs/heads/a/c/d"]),
        (
            &["refs/heads/a/b", "refs/heads/a/c/d"],
            &["refs/heads/a", "refs/tags/a"],
        ),
        (&["refs/tags/a"], &["refs/tags/a/b", "refs/tags/A"]),
    ] {
        delete.iter().for_each(|name| web.delete(name));
        make.iter().for_each(|name| web.point(name, "main~2"));
        let all = site.sync().await;
        check(&web, &site, &all);
    }
}

#[tokio::test]
async fn the_default_branch_is_another_one() {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    let tip = web.commits("main", 3);
    let mut site = Site::of(web.url());
    site.sync().await;
    web.git(&["branch", "-m", "main", "trunk"]);
    let all = site.sync().await;
    check(&web, &site, &all);
    assert_eq!(all.refs.head.as_ref().unwrap().short(), "trunk");
    assert_eq!(all.names(), ["refs/heads/trunk", "refs/heads/main"]);
    assert_eq!(all.moved("refs/heads/trunk").moved.to.as_ref(), Some(&tip));
    assert_eq!(all.moved("refs/heads/main").moved.removed_total, 0);
    assert!(all.shas().is_empty(), "nothing came but the name");

    // One that is not there yet.
    web.git(&["symbolic-ref", "HEAD", "refs/heads/unborn"]);
    let all = site.sync().await;
    assert!(all.moves.is_empty());
    assert_eq!(all.refs.head.as_ref().unwrap().short(), "unborn");
}

#[tokio::test]
async fn very_many() {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    web.commits("main", 100);
    let commits = web.git(&["rev-list", "main"]);
    let commits: Vec<_> = commits.lines().collect();
    // Written as Git writes them, which itself would take minutes to make so many.
    let mut made = BTreeMap::from([("refs/heads/main".to_owned(), commits[0])]);
    for number in 0..100_000 {
        let kind = if number % 3 == 0 { "tags" } else { "heads" };
        let name = format!("refs/{kind}/n{}/{number}", number % 100);
        made.insert(name, commits[number % commits.len()]);
    }
    let lines = made.iter().map(|(name, oid)| format!("{oid} {name}\n"));
    let header = "# pack-refs with: peeled fully-peeled sorted \n".to_owned();
    let packed: String = std::iter::once(header).chain(lines).collect();
    web.delete("refs/heads/main");
    std::fs::write(web.path().join("packed-refs"), packed).unwrap();
    let mut site = Site::of(web.url());
    let all = site.sync().await;
    assert_eq!((all.moves.len(), all.shas().len()), (100_001, 100));
    check(&web, &site, &all);

    web.delete("refs/tags/n0/300");
    web.point("refs/heads/n1/1", commits[50]);
    let tip = web.commit("main", "one more", &[("a", "a")]);
    let all = site.sync().await;
    assert_eq!(
        all.names(),
        ["refs/heads/main", "refs/heads/n1/1", "refs/tags/n0/300"]
    );
    assert_eq!(all.shas(), [tip]);
    check(&web, &site, &all);
}

/// A history that goes any way that histories go, against what `git rev-list` says is new each time.
#[tokio::test]
async fn at_random() {
    for seed in 1..=3 {
        let server = GitServer::start();
        let web = server.repository("acme/web");
        web.commit("main", "first", &[("a", "a")]);
        let mut site = Site::of(web.url());
        let mut chance = Chance::new(seed);
        for step in 0..20 {
            for _ in 0..chance.below(5) {
                happens(&web, &mut chance, step);
            }
            let before: Vec<_> = site.synced.values().map(Oid::to_string).collect();
            let before: Vec<_> = before.iter().map(String::as_str).collect();
            let new: BTreeSet<_> = oracle::commits(web.path(), &before);
            let all = site.sync().await;
            let told: BTreeSet<_> = all.shas().into_iter().collect();
            assert_eq!(told, new, "seed {seed}, step {step}");
            oracle::check_order(&all);
            oracle::check_refs(web.path(), &all);
        }
        let all = site.sync().await;
        assert!(all.moves.is_empty());
        check(&web, &site, &all);
    }
}

/// One thing that happens to a repository.
fn happens(web: &GitRepository, chance: &mut Chance, step: usize) {
    let branches = web.git(&["for-each-ref", "--format=%(refname:short)", "refs/heads"]);
    let branches: Vec<_> = branches.lines().collect();
    let branch = chance.of(&branches);
    let number = format!("{step}-{}", chance.below(1_000_000));
    let full = format!("refs/heads/{branch}");
    match chance.below(9) {
        0..=2 => drop(web.commit(branch, &number, &[(&number, "x")])),
        3 => web.point(&format!("refs/heads/b{number}"), &full),
        4 => drop(web.commit(&format!("root{number}"), "root", &[("a", "a")])),
        // Back, and then perhaps another way.
        5 => {
            let log = web.git(&["rev-list", "-5", &full]);
            let log: Vec<_> = log.lines().collect();
            web.point(&full, chance.of(&log));
        }
        6 if branch != "main" => web.delete(&full),
        7 => {
            let tree = web.git(&["rev-parse", &format!("{full}^{{tree}}")]);
            let other = format!("refs/heads/{}", chance.of(&branches));
            let mut arguments = vec!["commit-tree", &tree, "-m", &number, "-p", &full];
            if web.git(&["rev-parse", &other]) != web.git(&["rev-parse", &full]) {
                arguments.extend(["-p", &other]);
            }
            let merge = web.git(&arguments);
            web.point(&full, &merge);
        }
        _ => drop(web.git(&[
            "tag",
            "-f",
            "-a",
            "-m",
            "m",
            &format!("t{}", chance.below(4)),
            &full,
        ])),
    }
}
