//! What is too much, and what is nothing of ours.

use sluice_test_support::http::Wire;

use crate::{client::allowed, site::Site};

#[tokio::test]
async fn other_paths_and_methods_are_problems_too() {
    let (_site, _api, client) = Site::with_api().await;
    for path in [
        "/",
        "/api/v1",
        "/api/v1/secrets",
        "/hooks/x",
        "/api/v1/commits/a/b",
        "/metrics",
    ] {
        assert_eq!(client.refused(path).await.0, 404, "{path}");
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
        let answer = client.send(method, "/api/v1/events", &[]).await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), "GET, HEAD");
    }
    let headers = [("content-type", "application/json")];
    let answer = client
        .send_body("TRACE", "/api/v1/events", &headers, Some("{}"))
        .await;
    assert_eq!((answer.status, answer.header("connection")), (405, "close"));
    let head = client.send("HEAD", "/api/v1/events", &[]).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[tokio::test]
async fn a_body_is_not_read_and_the_connection_ends() {
    let (_site, api, client) = Site::with_api().await;
    let token = client.token.unwrap();
    for framing in ["content-length: 1000000", "transfer-encoding: chunked"] {
        let mut wire = Wire::connect(api.addr).await.unwrap();
        let head = format!(
            "GET /api/v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n{framing}\r\n\r\n"
        );
        let answer = allowed(wire.say(head.as_bytes()).await.unwrap());
        assert_eq!(answer.status, 413, "{framing}");
        assert_eq!(answer.header("connection"), "close", "{framing}");
    }
}

#[tokio::test]
async fn a_query_has_an_end() {
    let (_site, _api, client) = Site::with_api().await;
    let long = format!("/api/v1/events?{}", "a=b&".repeat(5000));
    assert_eq!(client.refused(&long).await.0, 414);
    let (status, problem) = client.refused("/api/v1/events?%3Cscript%3E=1").await;
    assert_eq!(status, 400);
    assert_eq!(problem["parameter"], "<script>");
}
