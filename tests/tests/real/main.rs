//! All of Sluice against a real Gitea, which `make test-real-hosts` builds: no part of what CI runs.
//!
//! `SLUICE_GITEA_BIN` names the program; without it nothing is checked, and a line says so.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "everything here is a test, and a test fails by panicking"
)]

mod connected;
mod gitea;
mod imported;
mod site;
mod statuses;

use std::{path::PathBuf, sync::Once};

use serde_json::Value;
use site::{Site, WEB, trust};
use sluice_events::v1::Trust;
use sluice_test_support::{Folder, GitRepository, eventually, git::everything};
use sluice_tests::say;

/// Often enough that a test sees it.
const SWEEPS: [&str; 4] = ["--sweep-interval", "3s", "--sweep-interval-healthy", "3s"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_pushed_is_told_signed_and_recorded_as_git_has_it() {
    let Some(program) = gitea_program() else {
        return;
    };
    // On a busy machine a webhook may be late; here none is missing.
    let settings = [&SWEEPS[..], &["--sweep-grace", "15s"]].concat();
    let mut site = Site::start(&program, &settings).await;
    site.work.write("über/straße.txt", "1\n").commit("Straße");
    site.push(&[]);

    site.work.git(&["checkout", "--quiet", "-b", "side"]);
    for number in ["1", "2", "3"] {
        site.work.write("side.txt", number).commit(number);
    }
    site.push(&[]);
    site.work.git(&["checkout", "--quiet", "main"]);
    site.work.write("main.txt", "1\n").commit("meanwhile");
    site.work
        .git(&["merge", "--quiet", "--no-ff", "-m", "merge side", "side"]);
    site.push(&[]);
    site.work.git(&["tag", "-a", "-m", "annotated", "v1"]);
    site.work.git(&["tag", "light"]);
    site.push(&["origin", "v1", "light"]);

    // What is replaced and what goes again, before anybody may have looked.
    site.work.git(&["checkout", "--quiet", "-b", "topic"]);
    site.work.write("topic.txt", "1\n").commit("replaced");
    site.push(&[]);
    site.work.git(&["reset", "--quiet", "--hard", "main"]);
    site.work
        .write("topic.txt", "2\n")
        .commit("the replacement");
    site.push(&["--force", "origin", "topic"]);
    site.push(&["origin", "--delete", "topic"]);
    site.push(&["origin", "--delete", "light"]);
    site.renames_branch("side", "renamed").await;

    let told = site.told().await;
    assert!(told.iter().all(|event| trust(event) == Trust::Signed));
    site.in_step().await;
    site.recorded().await;
    site.keeps_secrets();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_repositories_have_comes_through() {
    let Some(program) = gitea_program() else {
        return;
    };
    let settings = [&SWEEPS[..], &["--sweep-grace", "10s"]].concat();
    let mut site = Site::start(&program, &settings).await;
    let folder = Folder::new();
    let made = GitRepository::local("made", folder.path());
    everything(&made);
    let all = ["refs/heads/*:refs/heads/made/*", "refs/tags/*:refs/tags/*"];
    let fetch = ["fetch", "--quiet", made.url()];
    site.work.git(&[&fetch[..], &all].concat());
    site.push(&["--all", "origin"]);
    site.push(&["--tags", "origin"]);

    // Gitea tells nothing of tags on trees and blobs.
    let told = site.told().await;
    let untold = told.iter().filter(|event| trust(event) != Trust::Signed);
    let mut untold: Vec<_> = untold.map(|event| event.r#ref.as_str()).collect();
    untold.sort_unstable();
    let wanted = ["light-blob", "light-tree", "of-blob", "of-tree"];
    assert_eq!(untold, wanted.map(|tag| format!("refs/tags/{tag}")));
    site.in_step().await;
    site.recorded().await;
    site.keeps_secrets();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_webhook_tells_is_found() {
    let Some(program) = gitea_program() else {
        return;
    };
    let settings = [&SWEEPS[..], &["--sweep-grace", "5s"]].concat();
    let mut site = Site::start(&program, &settings).await;
    site.work.write("main.txt", "1\n").commit("told");
    site.push(&["origin", "main", "main:short-lived"]);
    let signed = site.told().await.len();

    site.gitea.deletes_webhook(WEB, site.webhook).await;
    site.work.write("main.txt", "2\n").commit("not told");
    site.work.git(&["tag", "-a", "-m", "annotated", "v1"]);
    site.push(&["origin", "main", "v1", ":short-lived"]);
    let told = site.told().await;
    let id = |index: usize| &told[index].repository.as_ref().unwrap().host_id;
    assert!(!id(0).is_empty());
    for (index, event) in told.iter().enumerate() {
        let recovered = event.provenance.as_ref().unwrap().recovered;
        let wanted = if index < signed {
            (Trust::Signed, false)
        } else {
            (Trust::Host, true)
        };
        assert_eq!((trust(event), recovered), wanted, "{}", event.r#ref);
        assert_eq!(id(index), id(0), "{}", event.r#ref);
    }
    site.in_step().await;
    site.recorded().await;
    site.keeps_secrets();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_gone_is_shown_no_more_until_there_is_a_new_one() {
    let Some(program) = gitea_program() else {
        return;
    };
    let settings = [&SWEEPS[..], &["--sweep-grace", "5s"]].concat();
    let mut site = Site::start(&program, &settings).await;
    site.gitea.makes_repository("docs", false).await;
    site.declares("docs", "mirror: none").await;

    site.gitea.deletes_token("first").await;
    site.work
        .write("main.txt", "1\n")
        .commit("while there is none");
    site.push(&[]);
    eventually("both that read it wait for somebody", async || {
        let standing = site.standing().await;
        let waits = |who: &str| !standing[who]["halt"].is_null();
        (waits("sync") && waits("known")).then_some(())
    })
    .await;
    let standing = site.standing().await;
    let state = standing["state"].as_str().unwrap();
    assert!(
        state.starts_with("waits for a change of it, its credential"),
        "{state}"
    );
    assert_eq!(
        standing["sync"]["failure"]["problem"],
        Value::from("GIT_PROBLEM_CREDENTIAL")
    );

    // A push tells it that there is work, and a repository that needs no token is swept meanwhile.
    let asked = site.gitea.asked(WEB);
    assert!(asked > 2, "it looks where requests are");
    site.work.write("main.txt", "2\n").commit("still none");
    site.push(&[]);
    let others = site.gitea.asked("acme/docs");
    eventually("another repository was swept three times", async || {
        (site.gitea.asked("acme/docs") >= others + 3).then_some(())
    })
    .await;
    let told = site.told().await;
    assert!(told.iter().all(|event| trust(event) == Trust::Signed));
    assert_eq!(site.gitea.asked(WEB), asked);

    site.gives_token("second").await;
    site.in_step().await;
    site.recorded().await;
    site.keeps_secrets();
}

/// The program; `None`, and once a line, if none is named.
fn gitea_program() -> Option<PathBuf> {
    static SKIPPED: Once = Once::new();
    #[expect(
        clippy::disallowed_methods,
        reason = "a test has no other settings, and nothing to open before they are checked"
    )]
    let program = std::env::var_os("SLUICE_GITEA_BIN");
    if program.is_none() {
        SKIPPED.call_once(|| {
            say("real: not run, SLUICE_GITEA_BIN is not set; `make test-real-hosts` sets it")
        });
    }
    program.map(PathBuf::from)
}
