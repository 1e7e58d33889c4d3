//! What it says when it is ready, and what it leaves for the commands.

use std::{fs, os::unix::fs::PermissionsExt};

use serde_json::{Value, json};
use sluice_tests::Up;

use crate::{declare, numbered, until_accepted};

#[tokio::test]
async fn one_line_says_where_everything_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut up = Up::start(folder.path()).await;
    let line: Value = serde_json::from_str(up.line()).unwrap();
    let names: Vec<_> = line.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["admin", "api", "hooks", "nats"]);
    assert_eq!(line["api"], json!(null));
    for (name, scheme) in [("hooks", "http"), ("admin", "http"), ("nats", "nats")] {
        let address = line[name].as_str().unwrap();
        let start = format!("{scheme}://127.0.0.1:");
        let port = address
            .strip_prefix(&start)
            .unwrap_or_else(|| panic!("{address}"));
        assert_ne!(port.parse::<u16>().unwrap(), 0);
    }
    assert!(up.process().end().await.success());
    let said = up.process().said();
    assert_eq!(said, format!("{}\n", up.line()), "one line and no other");
}

#[tokio::test]
async fn the_connection_file_is_its_owners_alone_and_goes_with_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let mut up = Up::start(folder.path()).await;
    let path = up.data_dir().join("connection.json");
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&up.data_dir().to_path_buf()), 0o700);
    let file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let line: Value = serde_json::from_str(up.line()).unwrap();
    for name in ["hooks", "api", "admin", "nats"] {
        assert_eq!(file[name], line[name]);
    }
    assert!(up.process().end().await.success());
    assert!(!path.exists());
}

#[tokio::test]
async fn a_second_one_on_the_same_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path()).await;
    let second = Up::program(folder.path()).run().await;
    assert_eq!(second.code, Some(1));
    assert_eq!(second.stdout, "");
    assert!(
        second.stderr.contains("another `sluice up` runs on"),
        "{}",
        second.stderr
    );
    assert!(second.stderr.contains("--data-dir"), "{}", second.stderr);
    // The first one does not notice.
    up.ready().await;
}

#[tokio::test]
async fn health_and_metrics_tell_of_a_delivery() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path()).await;
    declare(&up, &folder).await;
    until_accepted(&up, &numbered(1)).await;
    let health = up.page("/readyz?verbose").await.unwrap();
    assert_eq!(health.status, 200);
    for check in ["nats", "topology", "endpoints"] {
        assert!(health.body.contains(check), "{}", health.body);
    }
    let metrics = up.page("/metrics").await.unwrap().body;
    for metric in [
        "sluice_webhook_requests_total",
        "sluice_webhook_verified_total",
        "sluice_events_published_total",
        "sluice_gateway_endpoints 1",
    ] {
        assert!(metrics.contains(metric), "{metric} is missing:\n{metrics}");
    }
    assert!(
        !metrics.contains("0123456789abcdef"),
        "the endpoint's id is told"
    );
    assert_eq!(up.page("/livez").await.unwrap().status, 200);
    assert!(up.page("/version").await.unwrap().body.contains("sluice"));
}
