//! A connection to what is absent, too old, or does not know us.

use std::time::Duration;

use sluice_bus::{
    Bus, Connection, Credentials, Namespace, ServerProblem,
    server::{Server, Setup},
    topology::{Durability, Topology},
};
use sluice_test_support::{Nats, eventually, nats_program};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

fn connection(url: String) -> Connection {
    Connection {
        url,
        credentials: Credentials::None,
        ca_file: None,
        client_certificate: None,
        namespace: Namespace::default(),
        durability: Durability::Fsync,
        name: "gateway".into(),
    }
}

/// Says that it is a nats-server of this version, and no more than it must.
async fn pretend(version: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let info = serde_json::json!({
        "server_id": "stub", "server_name": "stub", "version": version, "go": "go", "host": "127.0.0.1",
        "port": address.port(), "headers": true, "max_payload": 1_048_576, "proto": 1, "jetstream": true,
    });
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(serve(client, format!("INFO {info}\r\n")));
        }
    });
    format!("nats://{address}")
}

async fn serve(mut client: TcpStream, greeting: String) -> std::io::Result<()> {
    client.write_all(greeting.as_bytes()).await?;
    let (reader, mut writer) = client.split();
    let mut lines = BufReader::new(reader).lines();
    while let Some(line) = lines.next_line().await? {
        if line.starts_with("PING") {
            writer.write_all(b"PONG\r\n").await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_server_too_old_is_named_with_what_to_do() {
    let bus = Bus::connect(&connection(pretend("2.9.10").await))
        .await
        .unwrap();
    bus.connected().await;
    let problem = bus.check_server().unwrap_err();
    assert_eq!(problem, ServerProblem::TooOld("2.9.10".into()));
    assert!(
        problem.to_string().contains("install 2.15.1 or newer"),
        "{problem}"
    );

    let new = Bus::connect(&connection(pretend("2.12.0").await))
        .await
        .unwrap();
    new.connected().await;
    assert_eq!(new.check_server(), Ok(()));
}

#[tokio::test]
async fn a_server_may_come_later_than_whoever_needs_it() {
    // N22
    let folder = tempfile::tempdir().unwrap();
    let setup = Setup {
        program: nats_program(),
        folder: folder.path().join("nats"),
        port: 0,
        sync_always: true,
        max_store: 16 << 30,
        topology: Topology::current(),
    };
    let mut server = Server::start(setup).await.unwrap();
    let connection = server.connection("gateway");
    server.signal(rustix::process::Signal::KILL);
    server.ended().await;

    let bus = Bus::connect(&connection).await.unwrap();
    assert_eq!(bus.check_server(), Err(ServerProblem::NotConnected));
    server.restart().await.unwrap();
    bus.connected().await;
    assert_eq!(bus.check_server(), Ok(()));
    server.stop().await;
}

#[tokio::test]
async fn a_wrong_password_is_named_and_goes_on_being_tried() {
    // N22
    let mut nats = Nats::start().await;
    let mut wrong = nats.connection("gateway");
    wrong.credentials = Credentials::UserPassword("gateway".into(), "wrong".into());
    let bus = Bus::connect(&wrong).await.unwrap();
    eventually("it is told", || async {
        (bus.check_server() == Err(ServerProblem::Refused)).then_some(())
    })
    .await;
    assert!(!bus.up().borrow().connected);
    let shown = bus.check_server().unwrap_err().to_string();
    assert!(shown.contains("authorization violation"), "{shown}");

    // Away and back: still refused, still alive.
    nats.kill().await;
    nats.restart().await;
    let publish = bus
        .publish(crate::publish::message("a"), Duration::from_secs(1))
        .await;
    assert!(publish.is_err());
    assert_eq!(bus.check_server(), Err(ServerProblem::Refused));
}

#[tokio::test]
async fn a_server_left_behind_by_a_killed_process_is_ended_first() {
    let folder = tempfile::tempdir().unwrap();
    let setup = Setup {
        program: nats_program(),
        folder: folder.path().join("nats"),
        port: 0,
        sync_always: true,
        max_store: 16 << 30,
        topology: Topology::current(),
    };
    let left_behind = Server::start(setup.clone()).await.unwrap();
    let old = Bus::connect(&left_behind.connection("gateway"))
        .await
        .unwrap();
    old.connected().await;

    let server = Server::start(setup).await.unwrap();
    let mut up = old.up();
    tokio::time::timeout(Duration::from_secs(10), up.wait_for(|up| !up.connected))
        .await
        .expect("two servers on one store destroy it")
        .unwrap();
    server.stop().await;
    drop(left_behind);
}
