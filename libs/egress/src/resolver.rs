//! The policy as an HTTP client takes it.

use std::net::{IpAddr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::{EgressError, Policy, judge, resolve};

/// Resolves names for an HTTP client, so that each of its connections goes to an address that was judged.
///
/// An address that stands in a URL itself is never asked for: [`Resolver::admit`] judges it beforehand.
#[derive(Debug, Clone, Copy)]
pub struct Resolver {
    policy: Policy,
    only_here: bool,
}

impl Resolver {
    /// By this policy.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            only_here: false,
        }
    }

    /// Leaves out all but this machine's own addresses: for what is sent without encryption.
    #[must_use]
    pub fn only_this_machine(self) -> Self {
        Self {
            only_here: true,
            ..self
        }
    }

    /// Judges the host of a URL as far as it is an address, with or without brackets; a name passes.
    ///
    /// # Errors
    /// If it is an address that may not be connected to.
    pub fn admit(&self, host: &str) -> Result<(), EgressError> {
        match host.trim_matches(['[', ']']).parse() {
            Ok(ip) => self.judge(host, ip),
            Err(_) => Ok(()),
        }
    }

    fn judge(&self, host: &str, ip: IpAddr) -> Result<(), EgressError> {
        let refused = |what| EgressError::Refused {
            host: host.to_owned(),
            ip,
            what,
        };
        judge(ip, self.policy).map_err(refused)?;
        match self.only_here && !ip.is_loopback() {
            true => Err(EgressError::Elsewhere {
                host: host.to_owned(),
                ip,
            }),
            false => Ok(()),
        }
    }

    async fn addresses(self, host: String) -> Result<Vec<SocketAddr>, EgressError> {
        // The client puts the port of its URL in the place of 0.
        let found = resolve(&host, 0, self.policy).await?;
        for address in &found {
            self.judge(&host, address.ip())?;
        }
        Ok(found)
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (resolver, host) = (*self, name.as_str().to_owned());
        Box::pin(async move {
            let found = resolver.addresses(host).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolver(private: bool, loopback: bool) -> Resolver {
        Resolver::new(Policy { private, loopback })
    }

    #[test]
    fn an_address_in_a_url_is_judged_with_and_without_brackets() {
        for host in ["127.0.0.1", "[::1]", "::1", "169.254.169.254", "[fe80::1]"] {
            assert!(resolver(true, false).admit(host).is_err(), "{host}");
        }
        for host in ["10.0.0.1", "[fd12::1]", "1.1.1.1", "git.example"] {
            assert!(resolver(true, false).admit(host).is_ok(), "{host}");
        }
    }

    #[tokio::test]
    async fn a_client_is_not_given_what_the_policy_refuses() {
        let asked = || "localhost".parse::<Name>().unwrap();
        assert!(resolver(true, false).resolve(asked()).await.is_err());
        let found = resolver(false, true).resolve(asked()).await.unwrap();
        assert!(found.into_iter().all(|address| address.ip().is_loopback()));
    }

    #[test]
    fn without_encryption_only_this_machine_is_spoken_to() {
        let here = resolver(true, true).only_this_machine();
        assert!(here.admit("127.0.0.1").is_ok());
        let said = here.admit("10.0.0.1").unwrap_err().to_string();
        assert!(said.contains("use https"), "{said}");
    }
}
