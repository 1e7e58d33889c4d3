//! What tests hand over is looked for in all that they see: a secret that is put into each of these places is found there.

#![allow(clippy::unwrap_used, reason = "everything here is a test")]

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use sluice_bus::{Outgoing, Records};
use sluice_events::v1::Host;
use sluice_registry::keys;
use sluice_test_support::{
    Folder, Nats, Registry,
    canary::{Canary, watch},
    http::{Wire, request},
    registry::credential,
};
use tokio::{io::AsyncWriteExt, net::TcpListener};

/// What is found at the end of something.
fn found(end: impl FnOnce()) -> String {
    let failed = catch_unwind(AssertUnwindSafe(end)).unwrap_err();
    *failed.downcast::<String>().unwrap()
}

/// A secret as it comes about in tests: somebody declares it.
fn declared() -> String {
    let canary = Canary::new("a token");
    let _ = credential("bot", "forge").token(canary.value()).manifest();
    canary.value().to_owned()
}

/// One test and not several: they would find each other's.
#[tokio::test]
async fn a_secret_is_found_in_logs_answers_files_buckets_and_streams() {
    let nothing = Folder::new();
    fs::write(nothing.path().join("word"), "as is right").unwrap();
    drop((nothing, declared()));

    tracing::debug!(target: "sluice_somewhere", "so it is {}", declared());
    let log = found(|| watch().nothing_came_out());
    assert!(log.contains("credential: bot (plain) in a log"), "{log}");

    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\n{}",
        declared()
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut wire = Wire::connect(listener.local_addr().unwrap()).await.unwrap();
    wire.send(&request("GET", "/", &[], b"")).await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    server.write_all(answer.as_bytes()).await.unwrap();
    wire.answer().await.unwrap();
    let answer = found(|| watch().nothing_came_out());
    assert!(answer.contains("in an answer"), "{answer}");

    let folder = Folder::new();
    for (below, name) in [
        ("deep", "down".to_owned()),
        ("handed-over", "down".to_owned()),
        ("deeper", declared()),
    ] {
        fs::create_dir_all(folder.path().join(below)).unwrap();
        fs::write(folder.path().join(below).join(name), declared()).unwrap();
    }
    let file = found(|| drop(folder));
    assert!(file.contains("in file deep/down"), "{file}");
    assert!(!file.contains("handed-over"), "{file}");

    let nats = Nats::start().await;
    let registry = Registry::of(&nats).await;
    let key = fs::read_to_string(registry.credentials_key()).unwrap();
    let host = Host {
        name: declared(),
        ..Host::default()
    };
    let bus = nats.bus("operator").await;
    let hosts = Records::new(&bus, keys::HOSTS);
    hosts.put("forge", &host, None).await.unwrap();
    let message = Outgoing {
        subject: "sluice.v1.audit.default".into(),
        stream: "SLUICE_AUDIT".into(),
        id: None,
        first: false,
        headers: Vec::new(),
        payload: key.lines().nth(1).unwrap().to_owned().into(),
    };
    bus.publish(message, Duration::from_secs(5)).await.unwrap();
    drop((bus, registry));
    let stored = found(|| drop(nats));
    for found in [
        "credential: bot (plain) in file nats/store/jetstream/$G/streams/KV_sluice-hosts",
        "sealing key: credentials (base64) in file nats/store/jetstream/$G/streams/SLUICE_AUDIT",
    ] {
        assert!(stored.contains(found), "{found}: {stored}");
    }
    assert!(!stored.contains("nats.conf"), "{stored}");
}
