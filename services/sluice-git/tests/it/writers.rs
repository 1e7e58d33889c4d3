//! Many who push to one remote while it is mirrored again and again: nothing is lost, and nothing is told twice.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
};

use sluice_test_support::{GitRepository, GitServer, git::git};

use crate::{oracle, site::Site};

const WRITERS: usize = 8;
const COMMITS: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_commit_is_told_once() {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    web.commit("main", "first", &[("a", "a")]);
    let mut site = Site::of(web.url());
    let mut told = site.sync().await.shas();
    let mut updates = 0;
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|number| {
                let web = web.clone();
                scope.spawn(move || writer(number, &web))
            })
            .collect();
        let over = &over;
        scope.spawn(move || {
            for writer in writers {
                writer.join().unwrap();
            }
            over.store(true, Ordering::SeqCst);
        });
        let runtime = tokio::runtime::Handle::current();
        tokio::task::block_in_place(|| {
            while !over.load(Ordering::SeqCst) {
                let all = runtime.block_on(site.sync());
                oracle::check_order(&all);
                told.extend(all.shas());
                updates += 1;
            }
        });
    });
    told.extend(site.sync().await.shas());
    assert!(updates > 3, "the mirror was updated amid the pushes");
    let each: BTreeSet<_> = told.iter().cloned().collect();
    assert_eq!(each.len(), told.len(), "a commit was told twice");
    assert_eq!(each, oracle::commits(web.path(), &[]));
    let subjects = web.git(&["log", "--format=%s", "--branches"]);
    let subjects: BTreeSet<_> = subjects.lines().collect();
    assert_eq!(subjects.len(), WRITERS * COMMITS + 1, "a push was lost");
    assert_eq!(oracle::refs(&site.mirror()), oracle::refs(web.path()));
    oracle::fsck(&site.mirror());
}

/// Brings commits to the remote: every other writer one by one to the branch of all, the rest each by pushes of some to a
/// branch of its own.
fn writer(number: usize, web: &GitRepository) {
    let message = |commit: usize| format!("commit {commit} of writer {number}");
    if number.is_multiple_of(2) {
        for commit in 0..COMMITS {
            while !added(web, &message(commit)) {}
        }
        return;
    }
    let work = web.work();
    for commit in 0..COMMITS {
        work.git(&["commit", "--quiet", "--allow-empty", "-m", &message(commit)]);
        if commit % 5 == 4 {
            work.push(&["origin", &format!("HEAD:refs/heads/writer-{number}")]);
        }
    }
}

/// Adds a commit to the branch of all, as the end of a push does it; whether nobody came in between.
fn added(web: &GitRepository, message: &str) -> bool {
    let parent = std::fs::read_to_string(web.path().join("refs/heads/main")).unwrap();
    let parent = parent.trim();
    let commit = web.git(&["commit-tree", "main^{tree}", "-p", parent, "-m", message]);
    let mut update = git();
    update.arg("-C").arg(web.path());
    update.args(["update-ref", "refs/heads/main", &commit, parent]);
    update.output().unwrap().status.success()
}
