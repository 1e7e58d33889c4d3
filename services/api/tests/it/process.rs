//! The API as a process of its own: it starts, says how it is, keeps tokens to itself, and ends.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::Path,
    process::Stdio,
};

use rustix::process::{Pid, Signal, kill_process};
use sluice_bus::Credentials;
use sluice_test_support::{Folder, eventually, http::Wire};
use tokio::process::Command;

use crate::{client::Client, site::Site};

/// The address that a line of the log names.
async fn said(log: &Path, field: &str) -> SocketAddr {
    eventually("the process says where it listens", || async {
        let text = fs::read_to_string(log).unwrap();
        text.lines().find_map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).ok()?;
            let mut found = [&line[field], &line["fields"][field]].into_iter();
            found.find_map(|value| value.as_str()?.parse().ok())
        })
    })
    .await
}

async fn page(addr: SocketAddr, path: &str) -> (u16, String) {
    let mut wire = Wire::connect(addr).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nhost: {addr}\r\n\r\n");
    let answer = wire.say(head.as_bytes()).await.unwrap();
    (answer.status, answer.body)
}

#[tokio::test]
async fn s25_it_serves_and_ends_and_no_token_is_written_down() {
    let site = Site::start().await;
    let token = site.token("ci", "", None).await;
    let bus = site.nats.connection("api");
    let Credentials::UserPassword(user, password) = bus.credentials else {
        panic!("the servers of tests have users and passwords");
    };
    let folder = Folder::new();
    let log = folder.path().join("log");
    let mut child = Command::new(env!("CARGO_BIN_EXE_api"))
        .env_clear()
        .env("SLUICE_NATS", bus.url)
        .env("SLUICE_NATS_USER", user)
        .env("SLUICE_NATS_PASSWORD", password)
        .env("SLUICE_API", "127.0.0.1:0")
        .env("SLUICE_ADMIN", "127.0.0.1:0")
        .env("SLUICE_DRAIN_DELAY", "0s")
        .env("SLUICE_LOG_FORMAT", "json")
        .env("RUST_LOG", "trace")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&log).unwrap())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let (admin, addr) = (said(&log, "admin").await, said(&log, "api").await);
    eventually("the process is ready", || async {
        (page(admin, "/readyz").await.0 == 200).then_some(())
    })
    .await;
    assert_eq!(page(admin, "/livez").await.0, 200);

    let client = Client {
        addr,
        token: Some(token.clone()),
    };
    client.reads("/api/v1/events").await;
    client.refused("/api/v1/commits").await;
    client.refused("/api/v1/events?limit=x").await;
    let other = "slc_unknown_canary";
    let stranger = Client {
        addr,
        token: Some(other.into()),
    };
    stranger.refused("/api/v1/events").await;
    let metrics = page(admin, "/metrics").await.1;
    let counted = "sluice_api_requests_total{path=\"/api/v1/events\",status=\"200\"} 1";
    assert!(metrics.contains(counted), "{metrics}");

    let pid = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
    kill_process(pid.unwrap(), Signal::TERM).unwrap();
    assert_eq!(child.wait().await.unwrap().code(), Some(0));
    let log = fs::read_to_string(&log).unwrap();
    for secret in [token.as_str(), other] {
        assert!(!log.contains(secret) && !metrics.contains(secret));
    }
}
