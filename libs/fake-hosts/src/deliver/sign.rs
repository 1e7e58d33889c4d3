//! Signatures of webhooks.

use base64::{Engine, prelude::BASE64_STANDARD};
use ring::hmac;

/// HMAC-SHA256 in hexadecimal.
pub(crate) fn hmac_sha256(secret: &str, signed: &[u8]) -> String {
    hexadecimal(hmac::HMAC_SHA256, secret, signed)
}

/// HMAC-SHA1 in hexadecimal.
pub(crate) fn hmac_sha1(secret: &str, signed: &[u8]) -> String {
    hexadecimal(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret, signed)
}

fn hexadecimal(algorithm: hmac::Algorithm, secret: &str, signed: &[u8]) -> String {
    let key = hmac::Key::new(algorithm, secret.as_bytes());
    hex::encode(hmac::sign(&key, signed))
}

/// `v1,…` of Standard Webhooks, by a key of the form `whsec_…`.
pub(crate) fn standard_webhooks(key: &str, id: &str, timestamp: &str, body: &[u8]) -> String {
    let encoded = key.strip_prefix("whsec_").unwrap_or(key);
    let key = BASE64_STANDARD.decode(encoded).unwrap_or_default();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat();
    format!("v1,{}", BASE64_STANDARD.encode(hmac::sign(&key, &signed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_the_published_ones() {
        assert_eq!(
            hmac_sha256("It's a Secret to Everybody", b"Hello, World!"),
            "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        );
        let body = br#"{"email":"test@example.com","username":"test_user"}"#;
        let key = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
        assert_eq!(
            standard_webhooks(key, "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", "1649367553", body),
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="
        );
    }
}
