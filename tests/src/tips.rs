//! What is listed of a repository against what Git says of it.

use std::{collections::BTreeSet, fs, path::Path};

use sluice_test_support::{Folder, eventually, git::git_in};

use crate::{Operator, Program, Ran, say};

/// The judge, who reads Git and nothing of ours.
const JUDGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/commits/compare.py");

/// Everything that a repository's branches and tags ever pointed to.
#[derive(Debug, Default)]
pub struct Tips(BTreeSet<String>);

impl Tips {
    /// Remembers where the refs of a repository are now.
    pub fn see(&mut self, repository: &Path) {
        let all = git_in(repository, &["for-each-ref", "--format=%(objectname)"]);
        self.0.extend(all.lines().map(str::to_owned));
    }

    /// What `sluice commits list` prints, once it is as many as the tips lead to.
    pub async fn listed(&self, operator: &Operator, repository: &Path) -> String {
        let count = self.count(repository);
        let list = ["commits", "list", "--all", "-o", "json"];
        eventually("the commits are listed", async || {
            let listed = operator.does(&list).await;
            (listed.lines().count() >= count).then_some(listed)
        })
        .await
    }

    /// How many commits the tips lead to. Trees and blobs lead to none.
    fn count(&self, repository: &Path) -> usize {
        let mut arguments = vec!["rev-list", "--count"];
        arguments.extend(self.0.iter().map(String::as_str));
        git_in(repository, &arguments).parse().unwrap()
    }

    /// That the judge finds nothing.
    pub async fn compare(&self, repository: &Path, listed: &str) {
        let verdict = self.judge(repository, listed).await.good();
        say(&format!("commits list and git log: {}", verdict.trim()));
    }

    /// Lets the judge compare.
    pub async fn judge(&self, repository: &Path, listed: &str) -> Ran {
        let folder = Folder::new();
        let (tips, printed) = (folder.path().join("tips"), folder.path().join("listed"));
        let seen: String = self.0.iter().map(|tip| format!("{tip}\n")).collect();
        fs::write(&tips, seen).unwrap();
        fs::write(&printed, listed).unwrap();
        let files = [repository, &tips, &printed].map(|path| path.to_str().unwrap());
        let judge = Program::at("/usr/bin/env")
            .set("PATH", "/usr/local/bin:/usr/bin:/bin")
            .with(["python3", JUDGE])
            .with(files);
        judge.run().await
    }
}
