//! SSH: `git-upload-pack` on the other side, after its host key was found among the registered ones (rule S34).

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use sluice_git::{
    GitError, Oid,
    job::{Limits, Remote},
    problem,
    scrub::Scrub,
};
use ssh2::{Channel, ErrorCode, MethodType, Session};

use super::host_key::HostKeys;
use crate::wire::{broken, fetch, listing::Listing, pkt::Pkts, v0};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(20);

/// Most bytes of the other side's complaints that are shown.
const COMPLAINTS: u64 = 1024;

/// A remote by ssh.
pub(crate) struct Ssh {
    remote: Remote,
    limits: Limits,
    /// A conversation in which the refs were told and nothing was asked for.
    begun: Option<(Session, Channel, Vec<String>)>,
}

impl Ssh {
    pub(super) fn new(remote: Remote, limits: Limits) -> Self {
        Self {
            remote,
            limits,
            begun: None,
        }
    }

    pub(super) fn list(&mut self) -> Result<Listing, GitError> {
        let (session, channel, listing) = self.begin()?;
        self.begun = Some((session, channel, listing.can.clone()));
        Ok(listing)
    }

    pub(super) fn fetch(
        &mut self,
        wants: &[Oid],
        haves: &[Oid],
        to: &mut dyn Write,
    ) -> Result<(), GitError> {
        let (_session, mut channel, can) = match self.begun.take() {
            Some(begun) => begun,
            None => self
                .begin()
                .map(|(session, channel, listing)| (session, channel, listing.can))?,
        };
        let request = v0::request(&can, wants, haves);
        channel
            .write_all(&request)
            .and_then(|()| channel.flush())
            .map_err(|error| ssh_io(error, &self.limits))?;
        fetch::pack(Timed(channel, &self.limits), to, self.limits.pack)
    }

    fn begin(&self) -> Result<(Session, Channel, Listing), GitError> {
        let session = self.session()?;
        let failed = |error: ssh2::Error| {
            problem!(Remote, "{} takes no commands: {error}", self.remote.host)
        };
        let mut channel = session.channel_session().map_err(failed)?;
        channel.exec(&command(&self.remote.path)).map_err(failed)?;
        let mut pkts = Pkts::new(Timed(&mut channel, &self.limits), self.limits.advertisement);
        let listing = v0::read_refs(&mut pkts, None);
        match listing {
            Ok(listing) => Ok((session, channel, listing)),
            Err(error) => Err(complained(&mut channel, error)),
        }
    }

    fn session(&self) -> Result<Session, GitError> {
        let keys = HostKeys::of(&self.remote.ssh_host_keys)?;
        let host = &self.remote.host;
        let stream = self.connect()?;
        let refused = |error: ssh2::Error| problem!(Network, "no ssh session with {host}: {error}");
        let mut session = Session::new().map_err(refused)?;
        session.set_timeout(u32::try_from(self.limits.stall_ms).unwrap_or(u32::MAX));
        session.set_tcp_stream(stream);
        // So that the remote shows a key of a kind that is registered, if it has one.
        let kinds = keys.kinds(
            &session
                .supported_algs(MethodType::HostKey)
                .map_err(refused)?,
        );
        if !kinds.is_empty() {
            session
                .method_pref(MethodType::HostKey, &kinds)
                .map_err(refused)?;
        }
        if let Err(error) = session.handshake() {
            return Err(match error.code() {
                // No kind of key in common.
                ErrorCode::Session(-5 | -8) => {
                    problem!(
                        Identity,
                        "{host} shows no host key of a registered kind ({kinds}): {error}"
                    )
                }
                _ => refused(error),
            });
        }
        keys.check(session.host_key().map(|(key, _)| key), host)?;
        self.log_in(&session)?;
        Ok(session)
    }

    fn connect(&self) -> Result<TcpStream, GitError> {
        let mut last = None;
        for address in &self.remote.addresses {
            let address: SocketAddr = address
                .parse()
                .map_err(|error| problem!(Local, "an address of the job is none: {error}"))?;
            match TcpStream::connect_timeout(&address, CONNECT) {
                Ok(stream) => return Ok(stream),
                Err(error) => last = Some(error),
            }
        }
        let why = last.map_or_else(
            || "there is no address".to_owned(),
            |error| error.to_string(),
        );
        Err(problem!(
            Network,
            "no connection to {}: {why}",
            self.remote.host
        ))
    }

    fn log_in(&self, session: &Session) -> Result<(), GitError> {
        let (host, user) = (&self.remote.host, &self.remote.user);
        if self.remote.secret.is_empty() {
            return Err(problem!(
                Credential,
                "{host} wants an SSH key, and the repository has no credential"
            ));
        }
        let key = std::str::from_utf8(&self.remote.secret);
        let key = key.map_err(|_| problem!(Credential, "the SSH key is no text"))?;
        session
            .userauth_pubkey_memory(user, None, key, None)
            .map_err(|error| match error.code() {
                // The other side said no; or the key is none.
                ErrorCode::Session(-18 | -19 | -16) => {
                    problem!(
                        Credential,
                        "{host} does not let `{user}` in with the SSH key: {error}"
                    )
                }
                _ => problem!(Network, "logging in at {host} failed: {error}"),
            })
    }
}

/// The command, with its one argument quoted for a shell.
fn command(path: &str) -> String {
    format!(
        "git-upload-pack '{}'",
        path.replace('\'', r"'\''").replace('!', r"'\!'")
    )
}

/// An error with what the other side complained of, which says more.
fn complained(channel: &mut Channel, error: GitError) -> GitError {
    let mut said = Vec::new();
    // What cannot be read explains nothing.
    let _ = channel.stderr().take(COMPLAINTS).read_to_end(&mut said);
    match Scrub::default().text(&said) {
        shown if shown.is_empty() => error,
        shown => v0::refused(shown.as_bytes()),
    }
}

/// Reads, and tells a silence from a break.
struct Timed<'a, R>(R, &'a Limits);

impl<R: Read> Read for Timed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0
            .read(buffer)
            .map_err(|error| broken::io(ssh_io(error, self.1)))
    }
}

fn ssh_io(error: io::Error, limits: &Limits) -> GitError {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            problem!(
                Timeout,
                "the remote said nothing for {:?}",
                Duration::from_millis(limits.stall_ms)
            )
        }
        _ => problem!(Network, "the ssh connection broke off: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_one_argument() {
        assert_eq!(command("acme/web.git"), "git-upload-pack 'acme/web.git'");
        assert_eq!(command("a'; id; '"), r"git-upload-pack 'a'\''; id; '\'''");
    }
}
