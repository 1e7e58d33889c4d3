//! Where a credential may go: scheme, host and port, all three.

use std::{fmt, net::IpAddr};

use url::{Host, Url};

/// How a host is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Https,
    /// Unprotected: on this machine alone.
    Http,
    Ssh,
    /// No host at all: a folder of this machine.
    File,
}

impl Scheme {
    pub(super) fn of_word(word: &str) -> Option<Self> {
        let all = [Scheme::Https, Scheme::Http, Scheme::Ssh, Scheme::File];
        all.into_iter().find(|scheme| scheme.word() == word)
    }

    /// The word in an address.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Scheme::Https => "https",
            Scheme::Http => "http",
            Scheme::Ssh => "ssh",
            Scheme::File => "file",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Scheme::Https => 443,
            Scheme::Http => 80,
            Scheme::Ssh => 22,
            Scheme::File => 0,
        }
    }
}

/// Scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) scheme: Scheme,
    /// In lower case; an IPv6 address in brackets. Empty for files.
    host: String,
    port: u16,
}

impl Origin {
    /// `None` if its host is none, or is one where there must not be one.
    pub(super) fn of(scheme: Scheme, url: &Url) -> Option<Self> {
        let host = match (scheme, url.host_str()) {
            (Scheme::File, None) => String::new(),
            (Scheme::File, Some(_)) | (_, None) => return None,
            // Of ssh the parser leaves the host as it is; of the web it has done this already.
            (_, Some(host)) => Host::parse(host).ok()?.to_string(),
        };
        let port = url.port().unwrap_or(scheme.default_port());
        Some(Self { scheme, host, port })
    }

    /// The same host at the port where ssh is.
    pub(crate) fn over_ssh(&self) -> Self {
        Self {
            scheme: Scheme::Ssh,
            host: self.host.clone(),
            port: Scheme::Ssh.default_port(),
        }
    }

    /// Host and port as they stand in an address.
    pub(super) fn authority(&self) -> String {
        if self.port == self.scheme.default_port() {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// Whether it is this machine itself.
    pub(crate) fn is_loopback(&self) -> bool {
        let bare = self.host.trim_matches(['[', ']']);
        let ip: Option<IpAddr> = bare.parse().ok();
        ip.map_or(self.host == "localhost", |ip| ip.is_loopback())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.word(), self.authority())
    }
}
