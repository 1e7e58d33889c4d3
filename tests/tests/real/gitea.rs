//! A real Gitea on loopback, and what people do there.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sluice_test_support::eventually;
use sluice_tests::{Answer, Http, Process, Program, free_port};
use tempfile::TempDir;

/// Who owns everything there.
pub(crate) const OWNER: &str = "acme";

/// The owner's password.
const PASSWORD: &str = "as-long-as-a-password-must-be";

/// A running Gitea with one user. Dropping it kills it.
pub(crate) struct Gitea {
    process: Process,
    address: SocketAddr,
    folder: TempDir,
}

impl Gitea {
    pub(crate) async fn start(program: &Path) -> Self {
        let (folder, address) = (tempfile::tempdir().unwrap(), free_port());
        let settings = folder.path().join("app.ini");
        fs::write(&settings, app_ini(program, folder.path(), address)).unwrap();
        let command = Program::at(program)
            .set("PATH", "/usr/local/bin:/usr/bin:/bin")
            .set("HOME", folder.path().to_str().unwrap())
            .set("GITEA_WORK_DIR", folder.path().to_str().unwrap())
            .inside(folder.path());
        let config = ["--config", settings.to_str().unwrap()];
        let process = command.clone().with(["web"]).with(config);
        let process = process.start(&folder.path().join("web"));
        eventually("Gitea answers", async || {
            let answer = Http::get(address, "/api/healthz").await.ok()?;
            (answer.status == 200).then_some(())
        })
        .await;
        let create = command.with(["admin", "user", "create"]).with(config);
        let create = create.with(["--username", OWNER, "--password", PASSWORD]);
        let create = create.with(["--email", "acme@example.test", "--admin"]);
        let create = create.with(["--must-change-password=false"]);
        create.run().await.good();
        Self {
            process,
            address,
            folder,
        }
    }

    /// Its address, `http://127.0.0.1:4711`.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where to push to, with a token that may.
    pub(crate) async fn push_url(&self, repository: &str) -> String {
        self.push_url_as(repository, "pusher").await
    }

    /// The same with a token of this name, which is new.
    pub(crate) async fn push_url_as(&self, repository: &str, name: &str) -> String {
        let token = self.makes_token(name, &["write:repository"]).await;
        format!("http://{OWNER}:{token}@{}/{repository}.git", self.address)
    }

    /// Where it keeps a repository.
    pub(crate) fn path(&self, repository: &str) -> PathBuf {
        let path = format!("repositories/{repository}.git");
        self.folder.path().join(path)
    }

    /// Makes a repository of the owner's.
    pub(crate) async fn makes_repository(&self, name: &str, private: bool) -> Value {
        let wanted = json!({"name": name, "private": private, "auto_init": !private});
        self.does("POST", "/user/repos", wanted).await
    }

    /// Makes a token that may do this alone.
    pub(crate) async fn makes_token(&self, name: &str, scopes: &[&str]) -> String {
        let wanted = json!({"name": name, "scopes": scopes});
        let path = format!("/users/{OWNER}/tokens");
        let made = self.does("POST", &path, wanted).await;
        made["sha1"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn deletes_token(&self, name: &str) {
        let path = format!("/users/{OWNER}/tokens/{name}");
        self.does("DELETE", &path, Value::Null).await;
    }

    /// Makes a webhook for everything that happens to refs, and gives its number.
    pub(crate) async fn makes_webhook(&self, repository: &str, url: &str, secret: &str) -> u64 {
        let wanted = json!({
            "type": "gitea",
            "active": true,
            "events": ["push", "create", "delete"],
            "config": {"url": url, "content_type": "json", "secret": secret},
        });
        let path = format!("/repos/{repository}/hooks");
        let made = self.does("POST", &path, wanted).await;
        made["id"].as_u64().unwrap()
    }

    /// The webhooks of a repository.
    pub(crate) async fn hooks(&self, repository: &str) -> Vec<Value> {
        let path = format!("/repos/{repository}/hooks");
        let hooks = self.does("GET", &path, Value::Null).await;
        hooks.as_array().unwrap().clone()
    }

    /// Changes what a repository is.
    pub(crate) async fn edits(&self, repository: &str, wanted: Value) {
        let path = format!("/repos/{repository}");
        self.does("PATCH", &path, wanted).await;
    }

    pub(crate) async fn deletes_webhook(&self, repository: &str, webhook: u64) {
        let path = format!("/repos/{repository}/hooks/{webhook}");
        self.does("DELETE", &path, Value::Null).await;
    }

    pub(crate) async fn renames_branch(&self, repository: &str, from: &str, to: &str) {
        let path = format!("/repos/{repository}/branches/{from}");
        self.does("PATCH", &path, json!({"name": to})).await;
    }

    /// How often Sluice asked for a repository until now, by Gitea's own log.
    pub(crate) fn asked(&self, repository: &str) -> usize {
        let asked = format!("/{repository}.git/info/refs");
        let said = self.process.said();
        let requests = said.lines().filter(|line| line.contains(&asked));
        requests.filter(|line| line.contains("sluice-git/")).count()
    }

    /// Asks its API as the owner.
    pub(crate) async fn does(&self, method: &str, path: &str, wanted: Value) -> Value {
        let who = STANDARD.encode(format!("{OWNER}:{PASSWORD}"));
        let headers = [
            ("authorization".to_owned(), format!("Basic {who}")),
            ("content-type".to_owned(), "application/json".to_owned()),
        ];
        let body = match wanted {
            Value::Null => String::new(),
            wanted => wanted.to_string(),
        };
        let path = format!("/api/v1{path}");
        let mut http = Http::open_foreign(self.address).await.unwrap();
        let Answer { status, body, .. } = http
            .request(method, &path, &headers, body.as_bytes())
            .await
            .unwrap();
        assert!(
            (200..300).contains(&status),
            "{method} {path}: {status} {body}"
        );
        serde_json::from_str(&body).unwrap_or_default()
    }
}

/// Its settings. Templates and options lie beside the program where they are not inside it.
fn app_ini(program: &Path, folder: &Path, address: SocketAddr) -> String {
    let (ip, port) = (address.ip(), address.port());
    let (static_root, folder) = (program.parent().unwrap().display(), folder.display());
    format!(
        "I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
[server]
HTTP_ADDR = {ip}
HTTP_PORT = {port}
ROOT_URL = http://{address}/
STATIC_ROOT_PATH = {static_root}
APP_DATA_PATH = {folder}/data
DISABLE_SSH = true
OFFLINE_MODE = true
[database]
DB_TYPE = sqlite3
PATH = {folder}/gitea.db
[repository]
ROOT = {folder}/repositories
[security]
INSTALL_LOCK = true
PASSWORD_HASH_ALGO = pbkdf2
[queue]
TYPE = channel
[webhook]
ALLOWED_HOST_LIST = loopback
[log]
MODE = console
LEVEL = Warn
logger.access.MODE = access
[log.access]
MODE = console
LEVEL = Info
"
    )
}
