//! Smart HTTP (gitprotocol-http): to the registered origin, at the addresses that were checked, and nowhere else.
//!
//! No redirect is followed, the credential is shown at most once for each request that is needed, and every body is
//! bounded in size and in silence.

mod answer;
mod body;

use std::{io::Write, net::SocketAddr, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{Client, ClientBuilder, RequestBuilder, header::HeaderValue, redirect::Policy};
use rustls::ClientConfig;
use sluice_git::{
    GitError, Oid,
    job::{Limits, Remote, Scheme},
    problem,
};
use tokio::runtime::{Builder, Runtime};

use self::body::Body;
use crate::wire::{
    AGENT, fetch,
    listing::Listing,
    pkt::{Pkt, Pkts, text},
    v0, v2,
};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(20);

/// What servers that begin with a pack's service say first.
const SERVICE: &[u8] = b"# service=git-upload-pack";

/// A remote by http or https.
pub(crate) struct Http {
    runtime: Runtime,
    client: Client,
    /// Without a slash at its end.
    url: String,
    origin: String,
    authorization: Option<HeaderValue>,
    limits: Limits,
    /// What it can, if it speaks version 2.
    two: Option<v2::Can>,
}

impl Http {
    pub(super) fn new(
        remote: &Remote,
        roots: ClientConfig,
        limits: Limits,
    ) -> Result<Self, GitError> {
        let local = |error: &dyn std::fmt::Display| {
            problem!(Local, "the HTTP client cannot be set up: {error}")
        };
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(|error| local(&error))?;
        let client = client(remote, roots)?
            .build()
            .map_err(|error| local(&error))?;
        let scheme = if remote.scheme() == Scheme::Https {
            "https"
        } else {
            "http"
        };
        let origin = format!("{scheme}://{}:{}", remote.host, remote.port);
        Ok(Self {
            runtime,
            client,
            url: format!("{origin}{}", remote.path),
            origin,
            authorization: authorization(remote)?,
            limits,
            two: None,
        })
    }

    pub(super) fn list(&mut self) -> Result<Listing, GitError> {
        let asked = self
            .client
            .get(format!("{}/info/refs?service=git-upload-pack", self.url));
        let asked = asked.header("git-protocol", "version=2");
        let answer = self.ask(asked, "application/x-git-upload-pack-advertisement")?;
        let mut pkts = Pkts::new(answer, self.limits.advertisement);
        let mut first = line(&mut pkts)?;
        if text(&first) == SERVICE {
            // A flush ends what the service is.
            pkts.next()?;
            first = line(&mut pkts)?;
        }
        if text(&first) != b"version 2" {
            return v0::read_refs(&mut pkts, Some(first));
        }
        let can = v2::read_capabilities(&mut pkts)?;
        drop(pkts);
        let request = v2::list(&can);
        self.two = Some(can);
        let answer = self.call(request)?;
        v2::read_refs(&mut Pkts::new(answer, self.limits.advertisement))
    }

    pub(super) fn fetch(
        &mut self,
        listing: &Listing,
        wants: &[Oid],
        haves: &[Oid],
        to: &mut dyn Write,
    ) -> Result<(), GitError> {
        let request = match &self.two {
            Some(can) => v2::fetch(can, wants, haves),
            None => v0::request(&listing.can, wants, haves),
        };
        let longest = self.limits.pack;
        fetch::pack(self.call(request)?, to, longest)
    }

    /// Asks the service.
    fn call(&self, request: Vec<u8>) -> Result<Body<'_>, GitError> {
        let asked = self.client.post(format!("{}/git-upload-pack", self.url));
        let asked = asked
            .header("content-type", "application/x-git-upload-pack-request")
            .body(request);
        let asked = match self.two {
            Some(_) => asked.header("git-protocol", "version=2"),
            None => asked,
        };
        self.ask(asked, "application/x-git-upload-pack-result")
    }

    fn ask(&self, request: RequestBuilder, wanted: &str) -> Result<Body<'_>, GitError> {
        let request = match &self.authorization {
            Some(value) => request.header("authorization", value.clone()),
            None => request,
        };
        let stall = Duration::from_millis(self.limits.stall_ms);
        let sent = async { tokio::time::timeout(CONNECT + stall, request.send()).await };
        let response = match self.runtime.block_on(sent) {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(answer::failure(&error, &self.origin)),
            Err(_) => return Err(problem!(Timeout, "{} did not answer", self.origin)),
        };
        let judged = answer::judge(
            &response,
            wanted,
            self.authorization.is_some(),
            &self.origin,
        );
        let body = Body::new(&self.runtime, response, stall);
        match judged {
            Ok(()) => Ok(body),
            Err(verdict) => Err(verdict.with(body)),
        }
    }
}

/// A client that can do nothing but connect to the checked addresses.
fn client(remote: &Remote, roots: ClientConfig) -> Result<ClientBuilder, GitError> {
    let addresses = remote.addresses.iter().map(|address| address.parse());
    let addresses: Vec<SocketAddr> = addresses
        .collect::<Result<_, _>>()
        .map_err(|error| problem!(Local, "an address of the job is none: {error}"))?;
    let client = Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .http1_only()
        .connect_timeout(CONNECT)
        .pool_max_idle_per_host(1)
        .referer(false)
        // Some hosts give the smart protocol to what calls itself git, and to nothing else.
        .user_agent(format!("git/2.0 ({AGENT})"))
        .resolve_to_addrs(&remote.host, &addresses);
    Ok(client
        .https_only(remote.scheme() == Scheme::Https)
        .tls_backend_preconfigured(roots))
}

fn authorization(remote: &Remote) -> Result<Option<HeaderValue>, GitError> {
    if remote.secret.is_empty() {
        return Ok(None);
    }
    let pair = [remote.user.as_bytes(), b":", &remote.secret].concat();
    let value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair)));
    let mut value = value.map_err(|_| problem!(Credential, "the credential cannot be sent"))?;
    value.set_sensitive(true);
    Ok(Some(value))
}

fn line(pkts: &mut Pkts<Body<'_>>) -> Result<Vec<u8>, GitError> {
    match pkts.next()? {
        Pkt::Line(line) => Ok(line.to_vec()),
        Pkt::End => Err(problem!(
            Network,
            "the remote broke off before it said anything"
        )),
        _ => Err(problem!(
            Corrupt,
            "the remote does not speak Git's protocol"
        )),
    }
}
