//! Somebody's own nats-server, by the files in `deploy/nats`, and each step as its own user.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "everything here is a test, and a test fails by panicking"
)]

mod keys;
mod topology;

use std::path::Path;

use serde_json::Value;
use sluice_bus::{
    Connection, Credentials, Namespace,
    roles::{ROLES, Role},
    topology::Durability,
};
use sluice_test_support::{Folder, eventually, nats_program};
use sluice_tests::{Gateway, Http, Operator, Process, Program, SECRET, Wire, free_port, push};

/// The server with the shipped files, and nothing but its ports changed.
struct Own {
    folder: Folder,
    url: String,
    monitor: String,
    _process: Process,
}

impl Own {
    async fn start() -> Self {
        let folder = Folder::new();
        let profile = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/nats/single-node.conf");
        let (clients, monitor) = (free_port(), free_port());
        let store = folder.path().join("store");
        let mut program = Program::at(nats_program())
            .with(["-c", profile.to_str().unwrap()])
            .with(["-p", &clients.port().to_string()])
            .with(["-m", &monitor.port().to_string()])
            .set("SLUICE_NATS_STORE", store.to_str().unwrap());
        for Role { name, .. } in ROLES {
            let user = name.to_uppercase().replace('-', "_");
            let variable = format!("SLUICE_NATS_{user}_PASSWORD");
            program = program.set(&variable, password(name));
        }
        let process = program.start(&folder.path().join("nats"));
        let healthy = async || {
            Http::get(monitor, "/healthz")
                .await
                .ok()
                .filter(|answer| answer.status == 200)
        };
        eventually("nats-server is healthy", healthy).await;
        Self {
            folder,
            url: format!("nats://{clients}"),
            monitor: format!("http://{monitor}"),
            _process: process,
        }
    }

    fn connection(&self, user: &str) -> Connection {
        Connection {
            url: self.url.clone(),
            credentials: Credentials::UserPassword(user.into(), password(user)),
            ca_file: None,
            client_certificate: None,
            namespace: Namespace::default(),
            durability: Durability::Fsync,
            name: user.into(),
        }
    }

    /// Somebody who runs commands as this user.
    fn as_user(&self, user: &str) -> Operator {
        Operator::of_nats(&self.connection(user), self.folder.path())
    }
}

fn password(user: &str) -> String {
    format!("password-of-{user}")
}

#[tokio::test]
async fn a_delivery_comes_through() {
    let own = Own::start().await;
    let applied = own.as_user("bootstrap").does(&["topology", "apply"]).await;
    assert!(applied.contains("create SLUICE_GIT"), "{applied}");
    let again = own.as_user("bootstrap").does(&["topology", "apply"]).await;
    assert_eq!(again, "nothing to do\n");

    let operator = own.as_user("operator");
    let keys = operator.makes_keys().await;
    let hook = operator.declares_endpoint("acme", SECRET).await;
    let gateway = Gateway::start(&own.connection("gateway"), &keys);
    gateway.ready().await;
    let sample = push().delivered_as("1").signed_with(SECRET);
    let mut http = Http::open(gateway.hooks()).await.unwrap();
    let answer = http
        .post(&hook, &sample.headers, &sample.body)
        .await
        .unwrap();
    assert_eq!(answer.status, 202, "{}", answer.body);

    let reader = own.as_user("reader");
    let tail = reader
        .does(&["events", "tail", "--from", "1", "-n", "1", "-o", "json"])
        .await;
    let event: Value = serde_json::from_str(&tail).unwrap();
    assert_eq!(event["headers"]["ce-sluicedelivery"], "1");
    assert_eq!(event["headers"]["ce-sluicetrust"], "signed");

    let doctor = operator
        .does(&["doctor", "--nats-monitor", &own.monitor])
        .await;
    assert!(!doctor.contains("[-]"), "{doctor}");
    assert!(
        doctor.contains("[+] durability: fsync: verified by http"),
        "{doctor}"
    );
    assert_eq!(
        operator.does(&["topology", "diff"]).await,
        "the bus is as it must be\n"
    );
}

#[tokio::test]
async fn nobody_may_do_anothers_work() {
    let own = Own::start().await;
    own.as_user("bootstrap").does(&["topology", "apply"]).await;

    let mut gateway = Wire::connect(&own.connection("gateway")).await;
    for subject in [
        "$JS.API.STREAM.CREATE.X",
        "$JS.API.STREAM.UPDATE.SLUICE_GIT",
        "$JS.API.STREAM.DELETE.SLUICE_GIT",
        "$JS.API.STREAM.PURGE.SLUICE_GIT",
        "$JS.API.STREAM.MSG.DELETE.SLUICE_GIT",
        "$JS.API.CONSUMER.CREATE.SLUICE_GIT",
        "$JS.API.CONSUMER.CREATE.SLUICE_GIT.x",
        "$JS.API.STREAM.NAMES",
        "$KV.sluice-endpoints.default.x",
        "$KV.sluice-hook-secrets.default.x.y.1",
        "$KV.sluice-hosts.x",
        "$KV.sluice-projects.x",
        "sluice.v1.deadletter.x",
        "sluice.v1.command.default.x.sync.run",
        "_INBOX_operator.x",
        "anything",
    ] {
        refused(gateway.publish(subject).await, subject);
    }
    for subject in [
        "sluice.v1.git.>",
        "sluice.>",
        "_INBOX_operator.>",
        "_INBOX.>",
        "$JS.>",
        ">",
    ] {
        refused(gateway.subscribe(subject).await, subject);
    }
    // The check would let through what is allowed.
    for subject in [
        "sluice.v1.git.x",
        "sluice.v1.delivery.x",
        "sluice.v1.attempt.x",
    ] {
        assert_eq!(gateway.publish(subject).await, None, "{subject}");
    }

    let mut reader = Wire::connect(&own.connection("reader")).await;
    for subject in [
        "sluice.v1.git.x",
        "$KV.sluice-endpoints.default.x",
        "$JS.API.DIRECT.GET.KV_sluice-hook-secrets",
    ] {
        refused(reader.publish(subject).await, subject);
    }
    assert_eq!(reader.subscribe("sluice.v1.git.>").await, None);
    let mut operator = Wire::connect(&own.connection("operator")).await;
    for subject in [
        "sluice.v1.git.x",
        "sluice.v1.delivery.x",
        "$JS.API.STREAM.DELETE.SLUICE_GIT",
    ] {
        refused(operator.publish(subject).await, subject);
    }

    // The commands say so, too, and nothing came about.
    let apply = own.as_user("reader").run(&["get"]).await;
    assert_eq!(apply.code, Some(1));
    let apply = own.as_user("operator").run(&["topology", "apply"]).await;
    assert_eq!(
        apply.code,
        Some(0),
        "it finds nothing to do: {}",
        apply.stderr
    );
}

fn refused(answer: Option<String>, subject: &str) {
    let answer = answer.unwrap_or_else(|| panic!("{subject} is allowed"));
    assert!(
        answer.contains("Permissions Violation"),
        "{subject}: {answer}"
    );
}
