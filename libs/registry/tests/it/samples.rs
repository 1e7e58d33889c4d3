//! Keys and certificates that look real and open nothing.

use base64::{Engine, prelude::BASE64_STANDARD};

/// Something between `BEGIN` and `END`.
pub(crate) fn pem(label: &str, bytes: &[u8]) -> String {
    let encoded = BASE64_STANDARD.encode(bytes);
    let lines = encoded.as_bytes().chunks(64);
    let lines: String = lines
        .map(|line| format!("{}\n", String::from_utf8_lossy(line)))
        .collect();
    format!("-----BEGIN {label}-----\n{lines}-----END {label}-----\n")
}

/// A private key without passphrase.
pub(crate) fn ssh_key() -> String {
    ssh_key_with("none")
}

/// A private key with that cipher.
pub(crate) fn ssh_key_with(cipher: &str) -> String {
    let mut key = b"openssh-key-v1\0".to_vec();
    key.extend((cipher.len() as u32).to_be_bytes());
    key.extend(cipher.as_bytes());
    key.extend([7; 300]);
    pem("OPENSSH PRIVATE KEY", &key)
}

/// A host key made of one byte.
pub(crate) fn host_key(byte: u8) -> String {
    let mut blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20".to_vec();
    blob.extend([byte; 32]);
    format!("ssh-ed25519 {}", BASE64_STANDARD.encode(blob))
}

/// A certificate made of one byte.
pub(crate) fn certificate(byte: u8) -> String {
    let mut der = vec![0x30, 0x82, 1, 0];
    der.resize(4 + 256, byte);
    pem("CERTIFICATE", &der)
}
