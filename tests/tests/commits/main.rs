//! What is pushed to a real repository ends as commit records that equal `git log`, over everything that a ref ever
//! pointed to. `compare.py` judges: it reads Git and nothing of ours.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "everything here is a test, and a test fails by panicking"
)]

use sluice_test_support::{Folder, GitRepository, eventually, git::everything};
use sluice_tests::{Forge, Tips, Up};

/// A host with the repository `acme/web`, and all of Sluice.
struct Site {
    _folder: Folder,
    forge: Forge,
    web: GitRepository,
    up: Up,
}

impl Site {
    async fn start() -> Self {
        let folder = Folder::new();
        let forge = Forge::new();
        let settings = ["--local-repositories", "--push-grace", "1s"];
        let up = Up::start_with(folder.path(), &settings).await;
        let web = forge.repository("acme/web");
        up.operator().apply(&forge.manifest()).await;
        Self {
            _folder: folder,
            forge,
            web,
            up,
        }
    }

    async fn declare(&self) {
        self.up
            .operator()
            .apply(&Forge::manifest_of("acme/web"))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_listed_is_what_git_log_says() {
    let (site, mut tips) = (Site::start().await, Tips::default());
    everything(&site.web);
    tips.see(site.web.path());
    site.declare().await;
    let listed = tips.listed(&site.up.operator(), site.web.path()).await;
    tips.compare(site.web.path(), &listed).await;

    // From here on it is pushed, and the host tells.
    let (work, hooks) = (site.web.work(), site.up.hooks());
    let mut push = async |branch: &str, arguments: &[&str]| {
        work.push(arguments);
        tips.see(site.web.path());
        site.forge.tells(hooks, &site.web, branch).await;
    };
    work.write("über/straße.txt", "1\n")
        .write("plain.txt", "1\n");
    let plain = work.commit("Straße\n\nReviewed-by: Zoë <zoe@example.test>");
    push("main", &[]).await;
    for side in ["one", "two", "three"] {
        work.git(&["checkout", "--quiet", "-b", side, &plain]);
        work.write(&format!("{side}.txt"), side).commit(side);
    }
    work.git(&["checkout", "--quiet", "main"]);
    work.git(&["merge", "--quiet", "--no-ff", "-m", "merge one", "one"]);
    work.git(&["merge", "--quiet", "-m", "octopus", "two", "three"]);
    work.commit("nothing changes");
    push("main", &[]).await;
    work.git(&["tag", "-a", "-m", "annotated", "v2"]);
    work.git(&["tag", "light-2"]);
    push("main", &["origin", "main", "v2", "light-2"]).await;

    // A branch that goes again, and a push that is replaced before anybody has looked.
    work.git(&["checkout", "--quiet", "-b", "short-lived"]);
    work.write("gone.txt", "g\n").commit("soon gone");
    push("short-lived", &[]).await;
    push("short-lived", &["origin", "--delete", "short-lived"]).await;
    work.git(&["checkout", "--quiet", "main"]);
    work.write("plain.txt", "2\n");
    work.commit("replaced");
    push("main", &[]).await;
    work.git(&["reset", "--quiet", "--hard", "HEAD~2"]);
    work.write("plain.txt", "3\n").commit("the replacement");
    push("main", &["--force", "origin", "main"]).await;

    let listed = tips.listed(&site.up.operator(), site.web.path()).await;
    tips.compare(site.web.path(), &listed).await;
}

/// One that was seen before it was replaced: who pushed it, and that it was taken off.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_forced_push_takes_off_a_branch_is_shown() {
    let (site, mut tips) = (Site::start().await, Tips::default());
    site.web.commit("main", "first", &[("a.txt", "1\n")]);
    site.forge.knows(&site.web, "main");
    tips.see(site.web.path());
    site.declare().await;
    let (work, hooks, operator) = (site.web.work(), site.up.hooks(), site.up.operator());
    tips.listed(&operator, site.web.path()).await;
    let shows = async |sha: &str, what: &str| {
        eventually("it is shown", async || {
            let shown = operator.run(&["commits", "show", sha]).await;
            shown.stdout.contains(what).then_some(shown.stdout)
        })
        .await
    };
    work.write("a.txt", "2\n");
    let seen = work.commit("seen");
    work.push(&[]);
    site.forge.tells(hooks, &site.web, "main").await;
    shows(&seen, "now on       refs/heads/main").await;
    work.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    work.push(&["--force", "origin", "main"]);
    site.forge.tells(hooks, &site.web, "main").await;
    let shown = shows(&seen, "taken off    refs/heads/main").await;
    assert!(shown.contains("by octavia"), "{shown}");
    assert!(!shown.contains("now on"), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_commits_are_listed_as_git_log_has_them() {
    let (site, mut tips) = (Site::start().await, Tips::default());
    site.web.commits("main", 10_000);
    tips.see(site.web.path());
    site.declare().await;
    let listed = tips.listed(&site.up.operator(), site.web.path()).await;
    tips.compare(site.web.path(), &listed).await;
}

/// The judge has to be able to say no.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_is_changed_lost_or_doubled_is_found() {
    let (site, mut tips) = (Site::start().await, Tips::default());
    site.web.commits("main", 3);
    tips.see(site.web.path());
    site.declare().await;
    let listed = tips.listed(&site.up.operator(), site.web.path()).await;
    let lines: Vec<_> = listed.lines().collect();
    let changed = listed.replacen("folder1/file1.txt", "folder1/file2.txt", 1);
    let zone = listed.replacen("+0100", "+0200", 1);
    for wrong in [
        changed,
        zone,
        lines[..2].join("\n"),
        format!("{listed}{}", lines[0]),
    ] {
        let ran = tips.judge(site.web.path(), &wrong).await;
        assert_eq!(ran.code, Some(1), "{}{}", ran.stdout, ran.stderr);
    }
}
