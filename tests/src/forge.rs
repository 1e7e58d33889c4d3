//! A Git host: real repositories behind real `git http-backend`, and webhooks for what is pushed to them.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use sluice_events::Timestamp;
use sluice_test_support::{GitRepository, GitServer, NOTHING, eventually};

use crate::{Answer, Http, Push, SECRET, push};

/// The id in the URL of its endpoint.
const ENDPOINT: &str = "forge-0123456789abcdef";

/// The host.
pub struct Forge {
    server: GitServer,
    /// Where every branch was when it was last told.
    told: Mutex<BTreeMap<(String, String), String>>,
    deliveries: AtomicUsize,
}

impl Forge {
    /// One without repositories.
    #[expect(clippy::new_without_default, reason = "it starts a server")]
    pub fn new() -> Self {
        Self {
            server: GitServer::start(),
            told: Mutex::default(),
            deliveries: AtomicUsize::new(0),
        }
    }

    /// What an operator applies: the host, and one endpoint for all of it.
    pub fn manifest(&self) -> String {
        let origin = self.server.origin();
        format!(
            "---\napiVersion: sluice.dev/v1\nkind: Host\nmetadata: {{name: forge}}\nspec: {{provider: github, url: \"{origin}\"}}\n\
             ---\napiVersion: sluice.dev/v1\nkind: Endpoint\nmetadata: {{name: forge, project: default}}\nspec:\n  id: {ENDPOINT}\n  \
             host: forge\n  scope: {{host: true}}\n  secrets: [{{kind: hmac, value: {SECRET}}}]\n"
        )
    }

    /// What an operator applies for a repository, whose name is the last part of its full name.
    pub fn manifest_of(full_name: &str) -> String {
        let name = full_name.rsplit('/').next().unwrap_or(full_name);
        let id = push().to(full_name).repository_id();
        format!(
            "---\napiVersion: sluice.dev/v1\nkind: Repository\nmetadata: {{name: {name}, project: default}}\nspec: \
             {{host: forge, fullName: {full_name}, hostId: \"{id}\"}}\n"
        )
    }

    /// The server behind it.
    pub fn server(&self) -> &GitServer {
        &self.server
    }

    /// A new repository.
    pub fn repository(&self, full_name: &str) -> GitRepository {
        self.server.repository(full_name)
    }

    /// Where webhooks go, below the address of the gateway.
    pub fn path(&self) -> String {
        format!("/hooks/{ENDPOINT}")
    }

    /// Counts where a branch is now as told: it was there before there were webhooks.
    pub fn knows(&self, repository: &GitRepository, branch: &str) {
        self.webhook(repository, branch);
    }

    /// The webhook for where a branch is now, from where it was told to be last; `None` if it is told already.
    pub fn webhook(&self, repository: &GitRepository, branch: &str) -> Option<Push> {
        let full_ref = format!("refs/heads/{branch}");
        let now = repository.git(&["for-each-ref", "--format=%(objectname)", &full_ref]);
        let now = if now.is_empty() { NOTHING } else { &now };
        let key = (repository.name().to_owned(), branch.to_owned());
        let before = self.told.lock().unwrap().insert(key, now.to_owned());
        let before = before.unwrap_or_else(|| NOTHING.to_owned());
        let number = self.deliveries.fetch_add(1, Ordering::Relaxed);
        (before != now).then(|| {
            push()
                .to(repository.name())
                .branch(branch)
                .from(&before)
                .upto(now)
                .at(Timestamp::now().seconds)
                .delivered_as(&format!("forge-{number}"))
        })
    }

    /// Sends a webhook.
    ///
    /// # Errors
    /// If the gateway does not answer.
    pub async fn send(&self, hooks: SocketAddr, push: &Push) -> std::io::Result<Answer> {
        let sample = push.signed_with(SECRET);
        let mut http = Http::open(hooks).await?;
        http.post(&self.path(), &sample.headers, &sample.body).await
    }

    /// Tells of where a branch is now, and is taken at its word.
    pub async fn tells(&self, hooks: SocketAddr, repository: &GitRepository, branch: &str) {
        if let Some(push) = self.webhook(repository, branch) {
            // Until the gateway knows the endpoint.
            eventually("the webhook is taken", async || {
                let answer = self.send(hooks, &push).await.unwrap();
                let ours = matches!(answer.status, 401 | 503);
                assert!(ours || answer.status == 202, "{}", answer.body);
                (!ours).then_some(())
            })
            .await;
        }
    }

    /// Where a mirror of a repository lies below the data folder of sync.
    pub fn mirror(data_dir: &std::path::Path, repository: &GitRepository) -> PathBuf {
        let name = repository.name().rsplit('/').next().unwrap_or_default();
        data_dir.join(format!("mirrors/default/{name}.git"))
    }
}
