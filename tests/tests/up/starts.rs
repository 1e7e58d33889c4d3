//! What it says and leaves when it starts, and when it cannot.

use std::{collections::BTreeSet, fs};

use serde_json::Value;
use sluice_test_support::Folder;
use sluice_tests::{Program, Up};

use crate::mode;

#[tokio::test]
async fn one_line_says_where_everything_is_and_a_private_file_who_may() {
    let folder = Folder::new();
    let mut up = Up::start(folder.path()).await;
    let line: Value = serde_json::from_str(up.line()).unwrap();
    let names: BTreeSet<_> = line
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(names, BTreeSet::from(["hooks", "api", "admin", "nats"]));
    let path = up.data_dir().join("connection.json");
    assert_eq!(mode(&path), 0o600);
    let file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for name in ["hooks", "api", "admin", "nats"] {
        assert_eq!(file[name], line[name], "{name}");
    }
    for name in ["reader", "operator"] {
        assert!(file[name]["password"].is_string(), "{name}");
    }
    assert!(file["bootstrap"].is_null() && file["gateway"].is_null());
    assert_eq!(mode(&up.data_dir().join("keys/hook-secrets.key")), 0o600);
    assert_eq!(mode(&up.data_dir().join("nats/nats.conf")), 0o600);
    assert_eq!(mode(&up.data_dir().join("admin-token")), 0o600);

    let server = up.nats_server().expect("its nats-server runs");
    assert_eq!(up.process().end().await.code(), Some(0));
    assert_eq!(up.process().said(), format!("{}\n", up.line()));
    assert_eq!(up.nats_server(), None, "{server:?}");
    assert!(!path.exists(), "what it points to has ended");
}

/// A start may end at any step of it, and the next one goes on.
#[tokio::test]
async fn the_first_access_token_is_there_after_an_interrupted_start() {
    let folder = Folder::new();
    let (token, begun) = ("data/admin-token", "data/admin-token.new");
    let [token, begun] = [token, begun].map(|name| folder.path().join(name));
    // Before it was stored.
    fs::create_dir(folder.path().join("data")).unwrap();
    fs::write(&begun, "cut").unwrap();
    let mut up = Up::start(folder.path()).await;
    assert!(!begun.exists());
    let made = fs::read(&token).unwrap();
    assert_eq!(up.process().end().await.code(), Some(0));
    // After that, and before it had its name.
    fs::rename(&token, &begun).unwrap();
    up.start_again().await;
    assert_eq!(fs::read(&token).unwrap(), made);
    up.operator().does(&["access-tokens", "list"]).await;
}

#[tokio::test]
async fn a_second_one_on_the_same_folder_is_refused() {
    let folder = Folder::new();
    let up = Up::start(folder.path()).await;
    let server = up.nats_server();
    let second = Up::program(folder.path()).run().await;
    assert_eq!(second.code, Some(1));
    assert_eq!(second.stdout, "");
    let data = up.data_dir().display();
    let message =
        format!("error: another `sluice up` runs on {data}; stop it or name another --data-dir");
    assert!(second.stderr.contains(&message), "{}", second.stderr);

    // And the first one does not notice.
    up.ready().await;
    assert_eq!(up.nats_server(), server);
}

#[tokio::test]
async fn all_that_is_wrong_with_the_settings_is_said_at_once() {
    let folder = Folder::new();
    let data = folder.path().join("data");
    let up = Program::ours("sluice")
        .with([
            "up",
            "--hooks",
            "nonsense",
            "--data-dir",
            data.to_str().unwrap(),
        ])
        .set("SLUICE_BODY_BUDGET", "much")
        .set("SLUICE_HOKS", ":80")
        .set("SLUICE_OUTPUT", "xml");
    let ran = up.run().await;
    assert_eq!(ran.code, Some(64));
    assert_eq!(ran.stdout, "");
    for problem in [
        "4 settings",
        "--hooks",
        "SLUICE_BODY_BUDGET",
        "SLUICE_HOOKS",
        "SLUICE_OUTPUT",
    ] {
        assert!(ran.stderr.contains(problem), "{problem}: {}", ran.stderr);
    }
    assert!(!data.exists(), "nothing is opened before all is well");
}

#[tokio::test]
async fn it_says_how_it_is() {
    let folder = Folder::new();
    let up = Up::start(folder.path()).await;
    let hook = up
        .operator()
        .declares_endpoint("first", sluice_tests::SECRET)
        .await;
    crate::deliver(&up, &hook, 3).await;

    let health = up.page("/readyz?verbose").await.unwrap();
    assert_eq!(health.status, 200);
    for check in [
        "[+]gateway/nats ok",
        "[+]gateway/endpoints ok",
        "[+]sync/repositories ok",
        "[+]recoverer/topology ok",
        "[+]commit-log/index ok",
        "[+]api/directory ok",
    ] {
        assert!(health.body.contains(check), "{}", health.body);
    }
    assert_eq!(up.page("/livez").await.unwrap().status, 200);
    let version = up.page("/version").await.unwrap();
    assert!(version.body.contains("sluice"), "{}", version.body);
    let metrics = up.page("/metrics").await.unwrap().body;
    for line in [
        "sluice_webhook_requests_total{provider=\"github\",outcome=\"stored\"} 3",
        "sluice_gateway_endpoints 1",
        "sluice_bus_connected 1",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
}
