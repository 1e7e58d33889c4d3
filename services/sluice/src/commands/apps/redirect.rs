//! Where the host leads the browser when the App is registered: one request on loopback, with the state that we gave.

use std::{net::Ipv4Addr, time::Duration};

use anyhow::Context;
use sluice_registry::Plaintext;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use url::Url;

use crate::failure::Failure;

/// Longest head of a request.
const HEAD: usize = 8 * 1024;

/// How long a request may take.
const REQUEST: Duration = Duration::from_secs(10);

/// Most requests that are looked at: others than the host's are none of ours.
const MOST: usize = 100;

/// A listener for it.
pub(super) struct Redirect {
    listener: TcpListener,
    port: u16,
    state: String,
}

impl Redirect {
    pub(super) async fn listen() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.context("cannot listen on 127.0.0.1 for the browser")?;
        let port = listener.local_addr()?.port();
        let mut bits = [0; 16];
        getrandom::fill(&mut bits)?;
        Ok(Self {
            listener,
            port,
            state: hex::encode(bits),
        })
    }

    /// Where the browser is led to.
    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// What the host hands back, so that nobody else can give us an App of theirs.
    pub(super) fn state(&self) -> &str {
        &self.state
    }

    /// Waits for the browser, and returns the code that it brings.
    pub(super) async fn code(self, wait: Duration) -> anyhow::Result<Plaintext> {
        let late = || {
            let what = "nobody came back from the host in time";
            let hint = "if the App was registered, go on by --code with what stands behind `code=` in the address that the browser was led to; else begin anew, and give it longer by --wait";
            Failure::failed(what, hint)
        };
        let came = timeout(wait, self.first()).await.map_err(|_| late())?;
        came?.ok_or_else(late)
    }

    async fn first(&self) -> anyhow::Result<Option<Plaintext>> {
        for _ in 0..MOST {
            let (mut stream, _) = self.listener.accept().await?;
            let head = timeout(REQUEST, head(&mut stream)).await;
            let code = head.ok().flatten().and_then(|head| self.code_of(&head));
            let (status, said) = match code {
                Some(_) => ("200 OK", "The App is registered. Go back to the terminal."),
                None => ("400 Bad Request", "That is not what was waited for."),
            };
            answer(&mut stream, status, said).await;
            if code.is_some() {
                return Ok(code);
            }
        }
        Ok(None)
    }

    /// The code, if the request is the browser's own, and the state is ours.
    fn code_of(&self, head: &str) -> Option<Plaintext> {
        let mut lines = head.split("\r\n");
        let target = lines.next()?.strip_prefix("GET ")?.split(' ').next()?;
        let ours = format!("127.0.0.1:{}", self.port);
        let mut hosts = lines.filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("host").then_some(value.trim())
        });
        // Any page can have a browser ask us under a name of its own.
        if hosts.next() != Some(ours.as_str()) || hosts.next().is_some() {
            return None;
        }
        let url = Url::parse(&self.address()).ok()?.join(target).ok()?;
        let find = |name: &str| {
            let mut found = url.query_pairs().filter(|(known, _)| known == name);
            let first = found.next().map(|(_, value)| value.into_owned());
            first.filter(|_| found.next().is_none())
        };
        let is_ours = url.path() == "/" && find("state").as_deref() == Some(&self.state);
        find("code").filter(|_| is_ours).map(Plaintext::new)
    }
}

/// The head of a request. `None`: it is too long, or breaks off.
async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        let byte = stream.read_u8().await.ok()?;
        read.push(byte);
        if read.len() > HEAD {
            return None;
        }
    }
    String::from_utf8(read).ok()
}

async fn answer(stream: &mut TcpStream, status: &str, said: &str) {
    let text = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{said}",
        said.len()
    );
    // Whoever asked may have gone.
    let _ = timeout(REQUEST, stream.write_all(text.as_bytes())).await;
    let _ = timeout(REQUEST, stream.shutdown()).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_browsers_own_request_with_our_state_brings_a_code() {
        let redirect = Redirect::listen().await.unwrap();
        let (port, state) = (redirect.port, redirect.state.clone());
        let ask = |line: &str, host: &str| {
            let head = format!("{line} HTTP/1.1\r\nHost: {host}\r\n\r\n");
            redirect.code_of(&head).map(|code| code.expose().to_vec())
        };
        let ours = format!("127.0.0.1:{port}");
        let good = format!("GET /?code=abc&state={state}");
        assert_eq!(ask(&good, &ours).unwrap(), b"abc");
        for (line, host) in [
            (good.as_str(), "evil.example"),
            (&good, "127.0.0.1:1"),
            ("GET /?code=abc&state=other", &ours),
            ("GET /?code=abc", &ours),
            (&good.replace("/?", "/x?"), &ours),
            (&good.replace("GET", "POST"), &ours),
            (&format!("{good}&state=other"), &ours),
            (&format!("GET /?state={state}"), &ours),
            ("", &ours),
        ] {
            assert_eq!(ask(line, host), None, "{line} {host}");
        }
    }

    #[tokio::test]
    async fn nobody_is_waited_for_longer_than_was_said() {
        let redirect = Redirect::listen().await.unwrap();
        let late = redirect.code(Duration::from_millis(10)).await.unwrap_err();
        assert!(late.to_string().contains("nobody came back"));
    }
}
