//! A remote: whose credential goes where (rule S5).

use std::fmt;

use sluice_events::v1::{self, CredentialKind};
use zeroize::Zeroizing;

use crate::{
    GitError,
    job::Scheme,
    location::{Location, Origin},
    problem,
};

/// A repository on a host, with what opens it. Its credential is for this origin and never leaves for another.
#[derive(Clone)]
pub struct Remote {
    pub(crate) location: Location,
    pub(crate) private_addresses: bool,
    pub(crate) ca: String,
    pub(crate) ssh_host_keys: Vec<String>,
    pub(crate) user: String,
    pub(crate) secret: Zeroizing<Vec<u8>>,
}

impl Remote {
    /// The remote of a registered repository, with its credential's record and value.
    ///
    /// # Errors
    /// If the address is none, or is not on the host; or if the credential is another host's or of another kind than
    /// the address wants.
    pub fn of(
        host: &v1::Host,
        repository: &v1::RegisteredRepository,
        credential: Option<(&v1::Credential, &[u8])>,
    ) -> Result<Self, GitError> {
        let location = Location::parse(&repository.url)?;
        let ssh = ssh_location(host)?;
        belongs(&location, host, &ssh)?;
        let login = location.user.clone().or(ssh.user);
        let (user, secret) = match credential {
            Some((credential, value)) => opened(&location, host, credential, value, login)?,
            None => (login.unwrap_or_else(|| "git".into()), Zeroizing::default()),
        };
        if location.origin.scheme == Scheme::Ssh && host.ssh_host_keys.is_empty() {
            return Err(problem!(
                Identity,
                "the host `{}` has no SSH host keys registered, so nothing can tell it apart from another; register them",
                host.name
            ));
        }
        Ok(Self {
            location,
            private_addresses: host.private_addresses,
            ca: host.ca.clone(),
            ssh_host_keys: host.ssh_host_keys.clone(),
            user,
            secret,
        })
    }
}

/// Where the host takes ssh.
fn ssh_location(host: &v1::Host) -> Result<Location, GitError> {
    let text = match host.ssh_url.is_empty() {
        false => format!("{}/x", host.ssh_url.trim_end_matches('/')),
        true => {
            let web = Location::parse(&format!("{}/x", host.url))?;
            format!("ssh://{}/x", web.origin.host)
        }
    };
    Location::parse(&text)
}

/// Only what is on the host may be fetched in its name: scheme, host and port are all the same. Files are on no host;
/// whether they may be fetched at all is a setting.
fn belongs(location: &Location, host: &v1::Host, ssh: &Location) -> Result<(), GitError> {
    let there: Origin = match location.origin.scheme {
        Scheme::Ssh => ssh.origin.clone(),
        Scheme::File => return Ok(()),
        _ => Location::parse(&format!("{}/x", host.url))?.origin,
    };
    if location.origin == there {
        return Ok(());
    }
    let here = &location.origin;
    Err(problem!(
        Address,
        "the repository's address is at {here}, and the host `{}` is at {there}",
        host.name
    ))
}

/// The user to be, and the secret.
fn opened(
    location: &Location,
    host: &v1::Host,
    credential: &v1::Credential,
    value: &[u8],
    login: Option<String>,
) -> Result<(String, Zeroizing<Vec<u8>>), GitError> {
    let name = &credential.name;
    if credential.host != host.name {
        return Err(problem!(
            Credential,
            "the credential `{name}` is for the host `{}` and is not shown to `{}`",
            credential.host,
            host.name
        ));
    }
    if value.is_empty() {
        return Err(problem!(Credential, "the credential `{name}` is empty"));
    }
    let given = (!credential.user.is_empty()).then(|| credential.user.clone());
    let (wanted, user) = match credential.kind() {
        CredentialKind::SshKey => (Scheme::Ssh, given.or(login).unwrap_or_else(|| "git".into())),
        CredentialKind::Token | CredentialKind::App => (
            Scheme::Https,
            given.unwrap_or_else(|| token_user(&host.provider).into()),
        ),
        CredentialKind::Password => {
            let missing = || {
                problem!(
                    Credential,
                    "the credential `{name}` is a password without a user"
                )
            };
            (Scheme::Https, given.ok_or_else(missing)?)
        }
        CredentialKind::Unspecified => {
            return Err(problem!(
                Credential,
                "the credential `{name}` is of a kind that is not known here"
            ));
        }
    };
    let scheme = match location.origin.scheme {
        // Only on loopback, which is checked where addresses are.
        Scheme::Http => Scheme::Https,
        scheme => scheme,
    };
    if scheme != wanted {
        let opens = match wanted {
            Scheme::Ssh => "ssh",
            _ => "https",
        };
        return Err(problem!(
            Credential,
            "the credential `{name}` opens {opens} addresses, and the repository's is of another kind"
        ));
    }
    let strange = |bytes: &[u8]| bytes.iter().any(u8::is_ascii_control);
    if strange(user.as_bytes()) || user.contains(':') || wanted == Scheme::Https && strange(value) {
        return Err(problem!(
            Credential,
            "the credential `{name}` has control characters, or a colon in its user"
        ));
    }
    Ok((user, Zeroizing::new(value.to_vec())))
}

/// Who a token belongs to at each kind of host, as their manuals say; the others take any name.
fn token_user(provider: &str) -> &'static str {
    match provider {
        "github" => "x-access-token",
        "gitlab" => "oauth2",
        "bitbucket-cloud" => "x-token-auth",
        _ => "git",
    }
}

impl fmt::Debug for Remote {
    /// Leaves the credential out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote")
            .field("location", &self.location)
            .field("private_addresses", &self.private_addresses)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> v1::Host {
        v1::Host {
            name: "corp".into(),
            provider: "gitlab".into(),
            url: "https://git.corp/gitlab".into(),
            ssh_url: "ssh://deploy@ssh.corp:2222".into(),
            ssh_host_keys: vec!["ssh-ed25519 AAAA".into()],
            ..v1::Host::default()
        }
    }

    fn repository(url: &str) -> v1::RegisteredRepository {
        v1::RegisteredRepository {
            url: url.into(),
            ..v1::RegisteredRepository::default()
        }
    }

    fn credential(kind: CredentialKind, user: &str) -> v1::Credential {
        v1::Credential {
            name: "bot".into(),
            host: "corp".into(),
            user: user.into(),
            kind: kind.into(),
            ..v1::Credential::default()
        }
    }

    fn user(url: &str, kind: CredentialKind, user: &str) -> Result<String, GitError> {
        let credential = credential(kind, user);
        Remote::of(&host(), &repository(url), Some((&credential, b"hunter2")))
            .map(|remote| remote.user)
    }

    #[test]
    fn only_the_host_itself_is_fetched_from() {
        for url in [
            "https://git.corp/a/b",
            "https://git.corp:443/a",
            "ssh://ssh.corp:2222/a",
            "file:///srv/a",
        ] {
            Remote::of(&host(), &repository(url), None).expect(url);
        }
        for url in [
            "https://git.corp:8443/a",
            "http://git.corp/a",
            "https://evil.example/a",
            "https://git.corp.evil.example/a",
            "ssh://git.corp/a",
            "ssh://ssh.corp/a",
            "git@ssh.corp:a",
            "https://git.corp./a",
        ] {
            let error = Remote::of(&host(), &repository(url), None).expect_err(url);
            assert_eq!(error.problem, crate::GitProblem::Address, "{url}");
        }
    }

    #[test]
    fn without_an_address_of_its_own_ssh_is_port_22_of_the_host() {
        let host = v1::Host {
            ssh_url: String::new(),
            ..host()
        };
        assert_eq!(
            Remote::of(&host, &repository("git@git.corp:a/b"), None)
                .unwrap()
                .user,
            "git"
        );
        assert!(Remote::of(&host, &repository("ssh://git.corp:2222/a"), None).is_err());
    }

    #[test]
    fn ssh_without_registered_keys_is_refused() {
        let host = v1::Host {
            ssh_host_keys: Vec::new(),
            ..host()
        };
        let error = Remote::of(&host, &repository("ssh://ssh.corp:2222/a"), None).unwrap_err();
        assert_eq!(error.problem, crate::GitProblem::Identity);
    }

    #[test]
    fn a_token_goes_under_the_name_that_the_host_wants() {
        let https = "https://git.corp/a";
        assert_eq!(user(https, CredentialKind::Token, "").unwrap(), "oauth2");
        assert_eq!(user(https, CredentialKind::Token, "me").unwrap(), "me");
        assert_eq!(token_user("github"), "x-access-token");
        assert_eq!(user(https, CredentialKind::Password, "me").unwrap(), "me");
        assert_eq!(
            user("ssh://ssh.corp:2222/a", CredentialKind::SshKey, "").unwrap(),
            "deploy"
        );
        assert_eq!(token_user("github"), "x-access-token");
    }

    #[test]
    fn a_credential_of_another_kind_or_host_is_not_used() {
        for (url, kind) in [
            ("https://git.corp/a", CredentialKind::SshKey),
            ("https://git.corp/a", CredentialKind::Password),
            ("https://git.corp/a", CredentialKind::Unspecified),
            ("ssh://ssh.corp:2222/a", CredentialKind::Token),
            ("file:///srv/a", CredentialKind::Token),
        ] {
            assert_eq!(
                user(url, kind, "").unwrap_err().problem,
                crate::GitProblem::Credential,
                "{url}"
            );
        }
        let other = v1::Credential {
            host: "github".into(),
            ..credential(CredentialKind::Token, "")
        };
        let error = Remote::of(
            &host(),
            &repository("https://git.corp/a"),
            Some((&other, b"hunter2")),
        )
        .unwrap_err();
        assert_eq!(error.problem, crate::GitProblem::Credential);
    }

    #[test]
    fn a_remote_is_printed_without_its_secret() {
        let credential = credential(CredentialKind::Token, "");
        let remote = Remote::of(
            &host(),
            &repository("https://git.corp/a"),
            Some((&credential, b"hunter2")),
        )
        .unwrap();
        assert!(!format!("{remote:?}").contains("hunter2"));
    }
}
