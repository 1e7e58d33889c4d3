//! Who may use a listener that is not the public one.
//!
//! It wants a bearer token, or it is bound to loopback. A page in a browser of the same machine can
//! reach loopback too, under a name that its author made resolve there (DNS rebinding); what it
//! cannot do is say `Host: localhost`. So on loopback the `Host` is checked.

use std::net::SocketAddr;

use crate::settings::{Key, Secret};

/// What stands before one listener.
#[derive(Clone, Debug)]
pub struct Gate {
    loopback: bool,
    token: Option<Secret>,
    setting: &'static Key,
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The listener is bound to loopback and the request names another host.
    #[error("the host of the request must be localhost, 127.0.0.1 or [::1]")]
    ForeignHost,
    /// The request's token is missing or wrong.
    #[error("a bearer token is wanted")]
    WrongToken,
    /// No token can be right, since none is set.
    #[error("no token is set: set {variable} or {variable}_FILE, or bind to loopback")]
    NoTokenSet {
        /// The variable that sets it.
        variable: String,
    },
}

impl Gate {
    /// A gate before a listener that is bound to `addr`, whose token comes from `setting`.
    #[must_use]
    pub fn new(addr: SocketAddr, token: Option<Secret>, setting: &'static Key) -> Self {
        Self {
            loopback: addr.ip().is_loopback(),
            token,
            setting,
        }
    }

    /// Checks the `Host` header, for every request there is.
    pub fn host(&self, host: Option<&str>) -> Result<(), Refusal> {
        match !self.loopback || host.is_some_and(is_loopback_host) {
            true => Ok(()),
            false => Err(Refusal::ForeignHost),
        }
    }

    /// Checks the `Authorization` header, for what is not open to everyone. On loopback a token is
    /// wanted only if one is set.
    pub fn token(&self, authorization: Option<&str>) -> Result<(), Refusal> {
        match &self.token {
            Some(token)
                if authorization
                    .and_then(bearer)
                    .is_some_and(|shown| token.matches(shown.as_bytes())) =>
            {
                Ok(())
            }
            Some(_) => Err(Refusal::WrongToken),
            None if self.loopback => Ok(()),
            None => Err(Refusal::NoTokenSet {
                variable: self.setting.variable(),
            }),
        }
    }
}

/// Whether a `Host` header names this machine's loopback, with any port or none.
#[must_use]
pub fn is_loopback_host(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port))
            if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            name
        }
        _ => host,
    };
    name.eq_ignore_ascii_case("localhost") || name == "127.0.0.1" || name == "[::1]"
}

/// The token of an `Authorization: Bearer …` header.
#[must_use]
pub fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    static TOKEN: Key = Key::secret("some-token", "who may");

    fn gate(addr: &str, token: Option<&str>) -> Gate {
        Gate::new(addr.parse().unwrap(), token.map(Secret::new), &TOKEN)
    }

    #[test]
    fn loopback_wants_its_own_name_as_host() {
        let gate = gate("127.0.0.1:9090", None);
        for host in [
            "localhost",
            "LocalHost:9090",
            "127.0.0.1",
            "127.0.0.1:1",
            "[::1]",
            "[::1]:9090",
        ] {
            assert_eq!(gate.host(Some(host)), Ok(()), "{host}");
        }
        let foreign = [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:9090",
            "localhost:",
            "::1",
            "localhost:9090:1",
            "user@localhost",
            "127.0.0.2",
            "[::1",
            "localhost:evil",
        ];
        for host in foreign {
            assert_eq!(gate.host(Some(host)), Err(Refusal::ForeignHost), "{host}");
        }
        assert_eq!(gate.host(None), Err(Refusal::ForeignHost));
    }

    #[test]
    fn elsewhere_any_host_will_do_but_a_token_is_wanted() {
        let gate = gate("0.0.0.0:9090", Some("right"));
        assert_eq!(gate.host(Some("sluice.example")), Ok(()));
        for shown in ["Bearer right", "bearer  right"] {
            assert_eq!(gate.token(Some(shown)), Ok(()), "{shown}");
        }
        for shown in [
            None,
            Some("Bearer wrong"),
            Some("Bearer"),
            Some("Bearer "),
            Some("Basic right"),
            Some("right"),
        ] {
            assert_eq!(gate.token(shown), Err(Refusal::WrongToken), "{shown:?}");
        }
    }

    #[test]
    fn without_a_token_loopback_is_open_and_the_rest_is_shut() {
        assert_eq!(gate("[::1]:1", None).token(None), Ok(()));
        assert_eq!(
            gate("[::1]:1", Some("right")).token(None),
            Err(Refusal::WrongToken)
        );
        let refusal = gate("10.0.0.1:1", None).token(Some("Bearer ")).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "no token is set: set SLUICE_SOME_TOKEN or SLUICE_SOME_TOKEN_FILE, or bind to loopback"
        );
    }
}
