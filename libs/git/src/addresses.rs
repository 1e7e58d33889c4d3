//! Where a fetch may go: the policy of `sluice-egress`, in the words of Git.

use std::net::SocketAddr;

use sluice_egress::{EgressError, Policy, Special};

use crate::{GitError, location::Origin, problem};

/// The addresses of a host that may be connected to.
pub(crate) async fn resolve(origin: &Origin, policy: Policy) -> Result<Vec<SocketAddr>, GitError> {
    let host = origin.host.trim_matches(['[', ']']);
    let found = sluice_egress::resolve(host, origin.port, policy).await;
    found.map_err(in_words)
}

fn in_words(error: EgressError) -> GitError {
    match error {
        EgressError::Refused { host, ip, what } => {
            problem!(Address, "`{host}` is at {ip}, {}", refusal(what))
        }
        EgressError::Elsewhere { .. } => problem!(Address, "{error}"),
        EgressError::Unresolved { .. } | EgressError::NoAddress { .. } => {
            problem!(Network, "{error}")
        }
    }
}

fn refusal(what: Special) -> &'static str {
    match what {
        Special::Private => "a private address, which the host's record does not allow",
        Special::Loopback => {
            "this machine itself, which is not allowed without the setting local-repositories"
        }
        Special::Never => "an address that is never fetched from",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GitProblem, job::Scheme};

    #[tokio::test]
    async fn a_name_that_leads_here_is_refused_and_says_which_setting_allows_it() {
        let origin = Origin {
            scheme: Scheme::Https,
            host: "localhost".into(),
            port: 443,
        };
        let policy = Policy {
            private: true,
            loopback: false,
        };
        let error = resolve(&origin, policy).await.unwrap_err();
        assert_eq!(error.problem, GitProblem::Address, "{error}");
        assert!(error.message.contains("local-repositories"), "{error}");
    }

    #[tokio::test]
    async fn an_address_in_brackets_is_one() {
        let origin = Origin {
            scheme: Scheme::Https,
            host: "[::1]".into(),
            port: 443,
        };
        let policy = Policy {
            private: false,
            loopback: true,
        };
        let found = resolve(&origin, policy).await.unwrap();
        assert_eq!(found, ["[::1]:443".parse().unwrap()]);
    }
}
