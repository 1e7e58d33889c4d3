//! What the API is asked, on so many connections, over and over.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use serde_json::Value;
use sluice_tests::{Answer, Http};
use tokio::task::JoinSet;

use super::filled;
use crate::measure::Measured;

/// Connections that ask.
pub(crate) const CONNECTIONS: usize = 8;

/// How often each question is asked in all.
pub(crate) const TIMES: usize = 1_000;

/// A question, and how many an answer has.
pub(crate) struct Question {
    pub(crate) name: &'static str,
    pub(crate) path: String,
    has: usize,
}

/// What is asked, where there are so many repositories.
pub(crate) fn questions(repositories: usize) -> Vec<Question> {
    let last = repositories - 1;
    let ask = |name, path: String, has| Question { name, path, has };
    let list = |query: String| format!("/api/v1/repositories{query}");
    let middle = format!("team-25/{}", filled::name(25));
    let middle: String = middle.bytes().map(|byte| format!("{byte:02x}")).collect();
    vec![
        ask("the first page", list(String::new()), 50),
        ask("a page in the middle", list(format!("?after={middle}")), 50),
        ask(
            "one, by project and name",
            format!(
                "/api/v1/repositories/{}?project={}",
                filled::name(last),
                filled::project(last)
            ),
            1,
        ),
        ask(
            "found by its name",
            list(format!("?q={}", filled::name(last))),
            1,
        ),
        ask(
            "found by its address",
            list(format!("?q={}", filled::address(last))),
            1,
        ),
        ask("found by a part", list("?q=fraud-".into()), 50),
        ask("not found", list("?q=nobody-called-one-so".into()), 0),
        ask("inactive", list("?status=inactive".into()), 10),
        ask("of one project", list("?project=team-49".into()), 20),
    ]
}

/// An API, and who may read everything there.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) addr: SocketAddr,
    pub(crate) token: String,
}

impl Api {
    /// Asks a question as often as it is asked, from all connections.
    pub(crate) async fn ask(&self, question: &Question) -> Measured {
        let begun = Instant::now();
        let mut asking = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let (api, path, has) = (self.clone(), question.path.clone(), question.has);
            asking.spawn(async move { api.one(&path, has).await });
        }
        let mut measured = Measured::default();
        while let Some(asked) = asking.join_next().await {
            measured.latencies.extend(asked.unwrap());
        }
        measured.elapsed = begun.elapsed();
        measured.done()
    }

    async fn one(&self, path: &str, has: usize) -> Vec<Duration> {
        let mut http = Http::open(self.addr).await.unwrap();
        let mut latencies = Vec::new();
        for _ in 0..TIMES / CONNECTIONS {
            let begun = Instant::now();
            let answer = self.send(&mut http, "GET", path, b"").await;
            latencies.push(begun.elapsed());
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            assert!(count(&answer) >= has, "{path}: {}", answer.body);
        }
        latencies
    }

    /// Sends one request.
    pub(crate) async fn send(
        &self,
        http: &mut Http,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> Answer {
        let headers = [
            ("authorization".into(), format!("Bearer {}", self.token)),
            ("content-type".into(), "application/yaml".into()),
        ];
        http.request(method, path, &headers, body).await.unwrap()
    }
}

/// How many repositories an answer has.
pub(crate) fn count(answer: &Answer) -> usize {
    let page: Value = serde_json::from_str(&answer.body).unwrap();
    match page["repositories"].as_array() {
        Some(all) => all.len(),
        None => usize::from(page["metadata"]["name"].is_string()),
    }
}
