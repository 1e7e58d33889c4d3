//! Remotes, by however they are spoken to.

mod file;
mod host_key;
mod http;
mod ssh;
mod tls;

use std::io::Write;

use rustls::ClientConfig;
use sluice_git::{
    GitError, Oid,
    job::{Limits, Remote, Scheme},
    problem,
};

use crate::wire::listing::Listing;

/// What is needed of the system before we are confined: who vouches for certificates.
pub(crate) fn roots(remote: &Remote) -> Result<ClientConfig, GitError> {
    match remote.scheme() {
        Scheme::Https => tls::config(&remote.ca),
        _ => tls::nobody(),
    }
}

/// A remote.
pub(crate) enum Source {
    Http(Box<http::Http>),
    Ssh(Box<ssh::Ssh>),
    File(file::File),
}

impl Source {
    pub(crate) fn of(
        remote: Remote,
        roots: ClientConfig,
        limits: &Limits,
    ) -> Result<Self, GitError> {
        match remote.scheme() {
            Scheme::Http | Scheme::Https => Ok(Self::Http(Box::new(http::Http::new(
                &remote, roots, *limits,
            )?))),
            Scheme::Ssh => Ok(Self::Ssh(Box::new(ssh::Ssh::new(remote, *limits)))),
            Scheme::File => Ok(Self::File(file::File::open(&remote.path)?)),
            Scheme::Unspecified => Err(problem!(Address, "the remote has no scheme")),
        }
    }

    /// Its branches, tags and HEAD.
    pub(crate) fn list(&mut self) -> Result<Listing, GitError> {
        match self {
            Self::Http(http) => http.list(),
            Self::Ssh(ssh) => ssh.list(),
            Self::File(file) => file.list(),
        }
    }

    /// Whether it can be asked for another pack: over SSH the conversation is over with the first.
    pub(crate) fn can_be_asked_again(&self) -> bool {
        matches!(self, Self::Http(_))
    }

    /// Writes a pack with what leads to some objects, without what leads to others.
    pub(crate) fn fetch(
        &mut self,
        listing: &Listing,
        wants: &[Oid],
        haves: &[Oid],
        to: &mut dyn Write,
    ) -> Result<(), GitError> {
        match self {
            Self::Http(http) => http.fetch(listing, wants, haves, to),
            Self::Ssh(ssh) => ssh.fetch(wants, haves, to),
            Self::File(file) => file.fetch(wants, haves, to),
        }
    }
}
