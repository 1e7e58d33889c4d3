//! What is pushed to a real repository ends as commit records that equal `git log`, over everything that a ref ever
//! pointed to. `compare.py` judges: it reads Git and nothing of ours.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "everything here is a test, and a test fails by panicking"
)]

use std::{collections::BTreeSet, fs, path::Path};

use sluice_test_support::{GitRepository, eventually, git::everything};
use sluice_tests::{Forge, Program, Ran, Up, say};

/// Everything that a repository's branches and tags ever pointed to.
#[derive(Default)]
struct Tips(BTreeSet<String>);

impl Tips {
    fn see(&mut self, repository: &GitRepository) {
        let all = repository.git(&["for-each-ref", "--format=%(objectname)"]);
        self.0.extend(all.lines().map(str::to_owned));
    }
}

/// A host with the repository `acme/web`, and all of Sluice.
struct Site {
    folder: tempfile::TempDir,
    forge: Forge,
    web: GitRepository,
    up: Up,
}

impl Site {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let forge = Forge::new();
        let settings = ["--local-repositories", "--push-grace", "1s"];
        let up = Up::start_with(folder.path(), &settings).await;
        let web = forge.repository("acme/web");
        up.operator().apply(&forge.manifest()).await;
        Self {
            folder,
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

    /// What `sluice commits list` prints, once it is as many.
    async fn listed(&self, count: usize) -> String {
        let operator = self.up.operator();
        eventually("the commits are listed", async || {
            let listed = operator
                .does(&["commits", "list", "--all", "-o", "json"])
                .await;
            (listed.lines().count() >= count).then_some(listed)
        })
        .await
    }

    /// That the judge finds nothing.
    async fn compare(&self, tips: &Tips, listed: &str) {
        let verdict = self.judge(tips, listed).await;
        assert_eq!(
            verdict.code,
            Some(0),
            "{}{}",
            verdict.stdout,
            verdict.stderr
        );
        say(&format!(
            "commits list and git log: {}",
            verdict.stdout.trim()
        ));
    }

    /// Lets the judge compare.
    async fn judge(&self, tips: &Tips, listed: &str) -> Ran {
        let tips: Vec<_> = tips.0.iter().map(String::as_str).collect();
        let (seen, printed) = (
            self.folder.path().join("tips"),
            self.folder.path().join("listed"),
        );
        fs::write(&seen, tips.join("\n") + "\n").unwrap();
        fs::write(&printed, listed).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/commits/compare.py");
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        let judge = Program::at("/usr/bin/env")
            .set("PATH", "/usr/local/bin:/usr/bin:/bin")
            .with([
                "python3".into(),
                path(&script),
                path(self.web.path()),
                path(&seen),
                path(&printed),
            ]);
        judge.run().await
    }
}

/// How many commits the tips lead to. Trees and blobs lead to none.
fn count(repository: &GitRepository, tips: &Tips) -> usize {
    let mut arguments = vec!["rev-list", "--count"];
    arguments.extend(tips.0.iter().map(String::as_str));
    repository.git(&arguments).parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_listed_is_what_git_log_says() {
    let (site, mut tips) = (Site::start().await, Tips::default());
    everything(&site.web);
    tips.see(&site.web);
    site.declare().await;
    let listed = site.listed(count(&site.web, &tips)).await;
    site.compare(&tips, &listed).await;

    // From here on it is pushed, and the host tells.
    let (work, hooks) = (site.web.work(), site.up.hooks());
    let mut push = async |branch: &str, arguments: &[&str]| {
        work.push(arguments);
        tips.see(&site.web);
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
    let replaced = work.commit("replaced");
    push("main", &[]).await;
    work.git(&["reset", "--quiet", "--hard", "HEAD~2"]);
    work.write("plain.txt", "3\n").commit("the replacement");
    push("main", &["--force", "origin", "main"]).await;

    let listed = site.listed(count(&site.web, &tips)).await;
    site.compare(&tips, &listed).await;
    let shown = site
        .up
        .operator()
        .does(&["commits", "show", &replaced])
        .await;
    assert!(shown.contains("by octavia"), "{shown}");
    assert!(shown.contains("taken off    refs/heads/main"), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_commits_are_listed_as_git_log_has_them() {
    let (site, mut tips) = (Site::start().await, Tips::default());
    site.web.commits("main", 10_000);
    tips.see(&site.web);
    site.declare().await;
    let listed = site.listed(10_000).await;
    site.compare(&tips, &listed).await;
}

/// The judge has to be able to say no.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_is_changed_lost_or_doubled_is_found() {
    let (site, mut tips) = (Site::start().await, Tips::default());
    site.web.commits("main", 3);
    tips.see(&site.web);
    site.declare().await;
    let listed = site.listed(3).await;
    let lines: Vec<_> = listed.lines().collect();
    let changed = listed.replacen("folder1/file1.txt", "folder1/file2.txt", 1);
    let zone = listed.replacen("+0100", "+0200", 1);
    for wrong in [
        changed,
        zone,
        lines[..2].join("\n"),
        format!("{listed}{}", lines[0]),
    ] {
        let ran = site.judge(&tips, &wrong).await;
        assert_eq!(ran.code, Some(1), "{}{}", ran.stdout, ran.stderr);
    }
}
