//! Somebody who asks the API, and what they may never be answered.

use std::net::SocketAddr;

use serde_json::Value;
use sluice_test_support::{
    canary::watch,
    http::{Answer, Wire},
};

use crate::schema;

/// Somebody who holds an access token, or none.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) addr: SocketAddr,
    pub(crate) token: Option<String>,
}

impl Client {
    /// Asks.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[]).await
    }

    /// Asks for what must be there, and reads it.
    pub(crate) async fn reads(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }

    /// Asks for what is refused: the status and the problem.
    pub(crate) async fn refused(&self, path: &str) -> (u16, Value) {
        let answer = self.get(path).await;
        let problem: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(problem["status"], answer.status, "{path}");
        (answer.status, problem)
    }

    /// Sends a request with more headers.
    pub(crate) async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send_body(method, path, headers, None).await
    }

    /// Sends JSON.
    pub(crate) async fn json(&self, method: &str, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        let headers = [("content-type", "application/json")];
        self.send_body(method, path, &headers, Some(&body)).await
    }

    /// Sends YAML.
    pub(crate) async fn yaml(&self, method: &str, path: &str, body: &str) -> Answer {
        let headers = [("content-type", "application/yaml")];
        self.send_body(method, path, &headers, Some(body)).await
    }

    /// Sends a request with more headers and a body.
    pub(crate) async fn send_body(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Answer {
        watch().manifest(body.unwrap_or_default());
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: api.test\r\n");
        if let Some(token) = &self.token {
            head += &format!("authorization: Bearer {token}\r\n");
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        if let Some(body) = body {
            head += &format!("content-length: {}\r\n", body.len());
        }
        head += "\r\n";
        head += body.unwrap_or_default();
        let mut wire = Wire::connect(self.addr).await.unwrap();
        let answer = match method {
            "HEAD" => {
                wire.send(head.as_bytes()).await.unwrap();
                wire.head().await.unwrap()
            }
            _ => wire.say(head.as_bytes()).await.unwrap(),
        };
        let answer = allowed(answer);
        schema::fits(method, path, &answer);
        if let Some(token) = self.token.as_ref().filter(|token| !token.is_empty()) {
            let shown = format!("{answer:?}");
            assert!(!shown.contains(token), "the token is said again");
        }
        answer
    }
}

/// What an answer says.
pub(crate) fn said(answer: &Answer) -> Value {
    let read = serde_json::from_str(&answer.body);
    read.unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

/// What is our fault says when to come again, who is not known hears how to be; nothing is kept by a cache, and what goes
/// wrong is a problem.
pub(crate) fn allowed(answer: Answer) -> Answer {
    const STATUSES: [u16; 19] = [
        200, 201, 202, 204, 400, 401, 403, 404, 405, 408, 409, 412, 413, 414, 415, 422, 429, 431,
        503,
    ];
    assert!(STATUSES.contains(&answer.status), "{answer:?}");
    let retry = answer.header("retry-after").parse::<u64>().is_ok();
    assert_eq!(retry, matches!(answer.status, 429 | 503), "{answer:?}");
    let challenged = answer.header("www-authenticate").starts_with("Bearer");
    assert_eq!(challenged, answer.status == 401, "{answer:?}");
    if !answer.body.is_empty() {
        let media = if answer.status < 400 {
            "application/json"
        } else {
            "application/problem+json"
        };
        assert_eq!(answer.header("content-type"), media, "{answer:?}");
        assert_eq!(answer.header("cache-control"), "no-store", "{answer:?}");
    }
    answer
}
