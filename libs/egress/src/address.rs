//! Which addresses are special, and which of them a policy lets through.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What is allowed besides public addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Private networks: the host's record says so.
    pub private: bool,
    /// This machine: a start-up setting of tests and demos.
    pub loopback: bool,
}

/// What an address is, if it is not simply one of the internet's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Special {
    /// Of a private network, or kept for documentation, protocols and benchmarks.
    Private,
    /// This machine itself.
    Loopback,
    /// Link-local, where clouds tell secrets to whoever asks; multicast; what stands for no address.
    Never,
}

/// Whether it may be connected to.
///
/// # Errors
/// What it is, where the policy does not let that through.
pub fn judge(ip: IpAddr, policy: Policy) -> Result<(), Special> {
    match kind(ip) {
        Kind::Private if !policy.private => Err(Special::Private),
        Kind::Loopback if !policy.loopback => Err(Special::Loopback),
        Kind::Never => Err(Special::Never),
        Kind::Public | Kind::Private | Kind::Loopback => Ok(()),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Public,
    Private,
    Loopback,
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
}
