//! A real repository on a Git host of this machine, and what Sluice has of it beside what Git has.

use std::{cell::Cell, fs};

use serde_json::Value;
use sluice_test_support::{GitRepository, GitWork, eventually, git::git_in};
use sluice_tests::{Forge, Http};

use crate::stage::{Stage, show};

/// How Git is asked for what a line of the list has.
const LOG: [&str; 4] = [
    "log",
    "--date=format-local:%Y-%m-%dT%H:%M:%SZ",
    "--format=%h  %cd  %an  %s",
    "--abbrev=12",
];

/// The repository `acme/shop`, with a clone.
pub(crate) struct Shop {
    forge: Forge,
    repository: GitRepository,
    work: GitWork,
    pushes: Cell<usize>,
}

impl Shop {
    /// Makes it, declares it, and waits until it is mirrored.
    pub(crate) async fn open(stage: &Stage) -> Self {
        let forge = Forge::new();
        let repository = forge.repository("acme/shop");
        repository.commit(
            "main",
            "Open the shop",
            &[("README.md", "We sell socks.\n")],
        );
        forge.knows(&repository, "main");
        let file = stage.folder().join("shop.yaml");
        fs::write(&file, forge.manifest() + &Forge::manifest_of("acme/shop")).unwrap();
        stage.apply(&file).await;
        show("fetched from", repository.url());
        let shop = Self {
            work: repository.work(),
            forge,
            repository,
            pushes: Cell::new(0),
        };
        let mirror = Forge::mirror(&stage.data(), &shop.repository);
        eventually("it is mirrored", async || {
            shop.is_mirrored(stage).then_some(())
        })
        .await;
        show("mirrored to", &mirror.display().to_string());
        // What is missed is found from the first sweep on.
        eventually("it is swept", async || {
            let shown = stage
                .command(&["repositories", "show", "shop", "-o", "json"])
                .await;
            shown.contains("\"baseline\":").then_some(())
        })
        .await;
        shop
    }

    /// Commits and pushes.
    pub(crate) async fn push(&self, message: &str) {
        self.pushes.set(self.pushes.get() + 1);
        self.work
            .write(&format!("goods/{}.md", self.pushes.get()), message);
        let sha = self.work.commit(message);
        self.work.push(&[]);
        show("pushed", &format!("{sha} {message}"));
    }

    /// The host tells of it.
    pub(crate) async fn webhook(&self, stage: &Stage) {
        self.forge
            .tells(stage.hooks, &self.repository, "main")
            .await;
    }

    /// Shows what is listed beside what Git says, which is the same.
    pub(crate) async fn compare(&self, stage: &Stage) {
        let git = self.repository.git(&LOG);
        let words = ["commits", "list", "-r", "shop"];
        let listed = eventually("the commits are recorded", async || {
            let listed = stage.command(&words).await;
            (listed.lines().count() > git.lines().count()).then_some(listed)
        })
        .await;
        listed
            .lines()
            .for_each(|line| println!("   sluice  {line}"));
        git.lines().for_each(|line| println!("   git     {line}"));
        for (ours, theirs) in listed.lines().skip(1).zip(git.lines()) {
            let (ours, theirs) = (words_of(ours), words_of(theirs));
            assert_eq!(ours[..2], theirs[..2], "sha and time");
            assert!(
                theirs.iter().all(|word| ours.contains(word)),
                "{ours:?} {theirs:?}"
            );
        }
        eventually("the mirror is the same", async || {
            self.is_mirrored(stage).then_some(())
        })
        .await;
        show("mirror", "has the refs of the repository");
    }

    /// Asks the API for the newest.
    pub(crate) async fn ask(&self, stage: &Stage) {
        let token = fs::read_to_string(stage.data().join("admin-token")).unwrap();
        let authorization = format!("Bearer {}", token.trim());
        let path = "/api/v1/commits?project=default&repository=shop&limit=1";
        let mut http = Http::open(stage.api).await.unwrap();
        let headers = [("authorization".to_owned(), authorization)];
        let answer = http.get_with(path, &headers).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        let page: Value = serde_json::from_str(&answer.body).unwrap();
        let record = &page["commits"][0]["record"];
        show("commit", record["commit"]["sha"].as_str().unwrap());
        show("subject", &record["commit"]["message"].to_string());
        show(
            "pushed",
            &record["push"]["recovered"]
                .to_string()
                .replace("true", "found by the sweep"),
        );
        let denied = Http::get(stage.api, path).await.unwrap();
        assert_eq!(denied.status, 401, "{}", denied.body);
        show(
            "without token",
            &format!("{} {}", denied.status, denied.body),
        );
    }

    fn is_mirrored(&self, stage: &Stage) -> bool {
        let refs = [
            "for-each-ref",
            "--format=%(objectname) %(refname)",
            "refs/heads",
            "refs/tags",
        ];
        let mirror = Forge::mirror(&stage.data(), &self.repository);
        mirror.join("HEAD").is_file() && git_in(&mirror, &refs) == self.repository.git(&refs)
    }
}

fn words_of(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}
