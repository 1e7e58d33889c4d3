//! `deploy/nats`: written from the roles and the topology, and what a real nats-server runs with.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use sluice_bus::{
    Bus, Connection, Credentials, Namespace,
    roles::{Password, ROLES, role, server_users, single_node, three_nodes},
    topology::{Durability, Topology, apply},
};
use sluice_test_support::nats_program;

use crate::publish::message;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/nats")
}

/// Compares a file with what it has to be, or writes it (`make docs`).
fn check(name: &str, wanted: &str) {
    #[expect(
        clippy::disallowed_methods,
        reason = "the setting of tests that write files, given by make"
    )]
    let update = std::env::var_os("UPDATE_GENERATED").is_some_and(|value| value == "1");
    let path = folder().join(name);
    if update {
        return fs::write(path, wanted).unwrap();
    }
    let present = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        present == wanted,
        "{} is not current: run `make docs`",
        path.display()
    );
}

#[test]
fn generated_profiles_are_current() {
    check("single-node.conf", &single_node());
    check("three-nodes.conf", &three_nodes());
}

#[test]
fn generated_users_are_current() {
    let head = "# Written by `make docs` from the roles in libs/bus/src/roles.rs; change those, not this file.\n";
    let users = server_users(
        ROLES,
        &Namespace::default(),
        &Topology::current(),
        &Password::Environment,
    );
    check("users.conf", &format!("{head}{users}"));
}

#[test]
fn the_shipped_stores_hold_the_whole_topology() {
    for profile in [single_node(), three_nodes()] {
        let mut lines = profile.lines().map(str::trim);
        let limit = lines.find_map(|line| line.strip_prefix("max_file_store: "));
        let gib = limit.unwrap().strip_suffix("GB").unwrap();
        assert!(Topology::current().max_bytes() < gib.parse::<i64>().unwrap() << 30);
    }
}

/// A nats-server with the shipped files, and nothing but its ports changed.
struct Shipped {
    process: Child,
    url: String,
    _store: tempfile::TempDir,
}

impl Shipped {
    fn start() -> Self {
        let store = tempfile::tempdir().unwrap();
        let [port, monitoring] = free_ports();
        let mut command = Command::new(nats_program());
        command
            .arg("-c")
            .arg(folder().join("single-node.conf"))
            .args(["-p", &port, "-m", &monitoring])
            .env_clear()
            .env("SLUICE_NATS_STORE", store.path())
            .stdin(Stdio::null())
            .stderr(fs::File::create(store.path().join("log")).unwrap());
        for role in ROLES {
            let name = role.name.to_ascii_uppercase().replace('-', "_");
            command.env(format!("SLUICE_NATS_{name}_PASSWORD"), password(role.name));
        }
        Self {
            process: command.spawn().unwrap(),
            url: format!("nats://127.0.0.1:{port}"),
            _store: store,
        }
    }

    async fn bus(&self, role: &str) -> Bus {
        let connection = Connection {
            url: self.url.clone(),
            credentials: Credentials::UserPassword(role.into(), password(role)),
            ca_file: None,
            client_certificate: None,
            namespace: Namespace::default(),
            durability: Durability::Fsync,
            name: role.into(),
        };
        let bus = Bus::connect(&connection).await.unwrap();
        let connected = tokio::time::timeout(Duration::from_secs(20), bus.connected()).await;
        connected.expect("the shipped configuration works");
        bus
    }
}

impl Drop for Shipped {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn password(role: &str) -> String {
    format!("password-of-{role}")
}

/// Two ports that are free now, both held until both are known.
fn free_ports() -> [String; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port().to_string())
}

#[tokio::test]
async fn a_server_with_the_shipped_files_takes_what_a_gateway_publishes() {
    let shipped = Shipped::start();
    apply(&shipped.bus("bootstrap").await, &Topology::current())
        .await
        .unwrap();
    let gateway = shipped.bus("gateway").await;
    let stored = gateway
        .publish(message("a"), Duration::from_secs(5))
        .await
        .unwrap();
    assert_eq!((stored.stream.as_str(), stored.sequence), ("SLUICE_GIT", 1));
    assert_eq!(
        sluice_bus::topology::differences(
            &gateway,
            &role("gateway").unwrap().part_of(Topology::current())
        )
        .await
        .unwrap(),
        vec![]
    );
    let reader = shipped.bus("reader").await;
    assert!(
        reader
            .publish(message("b"), Duration::from_millis(300))
            .await
            .is_err()
    );
}
