//! An API in this process, and people who hold access tokens of it.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use serde_json::Value;
use sluice_api::{Config, Listen, SERVICE};
use sluice_daemon::{Health, Process, Shutdown};
use sluice_test_support::eventually;

use crate::site::{Ran, Site, sluice};

/// An API that takes requests.
pub(crate) struct Api {
    addr: SocketAddr,
}

/// Who holds an access token, and runs commands with it.
pub(crate) struct Holder {
    address: String,
    token: String,
    folder: PathBuf,
}

impl Api {
    /// Starts one that can seal, and waits until it is ready.
    pub(crate) async fn start(site: &Site) -> Self {
        Self::told(site, Some("https://hooks.test")).await
    }

    /// The same, told by this address how hosts reach the gateway.
    pub(crate) async fn told(site: &Site, hooks_url: Option<&str>) -> Self {
        let (health, shutdown) = (Health::default(), Shutdown::default());
        let addr = SocketAddr::from(([127, 0, 0, 1], 0));
        let process = Process {
            service: &SERVICE,
            health: health.clone(),
            shutdown,
            admin: addr,
        };
        let keys = site.folder().join("keys");
        let config = Config {
            bus: site.nats.connection("api"),
            listen: Listen {
                addr,
                answer_deadline: Duration::from_secs(10),
                follow_deadline: Duration::from_secs(10),
                max_connections: 1000,
            },
            hooks_url: hooks_url.map(str::to_owned),
            hook_secrets_pub: Some(keys.join("hook-secrets.pub")),
            credentials_pub: Some(keys.join("credentials.pub")),
            issuers_pub: Some(keys.join("issuers.pub")),
        };
        let started = sluice_api::start(config, process).await.unwrap();
        let addr = started.addr();
        tokio::spawn(started.run());
        eventually("the API is ready", || async {
            health.readiness().ready.then_some(())
        })
        .await;
        Self { addr }
    }

    /// Somebody who has been given an access token of this role, for one project or, where that is empty, for all.
    pub(crate) async fn holder(&self, site: &Site, role: &str, project: &str) -> Holder {
        let name = format!("{role}-of-{project}")
            .trim_end_matches('-')
            .to_owned();
        let mut words = vec!["access-tokens", "new", &name, "--role", role];
        if !project.is_empty() {
            words.extend(["--project", project]);
        }
        let token = site.does_directly(&words).await.trim().to_owned();
        let holder = Holder {
            address: format!("http://{}", self.addr),
            token,
            folder: site.folder().to_owned(),
        };
        eventually("the token is known", || async {
            let ran = holder.run(&["hosts", "list"]).await;
            (ran.code == Some(0)).then_some(())
        })
        .await;
        holder
    }
}

impl Holder {
    /// Somebody at another address.
    pub(crate) fn at(addr: SocketAddr, token: &str, site: &Site) -> Self {
        Self {
            address: format!("http://{addr}"),
            token: token.to_owned(),
            folder: site.folder().to_owned(),
        }
    }

    /// The same with another token.
    pub(crate) fn with(&self, token: &str) -> Self {
        Self {
            address: self.address.clone(),
            token: token.to_owned(),
            folder: self.folder.clone(),
        }
    }

    /// Runs a command, whatever comes of it. The token is never said.
    pub(crate) async fn run(&self, words: &[&str]) -> Ran {
        self.run_on(words, "").await
    }

    /// The same on this input.
    pub(crate) async fn run_on(&self, words: &[&str], input: &str) -> Ran {
        let environment = [
            ("SLUICE_API_URL", self.address.as_str()),
            ("SLUICE_API_TOKEN", &self.token),
        ];
        let ran = sluice(&self.folder, &environment, words, input).await;
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!said.contains(&self.token), "the token is said: {said}");
        ran
    }

    /// Runs a command that must work, and returns what it says.
    pub(crate) async fn does(&self, words: &[&str]) -> String {
        self.does_on(words, "").await
    }

    /// The same on this input.
    pub(crate) async fn does_on(&self, words: &[&str], input: &str) -> String {
        let ran = self.run_on(words, input).await;
        assert_eq!(ran.code, Some(0), "{words:?}: {}{}", ran.stdout, ran.stderr);
        ran.stdout
    }

    /// The same, and reads the one JSON value that it says.
    pub(crate) async fn tells(&self, words: &[&str]) -> Value {
        serde_json::from_str(&self.does(words).await).unwrap()
    }

    /// A command with these words, which may speak with hosts of this machine; not yet run.
    pub(crate) fn command(&self, words: &[&str]) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_sluice"));
        command
            .args(words)
            .current_dir(&self.folder)
            .env_clear()
            .env("SLUICE_API_URL", &self.address)
            .env("SLUICE_API_TOKEN", &self.token)
            .env("SLUICE_LOCAL_REPOSITORIES", "true")
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Declares what manifests say.
    pub(crate) async fn apply(&self, manifests: &str) -> Ran {
        self.run_on(&["apply", "-f", "-"], manifests).await
    }
}
