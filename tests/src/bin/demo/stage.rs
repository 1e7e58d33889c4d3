//! What stands behind the demonstration: the processes and a folder for them.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Instant,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sluice_providers::{Sample, SecretKind};
use sluice_test_support::eventually;
use sluice_tests::{Answer, Http, Process, Program};
use tempfile::TempDir;

use crate::hosts::{GITEA, GITHUB, GITLAB, Host};

/// The running system.
pub(crate) struct Stage {
    folder: TempDir,
    up: Process,
    pub(crate) hooks: SocketAddr,
    pub(crate) api: SocketAddr,
    admin: SocketAddr,
    tail: Option<Process>,
    received: usize,
}

/// Begins a step.
pub(crate) fn step(title: &str) {
    println!("\n== {title}");
}

/// Shows a fact.
pub(crate) fn show(name: &str, value: &str) {
    println!("   {name:<16} {value}");
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let begun = Instant::now();
        let folder = tempfile::tempdir().unwrap();
        let up = sluice(&folder).with([
            "up",
            "--hooks",
            "127.0.0.1:0",
            "--admin",
            "127.0.0.1:0",
            "--api",
            "127.0.0.1:0",
            "--output",
            "json",
            // The repository is on loopback, and nobody wants to wait five minutes.
            "--local-repositories",
            "--sweep-interval",
            "3s",
            "--sweep-interval-healthy",
            "3s",
            "--sweep-grace",
            "1s",
        ]);
        let mut up = up.with(data_dir(&folder)).start(&folder.path().join("up"));
        let line = up.first_line().await;
        let addresses: Value = serde_json::from_str(&line).unwrap();
        let address = |name: &str| {
            addresses[name]
                .as_str()
                .unwrap()
                .trim_start_matches("http://")
                .parse()
                .unwrap()
        };
        show("ready after", &format!("{:.1?}", begun.elapsed()));
        show("it says", &line);
        Self {
            hooks: address("hooks"),
            api: address("api"),
            admin: address("admin"),
            folder,
            up,
            tail: None,
            received: 0,
        }
    }

    pub(crate) async fn declare(&self) {
        let manifest: String = [&GITHUB, &GITLAB, &GITEA].map(manifest).concat();
        let file = self.folder.path().join("endpoints.yaml");
        fs::write(&file, manifest).unwrap();
        self.apply(&file).await;
        let known = async || {
            let metrics = Http::get(self.admin, "/metrics").await.ok()?;
            metrics
                .body
                .contains("sluice_gateway_endpoints 4")
                .then_some(())
        };
        eventually("the gateway knows the endpoints", known).await;
    }

    /// Declares what stands in a file.
    pub(crate) async fn apply(&self, file: &Path) {
        let said = self.command(&["apply", "-f", file.to_str().unwrap()]).await;
        said.lines().for_each(|line| println!("   {line}"));
    }

    /// What the command says.
    pub(crate) async fn command(&self, words: &[&str]) -> String {
        let command = sluice(&self.folder)
            .with(words)
            .with(data_dir(&self.folder));
        command.run().await.good()
    }

    /// A folder for all of it.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) async fn subscribe(&mut self) {
        let tail = sluice(&self.folder)
            .with(["events", "tail", "--from", "1", "-o", "json"])
            .with(data_dir(&self.folder));
        self.tail = Some(tail.start(&self.folder.path().join("tail")));
        show("subject", "sluice.v1.git.>");
    }

    /// Posts it to the host's endpoint.
    pub(crate) async fn post(&self, host: &Host, sample: &Sample) -> Answer {
        let path = format!("/hooks/{}", host.id);
        let mut http = Http::open(self.hooks).await.unwrap();
        http.post(&path, &sample.headers, &sample.body)
            .await
            .unwrap()
    }

    /// The next event that the subscriber received.
    pub(crate) async fn received(&mut self) -> Value {
        let (tail, index) = (self.tail.as_ref().unwrap(), self.received);
        let line = eventually("the subscriber's next event", async || {
            let said = tail.said();
            let whole = said
                .rfind('\n')
                .map_or("", |end| said.get(..end).unwrap_or_default());
            whole.lines().nth(index).map(str::to_owned)
        });
        let line = line.await;
        self.received += 1;
        serde_json::from_str(&line).unwrap()
    }

    /// How many events are stored.
    pub(crate) async fn count(&self) -> usize {
        let file = fs::read(self.data().join("connection.json")).unwrap();
        let file: Value = serde_json::from_slice(&file).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let connection = sluice_bus::Connection {
            url: text(&file["nats"]),
            credentials: sluice_bus::Credentials::UserPassword(
                text(&file["reader"]["user"]),
                text(&file["reader"]["password"]),
            ),
            ca_file: None,
            client_certificate: None,
            namespace: sluice_bus::Namespace::default(),
            durability: sluice_bus::topology::Durability::Fsync,
            name: "reader".into(),
        };
        let bus = sluice_bus::Bus::connect(&connection).await.unwrap();
        bus.connected().await;
        bus.read_forward("SLUICE_GIT", "sluice.v1.git.>", 1)
            .await
            .unwrap()
            .len()
    }

    /// Kills the nats-server; the process that runs it starts another one.
    pub(crate) fn kill_nats(&self) {
        let pid = fs::read_to_string(self.data().join("nats/nats.pid")).unwrap();
        let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
        kill_process(pid, Signal::KILL).unwrap();
        show(
            "killed",
            &format!("nats-server, process {} (SIGKILL)", pid.as_raw_nonzero()),
        );
    }

    pub(crate) async fn until_ready(&self) {
        let ready = async || {
            Http::get(self.admin, "/readyz")
                .await
                .ok()
                .filter(|answer| answer.status == 200)
        };
        eventually("nats-server is back", ready).await;
    }

    pub(crate) async fn doctor(&self) {
        self.until_ready().await;
        let said = self.command(&["doctor"]).await;
        said.lines().for_each(|line| println!("   {line}"));
    }

    pub(crate) async fn strike(mut self) {
        drop(self.tail.take());
        let status = self.up.end().await;
        assert!(status.success(), "{}", self.up.complaints());
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

fn data_dir(folder: &TempDir) -> [String; 2] {
    [
        "--data-dir".into(),
        folder.path().join("data").to_str().unwrap().to_owned(),
    ]
}

fn sluice(folder: &TempDir) -> Program {
    let program = Program::ours("sluice").set("HOME", folder.path().to_str().unwrap());
    program.set(
        "SLUICE_NATS_SERVER_BIN",
        sluice_test_support::nats_program().to_str().unwrap(),
    )
}

/// A host of its own for Gitea, which has no public one under this name; an endpoint for each.
fn manifest(host: &Host) -> String {
    let Host {
        provider,
        id,
        secret,
        kind,
        ..
    } = host;
    let kind = if *kind == SecretKind::Signing {
        "signing"
    } else {
        "hmac"
    };
    let (mut text, mut name) = (String::new(), *provider);
    if name == "gitea" {
        name = "gitea-corp";
        text.push_str(&format!(
            "apiVersion: sluice.dev/v1\nkind: Host\nmetadata: {{name: {name}}}\nspec: {{provider: gitea, url: \"https://git.corp.example\"}}\n---\n"
        ));
    }
    text.push_str(&format!(
        "apiVersion: sluice.dev/v1\nkind: Endpoint\nmetadata: {{name: {provider}-acme, project: default}}\nspec:\n  id: {id}\n  host: {name}\n  scope: {{owner: acme}}\n  secrets: [{{kind: {kind}, value: \"{secret}\"}}]\n---\n"
    ));
    text
}
