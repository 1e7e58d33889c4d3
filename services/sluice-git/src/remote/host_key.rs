//! The host keys that a remote may show.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use sha2::{Digest, Sha256};
use sluice_git::{GitError, problem};

/// Registered host keys.
pub(super) struct HostKeys(Vec<(String, Vec<u8>)>);

impl HostKeys {
    /// Reads them, each like `ssh-ed25519 AAAA…`, with or without a comment.
    pub(super) fn of(lines: &[String]) -> Result<Self, GitError> {
        let mut keys = Vec::new();
        for line in lines {
            let mut words = line.split_whitespace();
            let (kind, key) = (
                words.next().unwrap_or_default(),
                words.next().unwrap_or_default(),
            );
            match STANDARD.decode(key) {
                Ok(key) if !key.is_empty() => keys.push((kind.to_owned(), key)),
                _ => {
                    return Err(problem!(
                        Identity,
                        "a registered SSH host key is not like `ssh-ed25519 AAAA…`"
                    ));
                }
            }
        }
        match keys.is_empty() {
            true => Err(problem!(
                Identity,
                "the host has no SSH host keys registered"
            )),
            false => Ok(Self(keys)),
        }
    }

    /// Their kinds that are supported, as they are agreed on with the other side. An RSA key goes under three names.
    pub(super) fn kinds(&self, supported: &[&str]) -> String {
        let mut kinds = Vec::new();
        for (kind, _) in &self.0 {
            let names = match kind.as_str() {
                "ssh-rsa" => ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"].as_slice(),
                kind => &[kind],
            };
            let names = names
                .iter()
                .filter_map(|name| supported.iter().find(|known| *known == name));
            for name in names {
                if !kinds.contains(name) {
                    kinds.push(*name);
                }
            }
        }
        kinds.join(",")
    }

    /// Whether the key that was shown is one of them.
    pub(super) fn check(&self, shown: Option<&[u8]>, host: &str) -> Result<(), GitError> {
        let shown = shown.ok_or_else(|| problem!(Identity, "{host} showed no host key"))?;
        if self.0.iter().any(|(_, key)| key == shown) {
            return Ok(());
        }
        let registered: Vec<_> = self.0.iter().map(|(_, key)| fingerprint(key)).collect();
        Err(problem!(
            Identity,
            "{host} shows the host key {}, and registered is {}; if the host changed its key, register the new one",
            fingerprint(shown),
            registered.join(", ")
        ))
    }
}

/// As `ssh-keygen -l` prints it.
fn fingerprint(key: &[u8]) -> String {
    format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(lines: &[&str]) -> Result<HostKeys, GitError> {
        HostKeys::of(&lines.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn only_a_registered_key_passes_and_both_are_shown() {
        let keys = keys(&["ssh-ed25519 YQ== comment", "ssh-rsa Yg=="]).unwrap();
        assert!(keys.check(Some(b"a"), "h").is_ok() && keys.check(Some(b"b"), "h").is_ok());
        assert!(keys.check(None, "h").is_err());
        let error = keys.check(Some(b"c"), "h").unwrap_err();
        assert_eq!(error.problem, sluice_git::GitProblem::Identity);
        // SHA-256 of `a` and of `c`.
        assert!(
            error
                .message
                .contains("SHA256:ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs"),
            "{error}"
        );
        assert!(
            error
                .message
                .contains("SHA256:Ln0sA6lQeuJl7PW1NWiFpTOTogKdJBOUmXJloaJa78Y"),
            "{error}"
        );
    }

    #[test]
    fn an_rsa_key_goes_under_three_names() {
        let keys = keys(&["ssh-rsa Yg==", "ssh-ed25519 YQ=="]).unwrap();
        assert_eq!(
            keys.kinds(&["ssh-ed25519", "rsa-sha2-256", "ssh-rsa"]),
            "rsa-sha2-256,ssh-rsa,ssh-ed25519"
        );
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert!(
            keys(&[]).is_err()
                && keys(&["ssh-ed25519"]).is_err()
                && keys(&["ssh-ed25519 !"]).is_err()
        );
    }
}
