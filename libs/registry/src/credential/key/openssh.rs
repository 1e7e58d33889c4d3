//! OpenSSH's own form of private keys (its `PROTOCOL.key`): what is encrypted, the public half, and making one.

use base64::{Engine, prelude::BASE64_STANDARD};
use ring::signature::{Ed25519KeyPair, KeyPair};
use zeroize::Zeroizing;

use crate::{Plaintext, Problem, pem};

/// What the lines around it call it.
pub(super) const LABEL: &str = "OPENSSH PRIVATE KEY";

/// What it begins with; then come the cipher, how its key was derived, how many keys there are, and their public halves.
const MAGIC: &[u8] = b"openssh-key-v1\0";

const ED25519: &[u8] = b"ssh-ed25519";

/// Bytes of both halves of a key, and of the seed that it comes from.
const LENGTH: usize = 32;

/// What a key in this form says before it is decrypted.
pub(super) struct Outside<'k> {
    pub(super) encrypted: bool,
    public: Option<&'k [u8]>,
}

impl<'k> Outside<'k> {
    /// Reads it. `None`: it is no such key.
    pub(super) fn read(key: &'k [u8]) -> Option<Self> {
        let (cipher, rest) = string(key.strip_prefix(MAGIC)?)?;
        Some(Self {
            encrypted: cipher != b"none",
            public: first_public(rest),
        })
    }

    /// The public half as a line of `authorized_keys`, without a comment.
    pub(super) fn public(&self) -> Option<String> {
        let public = self.public?;
        let (kind, _) = string(public)?;
        let kind = std::str::from_utf8(kind).ok()?;
        // Whoever gave the key chose it, and it is shown as one word.
        let plain = kind.bytes().all(|byte| byte.is_ascii_graphic());
        plain.then(|| format!("{kind} {}", BASE64_STANDARD.encode(public)))
    }
}

/// The public half of the first key, in what comes after the cipher.
fn first_public(rest: &[u8]) -> Option<&[u8]> {
    let (_derivation, rest) = string(rest)?;
    let (_options, rest) = string(rest)?;
    let (_number, rest) = rest.split_at_checked(4)?;
    Some(string(rest)?.0)
}

/// A string behind its length, and what comes after it.
fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

/// A new Ed25519 key, without passphrase.
pub(super) fn new() -> Result<Plaintext, Problem> {
    let mut seed = Zeroizing::new([0_u8; LENGTH]);
    let failed = |what: String| Problem::new("generate", what, "try again");
    getrandom::fill(&mut *seed)
        .map_err(|error| failed(format!("there is no randomness: {error}")))?;
    let pair = Ed25519KeyPair::from_seed_unchecked(&*seed);
    let pair = pair.map_err(|error| failed(format!("no key can be made: {error}")))?;
    Ok(written(&seed, pair.public_key().as_ref()))
}

/// In its form. The room is made at once: a buffer that grows leaves copies behind.
fn written(seed: &[u8; LENGTH], public: &[u8]) -> Plaintext {
    let mut public_half = Vec::new();
    put(&mut public_half, ED25519);
    put(&mut public_half, public);
    let mut inside = Zeroizing::new(Vec::with_capacity(256));
    // Twice the same number tells whoever decrypts that it went well. Nothing is encrypted here.
    inside.extend([0; 8]);
    inside.extend(&public_half);
    put(&mut inside, &Zeroizing::new([seed, public].concat()));
    put(&mut inside, b"sluice");
    let padding = inside.len().next_multiple_of(8) - inside.len();
    inside.extend((1..=7_u8).take(padding));
    let mut key = Zeroizing::new(Vec::with_capacity(512));
    key.extend(MAGIC);
    put(&mut key, b"none");
    put(&mut key, b"none");
    put(&mut key, b"");
    key.extend(1_u32.to_be_bytes());
    put(&mut key, &public_half);
    put(&mut key, &inside);
    pem::encode_secret(LABEL, &key)
}

/// Behind its length.
fn put(to: &mut Vec<u8>, bytes: &[u8]) {
    to.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    to.extend(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k1_a_key_is_made_anew_each_time_and_tells_its_public_half() {
        let keys = [new().unwrap(), new().unwrap()];
        assert_ne!(keys[0].expose(), keys[1].expose());
        for key in keys {
            let text = String::from_utf8(key.expose().to_vec()).unwrap();
            let blocks = pem::blocks(&text).unwrap();
            let outside = Outside::read(&blocks[0].bytes).unwrap();
            assert!(!outside.encrypted);
            let public = outside.public().unwrap();
            assert!(
                public.starts_with("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"),
                "{public}"
            );
            assert_eq!(public.len(), 80);
            assert!(text.lines().all(|line| line.len() <= 70), "{text}");
        }
    }

    #[test]
    fn what_is_cut_short_is_none() {
        let key = new().unwrap();
        let text = String::from_utf8(key.expose().to_vec()).unwrap();
        let whole = &pem::blocks(&text).unwrap()[0].bytes;
        let outside = MAGIC.len() + 4 + 4 + 4 + 4 + 4 + 4 + 4 + 51;
        let public = |length: usize| Outside::read(&whole[..length])?.public();
        assert!((0..outside).all(|length| public(length).is_none()));
        assert!(public(outside).is_some());
    }
}
