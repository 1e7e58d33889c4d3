//! Where a host takes Git over SSH, and the keys that it may show there.
//!
//! A key is never taken from the first connection (rule S34): whoever is on the way then would be believed for ever.

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{
    Problem,
    address::{Address, Scheme},
};

/// Most host keys. Hosts have one of each type, and two of them while they change.
const MAX_KEYS: usize = 16;

/// Types of host keys, and of how many parts each consists after its type.
const TYPES: [(&str, usize); 5] = [
    ("ssh-ed25519", 1),
    ("ecdsa-sha2-nistp256", 2),
    ("ecdsa-sha2-nistp384", 2),
    ("ecdsa-sha2-nistp521", 2),
    ("ssh-rsa", 2),
];

/// The address of SSH in its one spelling.
pub(super) fn checked_url(text: &str) -> Result<String, Problem> {
    let (place, like) = ("spec.sshUrl", "ssh://git@git.example.org:2222");
    let address = Address::parse(place, text, like)?;
    let wrong = |what: &str| Err(Problem::new(place, what, format!("write it like {like}")));
    if address.origin.scheme != Scheme::Ssh {
        return wrong("it is not an address of ssh");
    }
    if !address.path.is_empty() {
        return wrong("it has a path");
    }
    Ok(address.to_string())
}

/// The host keys in their one spelling: type and key, without a comment.
pub(super) fn checked_keys(lines: &[String]) -> Result<Vec<String>, Problem> {
    let problem = |place: String, what: &str, remedy: &str| Problem::new(place, what, remedy);
    if lines.len() > MAX_KEYS {
        let what = format!("there are more than {MAX_KEYS}");
        return Err(problem(
            "spec.sshHostKeys".into(),
            &what,
            "keep those that the host shows",
        ));
    }
    let key = |(index, line): (usize, &String)| {
        checked_key(line).ok_or_else(|| {
            problem(
                format!("spec.sshHostKeys[{index}]"),
                "it is not a public host key",
                "write its type and base64, like `ssh-ed25519 AAAAC3Nz…`, without the host's name before it",
            )
        })
    };
    lines.iter().enumerate().map(key).collect()
}

fn checked_key(line: &str) -> Option<String> {
    if line.contains(char::is_control) {
        return None;
    }
    let mut words = line.split_ascii_whitespace();
    let (kind, encoded) = (words.next()?, words.next()?);
    let (_, parts) = TYPES.into_iter().find(|(known, _)| *known == kind)?;
    let blob = BASE64_STANDARD.decode(encoded).ok()?;
    let mut found = fields(&blob)?.into_iter();
    let is_type = found.next() == Some(kind.as_bytes());
    let keys: Vec<_> = found.collect();
    let fits = is_type
        && keys.len() == parts
        && keys.iter().all(|key| !key.is_empty())
        && match kind.strip_prefix("ecdsa-sha2-") {
            Some(curve) => keys.first() == Some(&curve.as_bytes()),
            None => kind != "ssh-ed25519" || keys.first().is_some_and(|key| key.len() == 32),
        };
    fits.then(|| format!("{kind} {encoded}"))
}

/// The parts of a key, each behind its length (RFC 4251).
fn fields(mut blob: &[u8]) -> Option<Vec<&[u8]>> {
    let mut fields = Vec::new();
    while !blob.is_empty() {
        let (length, rest) = blob.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (field, rest) = rest.split_at_checked(length)?;
        fields.push(field);
        blob = rest;
    }
    Some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(kind: &str, parts: &[&[u8]]) -> String {
        let mut blob = Vec::new();
        for part in [kind.as_bytes()].iter().chain(parts) {
            blob.extend((part.len() as u32).to_be_bytes());
            blob.extend(*part);
        }
        format!("{kind} {}", BASE64_STANDARD.encode(blob))
    }

    #[test]
    fn s34_a_host_key_is_a_type_and_a_key_of_that_type() {
        for good in [
            line("ssh-ed25519", &[&[7; 32]]),
            line("ecdsa-sha2-nistp256", &[b"nistp256", &[4; 65]]),
            line("ssh-rsa", &[&[1, 0, 1], &[9; 257]]),
        ] {
            assert_eq!(checked_key(&good), Some(good.clone()));
            let commented = format!("  {good}   root@host ");
            assert_eq!(checked_key(&commented), Some(good));
        }
        let ed25519 = line("ssh-ed25519", &[&[7; 32]]);
        let encoded = ed25519.split(' ').nth(1).unwrap();
        for bad in [
            "".to_owned(),
            encoded.to_owned(),
            format!("git.corp {ed25519}"),
            format!("ssh-rsa {encoded}"),
            format!("ssh-ed25519 {}", encoded.replace('A', "!")),
            format!("ssh-ed25519\n{encoded}"),
            line("ssh-ed25519", &[&[7; 31]]),
            line("ssh-ed25519", &[&[7; 32], b"more"]),
            line("ssh-dss", &[&[7; 32]]),
            line("ssh-rsa", &[&[1, 0, 1]]),
            line("ecdsa-sha2-nistp256", &[b"nistp384", &[4; 65]]),
            format!("@cert-authority {ed25519}"),
            "ssh-ed25519 AAAA".to_owned(),
        ] {
            assert_eq!(checked_key(&bad), None, "{bad}");
        }
        assert!(checked_keys(&vec![ed25519; MAX_KEYS + 1]).is_err());
    }

    #[test]
    fn an_address_of_ssh_has_no_path() {
        assert_eq!(
            checked_url("ssh://git@Git.Corp:2222/").as_deref(),
            Ok("ssh://git@git.corp:2222")
        );
        for bad in [
            "https://git.corp",
            "ssh://git.corp/a",
            "git@git.corp",
            "ssh://git.corp?a",
        ] {
            let said = checked_url(bad).unwrap_err().to_string();
            assert!(said.starts_with("spec.sshUrl: it"), "{said}");
        }
    }
}
