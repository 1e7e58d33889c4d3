//! A Gitea with the private repository `acme/web`, and all of Sluice.

use std::{collections::BTreeMap, path::Path};

use serde_json::Value;
use sluice_events::{
    from_json,
    v1::{KnownRefs, RefEvent, Trust},
};
use sluice_test_support::{Folder, GitWork, eventually, folder_holds, git::git_in};
use sluice_tests::{SECRET, Tips, Up, ledger};

use crate::gitea::{Gitea, OWNER};

/// The repository.
pub(crate) const WEB: &str = "acme/web";

/// The id in the URL of the endpoint.
const ENDPOINT: &str = "gitea-0123456789abcdef";

/// The refs of a repository, and where they are.
type Refs = BTreeMap<String, String>;

/// A move of a ref: its name, where it was and where it is. What is deleted was anywhere: not every delivery says.
type Moved = (String, Option<String>, Option<String>);

pub(crate) struct Site {
    pub(crate) gitea: Gitea,
    pub(crate) up: Up,
    /// What the repository is pushed from.
    pub(crate) work: GitWork,
    pub(crate) webhook: u64,
    /// Every token that Sluice was given.
    tokens: Vec<String>,
    tips: Tips,
    /// What was pushed before the webhook was there. Gitea works on pushes later, and may tell of it all the same.
    first: String,
    /// Everything that was pushed since the webhook is there.
    moved: Vec<Moved>,
    folder: Folder,
}

impl Site {
    /// The repository has a branch already, and Sluice has read its refs once.
    pub(crate) async fn start(program: &Path, settings: &[&str]) -> Self {
        let folder = Folder::new();
        let gitea = Gitea::start(program).await;
        let up = Up::program(folder.path())
            .set("RUST_LOG", "debug")
            .with(["--local-repositories", "--push-grace", "1s"])
            .with(settings);
        let up = Up::start_as(up, folder.path()).await;
        gitea.makes_repository("web", true).await;
        let work = GitWork::pushing_to(&gitea.push_url(WEB).await);
        let first = work.write("README.md", "hello\n").commit("the first");
        work.push(&[]);
        let mut site = Self {
            first,
            webhook: 0,
            tokens: Vec::new(),
            tips: Tips::default(),
            moved: Vec::new(),
            gitea,
            up,
            work,
            folder,
        };
        site.declare().await;
        site
    }

    async fn declare(&mut self) {
        let origin = self.gitea.origin();
        let host = format!(
            "kind: Host\nmetadata: {{name: forge}}\nspec: {{provider: gitea, url: \"{origin}\"}}"
        );
        let endpoint = format!(
            "kind: Endpoint\nmetadata: {{name: forge, project: default}}\nspec:\n  id: {ENDPOINT}\n  host: forge\n  \
             scope: {{owner: {OWNER}}}\n  secrets: [{{kind: hmac, value: {SECRET}}}]"
        );
        self.applies(&host).await;
        self.applies(&endpoint).await;
        let url = format!("http://{}/hooks/{ENDPOINT}", self.up.hooks());
        self.webhook = self.gitea.makes_webhook(WEB, &url, SECRET).await;
        self.gives_token("first").await;
        self.declares("web", "credential: bot").await;
        self.tips.see(&self.gitea.path(WEB));
        let known =
            sluice_bus::Records::<KnownRefs>::new(&self.up.bus("operator").await, "known-refs");
        eventually("the refs were read once", async || {
            let all = known.all().await.ok()?;
            all.iter().any(|known| known.record.baseline).then_some(())
        })
        .await;
    }

    /// Declares a repository of the owner's.
    pub(crate) async fn declares(&self, name: &str, more: &str) {
        self.applies(&format!(
            "kind: Repository\nmetadata: {{name: {name}, project: default}}\nspec: {{host: forge, fullName: {OWNER}/{name}, {more}}}"
        ))
        .await;
    }

    /// Has Gitea make a token, and gives it to Sluice as the one to use.
    pub(crate) async fn gives_token(&mut self, name: &str) {
        let token = self
            .gitea
            .makes_token(name, &["read:repository", "read:user"])
            .await;
        self.applies(&format!(
            "kind: Credential\nmetadata: {{name: bot, project: default}}\nspec: {{host: forge, token: {{value: {token}}}}}"
        ))
        .await;
        self.tokens.push(token);
    }

    async fn applies(&self, manifest: &str) {
        let manifest = format!("apiVersion: sluice.dev/v1\n{manifest}\n");
        self.up.operator().apply(&manifest).await;
    }

    /// Pushes.
    pub(crate) fn push(&mut self, arguments: &[&str]) {
        let before = self.refs();
        self.work.push(arguments);
        self.moved_since(&before);
    }

    /// Renames a branch at Gitea.
    pub(crate) async fn renames_branch(&mut self, from: &str, to: &str) {
        let before = self.refs();
        self.gitea.renames_branch(WEB, from, to).await;
        self.moved_since(&before);
    }

    fn moved_since(&mut self, before: &Refs) {
        let (path, now) = (self.gitea.path(WEB), self.refs());
        self.tips.see(&path);
        let names = before
            .keys()
            .chain(now.keys().filter(|name| !before.contains_key(*name)));
        let pairs = names.map(|name| (name, before.get(name), now.get(name)));
        let pairs = pairs.filter(|(_, from, to)| from != to);
        let moves: Vec<_> = pairs
            .map(|(name, from, to)| moved(name, from, to))
            .collect();
        assert!(!moves.is_empty(), "something was pushed");
        self.moved.extend(moves);
    }

    /// Branches and tags, as Gitea shows them.
    fn refs(&self) -> Refs {
        let shown = self
            .work
            .git(&["ls-remote", "--heads", "--tags", "--refs", "origin"]);
        shown
            .lines()
            .map(|line| line.split_once('\t').unwrap())
            .map(owned)
            .collect()
    }

    /// Waits until every move was told, once, and gives the events in the order in which they are stored.
    pub(crate) async fn told(&self) -> Vec<RefEvent> {
        let bus = self.up.bus("operator").await;
        let stored = eventually("every move is told", async || {
            let stored = ledger::stored(&bus).await;
            let events = stored
                .iter()
                .map(|message| from_json(&message.payload).unwrap());
            let is_since = |event: &RefEvent| {
                let first = event.before.is_none() && event.after.as_ref() == Some(&self.first);
                !first || event.r#ref != "refs/heads/main"
            };
            let stored: Vec<RefEvent> = events.filter(is_since).collect();
            (stored.len() >= self.moved.len()).then_some(stored)
        })
        .await;
        let told = stored
            .iter()
            .map(|event| moved(&event.r#ref, event.before.as_ref(), event.after.as_ref()));
        let (mut told, mut wanted): (Vec<_>, _) = (told.collect(), self.moved.clone());
        told.sort();
        wanted.sort();
        assert_eq!(told, wanted, "{stored:#?}");
        stored
    }

    /// Waits until the mirror has the refs that Gitea shows.
    pub(crate) async fn in_step(&self) {
        let (mirror, wanted) = (
            self.up.data_dir().join("mirrors/default/web.git"),
            self.refs(),
        );
        eventually("the mirror has the refs of Gitea", async || {
            if !mirror.join("HEAD").is_file() {
                return None;
            }
            let format = "--format=%(refname)\t%(objectname)";
            let kept = git_in(
                &mirror,
                &["for-each-ref", format, "refs/heads", "refs/tags"],
            );
            let kept = kept.lines().map(|line| line.split_once('\t').unwrap());
            let kept: Refs = kept
                .map(|(name, sha)| (name.to_owned(), sha.to_owned()))
                .collect();
            (kept == wanted).then_some(())
        })
        .await;
    }

    /// Waits until every commit that was ever there is recorded, and compares with Git.
    pub(crate) async fn recorded(&self) {
        let path = self.gitea.path(WEB);
        let listed = self.tips.listed(&self.up.operator(), &path).await;
        self.tips.compare(&path, &listed).await;
    }

    /// How the repository stands, as `sluice repositories show` says.
    pub(crate) async fn standing(&self) -> Value {
        let show = ["repositories", "show", "web", "-o", "json"];
        serde_json::from_str(&self.up.operator().does(&show).await).unwrap()
    }

    /// That no file of Sluice's, its logs among them, holds a token or the webhook's secret.
    pub(crate) fn keeps_secrets(&self) {
        let folder = self.folder.path();
        assert!(folder_holds(folder, WEB), "it looks where things are");
        let secrets = self.tokens.iter().map(String::as_str).chain([SECRET]);
        for secret in secrets {
            assert!(
                !folder_holds(folder, secret),
                "a secret lies in {}",
                folder.display()
            );
        }
    }
}

fn moved(name: &str, from: Option<&String>, to: Option<&String>) -> Moved {
    (
        name.to_owned(),
        from.filter(|_| to.is_some()).cloned(),
        to.cloned(),
    )
}

fn owned((sha, name): (&str, &str)) -> (String, String) {
    (name.to_owned(), sha.to_owned())
}

/// What vouches for an event.
pub(crate) fn trust(event: &RefEvent) -> Trust {
    let provenance = event.provenance.as_ref().unwrap();
    provenance.verification.as_ref().unwrap().trust()
}
