//! From a name to the addresses that may be connected to.

use std::net::{IpAddr, SocketAddr};

use thiserror::Error;

use crate::{Policy, Special, judge};

/// Why there is no address to connect to.
#[derive(Debug, Error)]
pub enum EgressError {
    /// The name leads nowhere, or whoever knows did not answer.
    #[error("the name `{host}` cannot be resolved: {source}")]
    Unresolved {
        /// The name.
        host: String,
        /// What the resolver said.
        source: std::io::Error,
    },
    /// The name is there and has no address.
    #[error("the name `{host}` has no address")]
    NoAddress {
        /// The name.
        host: String,
    },
    /// All its addresses are such that the policy does not let through.
    #[error("`{host}` is at {ip}, {}", refusal(.what))]
    Refused {
        /// The name, or the address as it was written.
        host: String,
        /// One of its addresses.
        ip: IpAddr,
        /// What that is.
        what: Special,
    },
    /// It is not this machine, and what is said there would not be encrypted.
    #[error(
        "`{host}` is at {ip}, and http is for this machine alone, since anyone on the way could read along; use https"
    )]
    Elsewhere {
        /// The name, or the address as it was written.
        host: String,
        /// One of its addresses.
        ip: IpAddr,
    },
}

fn refusal(what: &Special) -> &'static str {
    match what {
        Special::Private => "a private address, which the host's record does not allow",
        Special::Loopback => {
            "this machine itself, which is not allowed without a setting at the start"
        }
        Special::Never => "an address that nothing is ever sent to",
    }
}

/// The addresses of a host, a name or a literal address without brackets, that may be connected to.
///
/// # Errors
/// If it has no address that may be.
pub async fn resolve(
    host: &str,
    port: u16,
    policy: Policy,
) -> Result<Vec<SocketAddr>, EgressError> {
    let found = tokio::net::lookup_host((host, port)).await;
    let found = found.map_err(|source| EgressError::Unresolved {
        host: host.to_owned(),
        source,
    })?;
    allowed(host, found, policy)
}

fn allowed(
    host: &str,
    found: impl Iterator<Item = SocketAddr>,
    policy: Policy,
) -> Result<Vec<SocketAddr>, EgressError> {
    let host = || host.to_owned();
    let (mut allowed, mut refused) = (Vec::new(), None);
    for address in found {
        match judge(address.ip(), policy) {
            Ok(()) if !allowed.contains(&address) => allowed.push(address),
            Ok(()) => {}
            Err(what) => refused = Some((address.ip(), what)),
        }
    }
    match (allowed.is_empty(), refused) {
        (false, _) => Ok(allowed),
        (true, Some((ip, what))) => Err(EgressError::Refused {
            host: host(),
            ip,
            what,
        }),
        (true, None) => Err(EgressError::NoAddress { host: host() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING_MORE: Policy = Policy {
        private: false,
        loopback: false,
    };

    #[tokio::test]
    async fn a_name_that_leads_here_is_refused() {
        let private = Policy {
            private: true,
            ..NOTHING_MORE
        };
        let error = resolve("localhost", 443, private).await.unwrap_err();
        let here = matches!(
            error,
            EgressError::Refused {
                what: Special::Loopback,
                ..
            }
        );
        assert!(here, "{error}");
        let here = Policy {
            loopback: true,
            ..NOTHING_MORE
        };
        assert!(!resolve("localhost", 443, here).await.unwrap().is_empty());
    }

    #[test]
    fn of_several_addresses_those_that_may_be_are_taken_once() {
        let all = ["10.0.0.1:443", "1.1.1.1:443", "1.1.1.1:443", "[::1]:443"];
        let found = all.iter().map(|address| address.parse().unwrap());
        let allowed = allowed("git.example", found, NOTHING_MORE).unwrap();
        assert_eq!(allowed, ["1.1.1.1:443".parse().unwrap()]);
    }

    #[test]
    fn a_name_without_addresses_is_an_error() {
        let error = allowed("git.example", std::iter::empty(), NOTHING_MORE).unwrap_err();
        assert_eq!(error.to_string(), "the name `git.example` has no address");
    }
}
