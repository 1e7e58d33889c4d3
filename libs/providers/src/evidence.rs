//! What a delivery presents as its proof.

use std::borrow::Cow;

/// The proof that a delivery claims, as its provider found it. Nothing is judged yet.
#[derive(Debug)]
pub enum Evidence<'a> {
    /// An HMAC-SHA256 and the bytes that it is said to cover.
    Hmac {
        /// The 32 bytes of the digest.
        digest: [u8; 32],
        /// What was signed: the raw body, or at some hosts the JSON inside a form.
        signed: Cow<'a, [u8]>,
    },
    /// Standard Webhooks: HMAC-SHA256 over id, timestamp and body.
    StandardWebhooks {
        /// The message id, without dots.
        id: &'a str,
        /// Seconds since 1970, as they stand in the header.
        timestamp: &'a str,
        /// The `v1` signatures, of which one must fit.
        signatures: Vec<[u8; 32]>,
    },
    /// A secret in a header, as it is.
    Token(&'a str),
    /// Nothing of its own: whatever the URL or `Authorization` carries counts.
    Nothing,
}
