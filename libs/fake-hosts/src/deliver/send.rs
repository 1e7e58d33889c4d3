//! One post and its answer.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use reqwest::{Client, Response, redirect::Policy};
use rustls::{ClientConfig, RootCertStore};

/// How much of an answer is kept.
const KEPT: usize = 64 << 10;

/// Posts webhooks.
#[derive(Clone)]
pub(super) struct Sender(Client);

/// What became of a post.
pub(super) struct Sent {
    /// `None` if no answer came in time.
    pub(super) status: Option<u16>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
    pub(super) seconds: f64,
}

impl Sender {
    /// `follows`: like Gitea it goes where it is sent, after 302 with GET and no body, yet with all headers.
    pub(super) fn new(follows: bool) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        // Only plain HTTP is spoken; a client wants to know for the other case nevertheless.
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring speaks them")
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        let policy = if follows {
            Policy::limited(10)
        } else {
            Policy::none()
        };
        let client = Client::builder()
            .redirect(policy)
            .no_proxy()
            .tls_backend_preconfigured(tls)
            .build();
        Self(client.expect("its parts fit"))
    }

    pub(super) async fn post(
        &self,
        url: &str,
        headers: &[(String, String)],
        body: &[u8],
        deadline: Duration,
    ) -> Sent {
        let began = Instant::now();
        let mut request = self.0.post(url).body(body.to_vec());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let asking = async { read(request.send().await.ok()?).await };
        let answered = tokio::time::timeout(deadline, asking).await.ok().flatten();
        let (status, headers, body) = match answered {
            Some((status, headers, body)) => (Some(status), headers, body),
            None => (None, Vec::new(), String::new()),
        };
        Sent {
            status,
            headers,
            body,
            seconds: began.elapsed().as_secs_f64(),
        }
    }
}

/// Status, headers and the beginning of the body.
async fn read(mut answer: Response) -> Option<(u16, Vec<(String, String)>, String)> {
    let headers = answer.headers().iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    let headers = headers.collect();
    let mut body = Vec::new();
    while body.len() < KEPT
        && let Some(piece) = answer.chunk().await.ok()?
    {
        body.extend_from_slice(&piece);
    }
    body.truncate(KEPT);
    let body = String::from_utf8_lossy(&body).into_owned();
    Some((answer.status().as_u16(), headers, body))
}
