//! The admin listener, asked over TCP.

use std::net::SocketAddr;

use sluice_daemon::admin::{Admin, Listen};
use sluice_daemon::metrics::Metrics;
use sluice_daemon::{Health, Secret, Service};
use tokio_util::sync::CancellationToken;

use crate::http::{Answer, get, send};

static SERVICE: Service = Service {
    name: "sample",
    version: "1.2.3",
    about: "",
    keys: &[],
    elsewhere: &[],
};

/// A listener that answers until the test ends.
struct Running {
    addr: SocketAddr,
    health: Health,
    stop: CancellationToken,
    ended: tokio::task::JoinHandle<std::io::Result<()>>,
}

fn running(addr: &str, token: Option<&str>) -> Running {
    let listen = Listen {
        addr: addr.parse().unwrap(),
        token: token.map(Secret::new),
    };
    let health = Health::default();
    let metrics = Metrics::install(&SERVICE).unwrap();
    let admin = Admin::bind(listen, &SERVICE, health.clone(), metrics).unwrap();
    let addr = SocketAddr::from(([127, 0, 0, 1], admin.addr().port()));
    let stop = CancellationToken::new();
    let ended = tokio::spawn(admin.run(stop.clone().cancelled_owned()));
    Running {
        addr,
        health,
        stop,
        ended,
    }
}

/// Asks from a thread of its own, so that the listener may share this one.
async fn ask(act: impl FnOnce() -> Answer + Send + 'static) -> Answer {
    tokio::task::spawn_blocking(act).await.unwrap()
}

async fn status(addr: SocketAddr, path: &'static str, headers: &'static str) -> u16 {
    ask(move || {
        send(
            addr,
            &format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\n{headers}"),
        )
    })
    .await
    .status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_follows_the_checks_and_life_does_not() {
    let admin = running("127.0.0.1:0", None);
    let addr = admin.addr;
    let nats = admin.health.check("nats");
    nats.failing("connection refused");

    let answer = ask(move || get(addr, "/readyz?verbose")).await;
    assert_eq!(answer.status, 503);
    assert_eq!(
        answer.body,
        "[-]nats: connection refused (for 0s)\nnot ready\n"
    );
    assert_eq!(ask(move || get(addr, "/readyz")).await.body, "not ready\n");
    assert_eq!(ask(move || get(addr, "/livez")).await.status, 200);

    nats.ok();
    let answer = ask(move || get(addr, "/readyz?verbose")).await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (200, "[+]nats ok\nok\n")
    );

    admin.health.withdraw();
    assert_eq!(ask(move || get(addr, "/readyz")).await.status, 503);
    assert_eq!(ask(move || get(addr, "/livez")).await.status, 200);
}

#[tokio::test]
async fn metrics_and_version_are_served_on_loopback_without_a_token() {
    let admin = running("127.0.0.1:0", None);
    let addr = admin.addr;
    let answer = ask(move || get(addr, "/metrics")).await;
    assert!(
        answer
            .head
            .contains("content-type: text/plain; version=0.0.4"),
        "{answer:?}"
    );
    assert!(
        answer
            .body
            .contains(r#"sluice_build_info{service="sample",version="1.2.3"} 1"#)
    );
    let answer = ask(move || get(addr, "/version")).await;
    let version: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(
        (&version["name"], &version["version"]),
        (&"sample".into(), &"1.2.3".into())
    );
}

#[tokio::test]
async fn a_request_for_another_host_is_refused_on_loopback() {
    let addr = running("127.0.0.1:0", None).addr;
    for (request, expected) in [
        ("1.1\r\nHost: localhost:9090\r\n", 200),
        ("1.1\r\nHost: rebound.example:9090\r\n", 403),
        ("1.0\r\n", 403),
        // The server itself refuses what is no HTTP/1.1.
        ("1.1\r\nHost: localhost\r\nHost: rebound.example\r\n", 400),
        ("1.1\r\n", 400),
    ] {
        for path in ["/livez", "/metrics"] {
            let answer = ask(move || send(addr, &format!("GET {path} HTTP/{request}"))).await;
            assert_eq!(answer.status, expected, "{path} {request} {answer:?}");
        }
    }
}

#[tokio::test]
async fn elsewhere_a_token_is_wanted_for_all_but_health() {
    let addr = running("0.0.0.0:0", Some("right")).addr;
    for path in ["/livez", "/readyz"] {
        assert_eq!(status(addr, path, "").await, 200, "{path}");
    }
    for path in ["/metrics", "/version"] {
        assert_eq!(status(addr, path, "").await, 401, "{path}");
        assert_eq!(
            status(addr, path, "Authorization: Bearer wrong\r\n").await,
            401,
            "{path}"
        );
        assert_eq!(
            status(addr, path, "Authorization: Bearer right\r\n").await,
            200,
            "{path}"
        );
    }
}

#[tokio::test]
async fn without_a_token_the_answer_says_how_to_set_one() {
    let admin = running("0.0.0.0:0", None);
    let addr = admin.addr;
    admin
        .health
        .check("nats")
        .failing("nats://10.0.0.7 refused");

    let answer = ask(move || get(addr, "/metrics")).await;
    assert_eq!(answer.status, 401);
    assert!(
        answer.head.contains("www-authenticate: bearer"),
        "{answer:?}"
    );
    assert!(
        answer
            .body
            .contains("set SLUICE_ADMIN_TOKEN or SLUICE_ADMIN_TOKEN_FILE"),
        "{answer:?}"
    );

    let answer = ask(move || get(addr, "/readyz?verbose")).await;
    assert_eq!(answer.status, 503);
    assert!(
        answer.body.starts_with("not ready\n") && !answer.body.contains("10.0.0.7"),
        "{answer:?}"
    );
}

#[tokio::test]
async fn only_reading_is_offered() {
    let addr = running("127.0.0.1:0", None).addr;
    let ask_for = |method: &'static str, path: &'static str| {
        ask(move || {
            send(
                addr,
                &format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n"),
            )
        })
    };
    assert_eq!(ask_for("HEAD", "/readyz").await.status, 200);
    assert_eq!(ask_for("POST", "/readyz").await.status, 405);
    assert_eq!(ask_for("GET", "/healthz").await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_ends_when_told_and_lets_go_of_its_port() {
    let admin = running("127.0.0.1:0", None);
    assert_eq!(status(admin.addr, "/livez", "").await, 200);
    admin.stop.cancel();
    admin.ended.await.unwrap().unwrap();
    assert!(std::net::TcpListener::bind(admin.addr).is_ok());
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let addr = running("127.0.0.1:0", None).addr;
    let listen = Listen { addr, token: None };
    let error = Admin::bind(
        listen,
        &SERVICE,
        Health::default(),
        Metrics::install(&SERVICE).unwrap(),
    );
    let error = error.err().unwrap().to_string();
    assert_eq!(error, format!("cannot bind the admin listener to {addr}"));
}
