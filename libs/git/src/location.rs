//! The address of a repository, taken apart and checked.
//!
//! Two parsers that read one address differently are how a credential comes to the wrong host. So an address with
//! anything in it that programs disagree about is refused, and what passes is handed on in parts.

use url::Url;

use crate::{GitError, problem};

pub(crate) use crate::job::Scheme;

fn word(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Https => "https",
        Scheme::Http => "http",
        Scheme::Ssh => "ssh",
        Scheme::File | Scheme::Unspecified => "file",
    }
}

fn default_port(scheme: Scheme) -> u16 {
    match scheme {
        Scheme::Https => 443,
        Scheme::Http => 80,
        Scheme::Ssh => 22,
        Scheme::File | Scheme::Unspecified => 0,
    }
}

/// Where a credential may go: scheme, host and port, all three.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) scheme: Scheme,
    /// In lower case; an IPv6 address in brackets. Empty for files.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", word(self.scheme), self.host)?;
        match self.port == default_port(self.scheme) {
            true => Ok(()),
            false => write!(f, ":{}", self.port),
        }
    }
}

/// An address in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) origin: Origin,
    /// As the remote is told: for ssh and file a path, else part of the address, encoded as it was.
    pub(crate) path: String,
    /// Who ssh logs in as, where the address says it.
    pub(crate) user: Option<String>,
}

impl Location {
    /// Reads `https://host/path`, `ssh://user@host:port/path`, `user@host:path`, `file:///path`.
    ///
    /// Errors never repeat the address: it may carry a password.
    pub(crate) fn parse(text: &str) -> Result<Self, GitError> {
        let strange = |byte: u8| byte <= b' ' || byte >= 0x7f || b"\\\"<>^`{|}".contains(&byte);
        if text.is_empty() || text.len() > 2048 || text.bytes().any(strange) {
            return Err(problem!(
                Address,
                "the repository's address is empty, too long, or has a character that addresses do not have"
            ));
        }
        match text.contains("://") {
            true => Self::of_url(text),
            false => Self::of_short(text),
        }
    }

    fn of_url(text: &str) -> Result<Self, GitError> {
        let url = Url::parse(text).map_err(|error| {
            problem!(Address, "the repository's address cannot be read: {error}")
        })?;
        let scheme = match url.scheme() {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            "ssh" => Scheme::Ssh,
            "file" => Scheme::File,
            other => {
                return Err(problem!(
                    Address,
                    "`{other}` is no scheme to fetch by; use https or ssh"
                ));
            }
        };
        let named = !url.username().is_empty() && scheme != Scheme::Ssh;
        // A parser drops an empty user, and others may not.
        let at = text
            .split_once("://")
            .and_then(|(_, rest)| rest.split('/').next());
        let at = scheme != Scheme::Ssh && at.is_some_and(|authority| authority.contains('@'));
        if named || at || url.password().is_some() {
            return Err(problem!(
                Address,
                "the repository's address holds a user or a password; they belong into a credential"
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(problem!(
                Address,
                "the repository's address has a query or a fragment"
            ));
        }
        let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
        if (scheme == Scheme::File) != host.is_empty() || host.contains('%') {
            return Err(problem!(
                Address,
                "the repository's address has no usable host"
            ));
        }
        let user = (!url.username().is_empty()).then(|| url.username());
        let path = match scheme {
            Scheme::Http | Scheme::Https => url.path().trim_end_matches('/').to_owned(),
            _ => decoded(url.path())?,
        };
        let port = url.port().unwrap_or(default_port(scheme));
        Self {
            origin: Origin { scheme, host, port },
            path,
            user: user.map(str::to_owned),
        }
        .checked()
    }

    /// `git@host:path`, as hosts show it.
    fn of_short(text: &str) -> Result<Self, GitError> {
        let wrong = || {
            problem!(
                Address,
                "the repository's address is neither a URL nor like `git@host:path`"
            )
        };
        let (authority, path) = text.split_once(':').ok_or_else(wrong)?;
        let (user, host) = match authority.split_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
        if host.is_empty() || !host.chars().all(plain) || path.starts_with(':') {
            return Err(wrong());
        }
        let origin = Origin {
            scheme: Scheme::Ssh,
            host: host.to_ascii_lowercase(),
            port: 22,
        };
        Self {
            origin,
            path: path.to_owned(),
            user: user.map(str::to_owned),
        }
        .checked()
    }

    fn checked(self) -> Result<Self, GitError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
        let user = self.user.as_deref().unwrap_or("git");
        if user.is_empty() || !user.chars().all(plain) {
            return Err(problem!(
                Address,
                "the user in the repository's address has strange characters"
            ));
        }
        // What begins with a dash is an option to programs on the other side.
        if self.origin.host.starts_with('-') || user.starts_with('-') || self.path.starts_with('-')
        {
            return Err(problem!(
                Address,
                "a part of the repository's address begins with a dash"
            ));
        }
        match self.path.trim_matches('/') {
            "" => Err(problem!(Address, "the repository's address has no path")),
            _ => Ok(self),
        }
    }
}

fn decoded(path: &str) -> Result<String, GitError> {
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8();
    let decoded = decoded
        .map_err(|_| problem!(Address, "the path of the repository's address is not UTF-8"))?;
    match decoded.chars().any(char::is_control) {
        true => Err(problem!(
            Address,
            "the path of the repository's address has control characters"
        )),
        false => Ok(decoded.into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let error = Location::parse(text).expect_err(text);
        assert_eq!(error.problem, crate::GitProblem::Address, "{text}");
        error.message
    }

    #[test]
    fn an_address_comes_apart() {
        for (text, origin, path, user) in [
            (
                "https://Git.Example:443/acme/web.git/",
                "https://git.example",
                "/acme/web.git",
                None,
            ),
            (
                "https://git.example:8443/a%20b",
                "https://git.example:8443",
                "/a%20b",
                None,
            ),
            ("http://127.0.0.1:80/a", "http://127.0.0.1", "/a", None),
            (
                "ssh://git@Git.Example:2222/acme/a%20b.git",
                "ssh://git.example:2222",
                "/acme/a b.git",
                Some("git"),
            ),
            ("ssh://[::1]/a", "ssh://[::1]", "/a", None),
            (
                "deploy@git.example:acme/web.git",
                "ssh://git.example",
                "acme/web.git",
                Some("deploy"),
            ),
            (
                "git.example:/acme/web.git",
                "ssh://git.example",
                "/acme/web.git",
                None,
            ),
            ("file:///srv/a%20b", "file://", "/srv/a b", None),
        ] {
            let location = Location::parse(text).expect(text);
            assert_eq!(location.origin.to_string(), origin, "{text}");
            assert_eq!(
                (&*location.path, location.user.as_deref()),
                (path, user),
                "{text}"
            );
        }
    }

    #[test]
    fn what_programs_read_differently_is_refused() {
        for text in [
            "",
            "acme/web",
            "/srv/web",
            "https://",
            "https://git.example",
            "https://git.example/",
            "git://git.example/a",
            "ext::sh -c id",
            "fd::3",
            "ftp://git.example/a",
            "javascript://a/b",
            "https://git.example\\@evil.example/a",
            "https://git.example/a b",
            "https://git.example/a\n",
            "https://git.example/\u{e9}",
            "https://git.example/a?b",
            "https://git.example/a#b",
            "https://@git.example/a",
            "https://evil.example@git.example/a",
            "ssh://-oProxyCommand=id/a",
            "ssh://-oProxyCommand@git.example/a",
            "-oProxyCommand=id:a",
            "ssh://git@git.example/",
            "git@git.example:-a",
            "ssh://git.example/a%0ab",
            "ssh://a%2fb/c",
            "file://git.example/a",
            "file:///",
            "a@b@git.example:c",
            "C:\\repositories\\web",
        ] {
            refused(text);
        }
    }

    #[test]
    fn a_password_in_an_address_is_not_repeated() {
        for text in [
            "https://user:hunter2@git.example/a",
            "https://hunter2@git.example/a",
            "ssh://user:hunter2@git.example/a",
            "hunter2://git.example/a b",
            "https://git.example:hunter2/a",
            "https://git.example/a?token=hunter2",
        ] {
            assert!(!refused(text).contains("hunter2"), "{text}");
        }
    }
}
