//! Hosts begin and end.

use std::time::Duration;

use super::*;

#[tokio::test]
async fn a_host_ends_when_it_is_dropped() {
    let host = host(Kind::GitHub).await;
    let addr = host.url().trim_start_matches("http://").to_owned();
    assert!(tokio::net::TcpStream::connect(&addr).await.is_ok());
    drop(host);
    let ending = async { while tokio::net::TcpStream::connect(&addr).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(30), ending)
        .await
        .unwrap();
}

#[tokio::test]
async fn hosts_know_nothing_of_each_other() {
    let (one, other) = (
        host(Kind::GitLab).await,
        FakeHost::start(Kind::GitLab).await,
    );
    assert_ne!(one.url(), other.url());
    assert_eq!(admin(&one).get("/user").await.status, 200);
    assert_eq!(admin(&other).get("/user").await.status, 401);
    assert_eq!(one.calls().len(), 1);
}
