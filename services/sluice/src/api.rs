//! Sluice's API as a client sees it: small, bounded in size and time, and trusting no answer.

mod answer;
mod page;
mod token;

use std::{net::IpAddr, path::Path, time::Duration};

use anyhow::Context;
use reqwest::{Body, Client, Method, header, redirect::Policy};
use serde::de::DeserializeOwned;
use sluice_registry::Plaintext;
use url::{Host, Url};
use zeroize::Zeroizing;

pub(crate) use token::token;

use crate::failure::Failure;
use answer::Answer;

/// How long it may take to open a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// An API, and the access token that opens it.
pub(crate) struct Api {
    client: Client,
    base: Url,
    token: Plaintext,
}

/// A body. It may have secrets in it.
pub(crate) type Sent = Option<Zeroizing<Vec<u8>>>;

impl Api {
    /// The API at an address. `ca` is a file with the certificate authorities that are trusted besides the system's.
    pub(crate) fn new(
        address: &str,
        token: Plaintext,
        ca: Option<&Path>,
        patience: Duration,
    ) -> anyhow::Result<Self> {
        let base = read(address)?;
        let is_near = is_loopback(&base);
        if base.scheme() == "http" && !is_near {
            eprintln!("warning: the access token goes to {base} unencrypted; use https");
        }
        let mut builder = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(CONNECT)
            .timeout(patience);
        if is_near {
            // What is on this machine is no business of a proxy.
            builder = builder.no_proxy();
        }
        if let Some(file) = ca {
            let wrong = || format!("{} holds no certificates as PEM", file.display());
            let text =
                std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
            let certificates = reqwest::Certificate::from_pem_bundle(&text).with_context(wrong)?;
            builder = builder.tls_certs_merge(certificates);
        }
        let client = builder.build().context("cannot start a client of HTTP")?;
        Ok(Self {
            client,
            base,
            token,
        })
    }

    /// Reads something; `None` if it is not there.
    pub(crate) async fn find<T: DeserializeOwned>(
        &self,
        place: Place<'_>,
    ) -> anyhow::Result<Option<T>> {
        let answer = self.send(Method::GET, place, None).await?;
        if answer.is_not_found() {
            return Ok(None);
        }
        answer.read().map(Some)
    }

    /// Reads what must be there.
    pub(crate) async fn get<T: DeserializeOwned>(&self, place: Place<'_>) -> anyhow::Result<T> {
        self.send(Method::GET, place, None).await?.read()
    }

    /// Has something done.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        place: Place<'_>,
        body: Sent,
    ) -> anyhow::Result<T> {
        self.send(Method::POST, place, body).await?.read()
    }

    /// Removes something; `None` if that has nothing more to say.
    pub(crate) async fn delete<T: DeserializeOwned>(
        &self,
        place: Place<'_>,
    ) -> anyhow::Result<Option<T>> {
        self.send(Method::DELETE, place, None).await?.read_any()
    }

    async fn send(&self, method: Method, place: Place<'_>, body: Sent) -> anyhow::Result<Answer> {
        let url = place.url(&self.base)?;
        let mut bearer = Zeroizing::new(b"Bearer ".to_vec());
        bearer.extend_from_slice(self.token.expose());
        let mut bearer = header::HeaderValue::from_bytes(&bearer).map_err(|_| {
            Failure::refused(
                "the access token is not one",
                "give what `sluice access-tokens new` has shown",
            )
        })?;
        bearer.set_sensitive(true);
        let mut request = self
            .client
            .request(method, url)
            .header(header::AUTHORIZATION, bearer)
            .header(header::ACCEPT, "application/json");
        if let Some(body) = body {
            // Overwritten when the request is done with it.
            let body = Body::from(bytes::Bytes::from_owner(body));
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body);
        }
        let answer = request.send().await;
        let answer = answer.map_err(|error| self.unreachable(&error))?;
        Answer::of(answer, &self.base)
            .await
            .map_err(|broken| match broken {
                answer::Broken::Off(error) => self.unreachable(&error),
                answer::Broken::Wrong(failure) => failure,
            })
    }

    fn unreachable(&self, error: &reqwest::Error) -> anyhow::Error {
        let base = &self.base;
        if error.is_timeout() {
            let hint = "is it running? --api-timeout gives it longer";
            return Failure::failed(format!("the API at {base} does not answer in time"), hint);
        }
        let mut causes = vec![];
        let mut cause = std::error::Error::source(error);
        while let Some(inner) = cause {
            causes.push(inner.to_string());
            cause = inner.source();
        }
        let why = causes
            .pop()
            .unwrap_or_else(|| "the connection broke off".to_owned());
        let what = format!("the API at {base} cannot be reached: {why}");
        let hint =
            "start it, or name a running one by --api or --data-dir; --ca names who vouches for it";
        Failure::failed(what, hint)
    }
}

/// What is asked for: the path below `/api/v1`, part by part, and what stands behind the `?`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'p> {
    pub(crate) path: &'p [&'p str],
    pub(crate) query: &'p [(&'p str, &'p str)],
}

impl Place<'_> {
    fn url(&self, base: &Url) -> anyhow::Result<Url> {
        let mut url = base.clone();
        // What would mean another place when it is read (`..`, nothing at all) names nothing here.
        if self
            .path
            .iter()
            .any(|part| matches!(*part, "" | "." | ".."))
        {
            return Err(Failure::refused(
                "the name is no name",
                "give one made of a-z, 0-9 and -",
            ));
        }
        let mut parts = url
            .path_segments_mut()
            .map_err(|()| no_address(base.as_str()))?;
        parts.pop_if_empty().extend(["api", "v1"]).extend(self.path);
        drop(parts);
        let given = self.query.iter().filter(|(_, value)| !value.is_empty());
        let mut given = given.peekable();
        if given.peek().is_some() {
            url.query_pairs_mut().extend_pairs(given);
        }
        Ok(url)
    }
}

fn no_address(text: &str) -> anyhow::Error {
    let what = format!("`{text}` is no address of an API");
    Failure::refused(
        what,
        "give one like https://sluice.example or http://127.0.0.1:8081",
    )
}

/// The address without what has no place in it. A password in it would be shown with every error.
fn read(address: &str) -> anyhow::Result<Url> {
    let url = Url::parse(address).ok();
    let fits = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    };
    url.filter(fits).ok_or_else(|| match address.contains('@') {
        true => no_address("…@…"),
        false => no_address(address),
    })
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_one_part_of_the_address() {
        let base = read("https://sluice.test/below/").unwrap();
        let url = |name: &str| {
            let place = Place {
                path: &["projects", name],
                query: &[("project", "a&b"), ("after", "")],
            };
            place.url(&base).map(|url| url.to_string()).ok()
        };
        let expected = "https://sluice.test/below/api/v1/projects/a%2F%3Fb?project=a%26b";
        assert_eq!(url("a/?b").unwrap(), expected);
        assert_eq!((url(".."), url("")), (None, None));
    }

    #[test]
    fn s25_an_address_has_no_secret_in_it() {
        for wrong in [
            "ftp://a",
            "127.0.0.1:8081",
            "http://",
            "http://a?b=c",
            "http://a#b",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let secret = read("https://me:hunter2@sluice.test").unwrap_err();
        assert!(!format!("{secret:?}").contains("hunter2"));
        for (near, is) in [
            ("http://localhost:1", true),
            ("http://[::1]", true),
            ("http://127.9.9.9", true),
            ("http://10.0.0.1", false),
            ("http://localhost.evil", false),
        ] {
            assert_eq!(is_loopback(&read(near).unwrap()), is, "{near}");
        }
    }
}
