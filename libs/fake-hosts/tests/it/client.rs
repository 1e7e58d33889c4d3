//! A plain client, which follows nothing and repeats nothing.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use reqwest::{Client, Method, RequestBuilder, redirect::Policy};
use serde_json::Value;
use sluice_fake_hosts::{FakeHost, Kind};

/// A client of a host's API.
#[derive(Clone)]
pub(crate) struct Api {
    client: Client,
    base: String,
    /// A header for every request.
    credential: Option<(&'static str, String)>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// Empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The address that a `Link` header names for a relation.
    pub(crate) fn link(&self, rel: &str) -> Option<String> {
        let mut links = self.header("link").split(", ");
        let found = links.find(|link| link.ends_with(&format!("rel=\"{rel}\"")))?;
        let address = found.strip_prefix('<')?.split('>').next()?;
        Some(address.to_owned())
    }
}

/// With a token as the kind of host likes it best.
pub(crate) fn api(host: &FakeHost, token: Option<&str>) -> Api {
    let credential = token.map(|token| match host.kind() {
        Kind::GitHub => ("authorization", format!("Bearer {token}")),
        Kind::GitLab => ("private-token", token.to_owned()),
        Kind::Gitea | Kind::Forgejo => ("authorization", format!("token {token}")),
    });
    Api {
        client: client(),
        base: host.api_url(),
        credential,
    }
}

fn client() -> Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .user_agent("tests")
        .timeout(Duration::from_secs(30))
        .tls_backend_preconfigured(tls)
        .build()
        .unwrap()
}

impl Api {
    /// With another header instead of the token's.
    pub(crate) fn with(&self, name: &'static str, value: &str) -> Self {
        Self {
            credential: Some((name, value.to_owned())),
            ..self.clone()
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = match path.starts_with("http") {
            true => path.to_owned(),
            false => format!("{}{path}", self.base),
        };
        let request = self.client.request(method, url);
        match &self.credential {
            Some((name, value)) => request.header(*name, value),
            None => request,
        }
    }

    pub(crate) async fn try_send(&self, request: RequestBuilder) -> reqwest::Result<Answer> {
        let answer = request.send().await?;
        let headers = answer.headers().iter();
        let headers = headers.map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        Ok(Answer {
            headers: headers.collect(),
            status: answer.status().as_u16(),
            text: answer.text().await?,
        })
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        self.try_send(request).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    /// Without a body.
    pub(crate) async fn call(&self, path: &str) -> Answer {
        self.send(Method::POST, path, None).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }
}
