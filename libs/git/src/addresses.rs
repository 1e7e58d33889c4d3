//! Where a connection may go (rule S10): names are resolved and judged here, and the child connects to what passed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::{GitError, location::Origin, problem};

/// What is allowed besides public addresses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    /// Private networks: the host's record says so.
    pub(crate) private: bool,
    /// This machine: a setting of tests and demos.
    pub(crate) loopback: bool,
}

/// The addresses of a host that may be connected to.
pub(crate) async fn resolve(origin: &Origin, policy: Policy) -> Result<Vec<SocketAddr>, GitError> {
    let host = origin.host.trim_matches(['[', ']']);
    let found = tokio::net::lookup_host((host, origin.port)).await;
    let found = found
        .map_err(|error| problem!(Network, "the name `{host}` cannot be resolved: {error}"))?;
    let (mut allowed, mut refused) = (Vec::new(), None);
    for address in found {
        match judge(address.ip(), policy) {
            Ok(()) if !allowed.contains(&address) => allowed.push(address),
            Ok(()) => {}
            Err(why) => refused = Some((address.ip(), why)),
        }
    }
    match (allowed.is_empty(), refused) {
        (false, _) => Ok(allowed),
        (true, Some((ip, why))) => Err(problem!(Address, "`{host}` is at {ip}, {why}")),
        (true, None) => Err(problem!(Network, "the name `{host}` has no address")),
    }
}

/// Whether it may be connected to, and if not why.
pub(crate) fn judge(ip: IpAddr, policy: Policy) -> Result<(), &'static str> {
    match kind(ip) {
        Kind::Public => Ok(()),
        Kind::Private if policy.private => Ok(()),
        Kind::Private => Err("a private address, which the host's record does not allow"),
        Kind::Loopback if policy.loopback => Ok(()),
        Kind::Loopback => {
            Err("this machine itself, which is not allowed without the setting local-repositories")
        }
        Kind::Never => Err("an address that is never fetched from"),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Public,
    Private,
    Loopback,
    /// Link-local, where clouds tell secrets to whoever asks; multicast; what stands for no address.
    Never,
}

fn kind(ip: IpAddr) -> Kind {
    match ip {
        IpAddr::V4(four) => kind_of_four(four),
        IpAddr::V6(six) => kind_of_six(six),
    }
}

/// IANA's registry of special addresses (RFC 6890 and its successors).
fn kind_of_four(ip: Ipv4Addr) -> Kind {
    match ip.octets() {
        [127, ..] => Kind::Loopback,
        // Alibaba Cloud's metadata, amid addresses that carriers share.
        [0 | 224..=255, ..] | [169, 254, ..] | [100, 100, 100, 200] => Kind::Never,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Kind::Private,
        // For protocols, for documentation, for benchmarks.
        [192, 0, 0 | 2, _] | [198, 18..=19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => {
            Kind::Private
        }
        _ => Kind::Public,
    }
}

fn kind_of_six(ip: Ipv6Addr) -> Kind {
    let segments = ip.segments();
    let four = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        kind_of_four(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        [0, 0, 0, 0, 0, 0, 0, 1] => Kind::Loopback,
        // An IPv4 address in other clothes: mapped, translated (NAT64), 6to4.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            four(high, low)
        }
        [0x2002, high, low, ..] => four(high, low),
        // Unspecified and the old form of mapped ones; Teredo; AWS' metadata.
        [0, 0, 0, 0, 0, 0, _, _] | [0x2001, 0, ..] | [0xfd00, 0xec2, ..] => Kind::Never,
        // Link-local, multicast; NAT64 by rules of somebody's own.
        [0xfe80..=0xfebf, ..] | [0xff00..=0xffff, ..] | [0x64, 0xff9b, 1, ..] => Kind::Never,
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] | [0x2001, 0xdb8, ..] => Kind::Private,
        _ => Kind::Public,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_special_address_is_known_in_all_its_clothes() {
        for (kind_, addresses) in [
            (
                Kind::Public,
                &[
                    "1.1.1.1",
                    "172.32.0.1",
                    "100.128.0.1",
                    "169.253.0.1",
                    "2606:4700::1",
                    "::ffff:1.1.1.1",
                ][..],
            ),
            (
                Kind::Loopback,
                &[
                    "127.0.0.1",
                    "127.9.9.9",
                    "::1",
                    "::ffff:127.0.0.1",
                    "64:ff9b::127.0.0.1",
                    "2002:7f00:1::",
                ],
            ),
            (
                Kind::Private,
                &[
                    "10.0.0.1",
                    "172.16.0.1",
                    "172.31.255.255",
                    "192.168.1.1",
                    "100.64.0.1",
                    "::ffff:10.0.0.1",
                    "fc00::1",
                    "fd12::1",
                    "fec0::1",
                    "64:ff9b::192.168.0.1",
                    "192.0.2.1",
                    "198.18.0.1",
                ],
            ),
            (
                Kind::Never,
                &[
                    "0.0.0.0",
                    "0.1.2.3",
                    "169.254.169.254",
                    "224.0.0.1",
                    "255.255.255.255",
                    "240.0.0.1",
                    "::",
                    "fe80::1",
                    "ff02::1",
                    "::ffff:169.254.169.254",
                    "64:ff9b::169.254.169.254",
                    "2002:a9fe:a9fe::",
                    "::127.0.0.1",
                    "100.100.100.200",
                    "fd00:ec2::254",
                    "2001::1",
                ],
            ),
        ] {
            for address in addresses {
                assert_eq!(kind(address.parse().unwrap()), kind_, "{address}");
            }
        }
    }

    #[test]
    fn what_is_allowed_opens_that_and_nothing_else() {
        let allowed = |address: &str, private, loopback| {
            judge(address.parse().unwrap(), Policy { private, loopback }).is_ok()
        };
        assert!(allowed("10.0.0.1", true, false) && !allowed("10.0.0.1", false, true));
        assert!(allowed("127.0.0.1", false, true) && !allowed("127.0.0.1", true, false));
        assert!(!allowed("169.254.169.254", true, true));
    }

    #[tokio::test]
    async fn a_name_that_leads_here_is_refused() {
        let origin = Origin {
            scheme: crate::job::Scheme::Https,
            host: "localhost".into(),
            port: 443,
        };
        let policy = Policy {
            private: true,
            loopback: false,
        };
        let error = resolve(&origin, policy).await.unwrap_err();
        assert_eq!(error.problem, crate::GitProblem::Address, "{error}");
        let policy = Policy {
            private: false,
            loopback: true,
        };
        assert!(!resolve(&origin, policy).await.unwrap().is_empty());
    }
}
