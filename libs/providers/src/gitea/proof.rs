//! What a delivery presents as its proof, and the same made for samples.

use std::borrow::Cow;

use sluice_events::Timestamp;

use super::Dialect;
use crate::{
    Evidence, HookSecret, Refusal, Sample, SampleError, SecretKind, Unverified, verify::mac,
};

/// The signature, if there is one; else the literal `Authorization` that the hook was given.
///
/// `X-Hub-Signature-256` says the same as the host's own header and is not read.
pub(super) fn evidence<'a>(
    dialect: &Dialect,
    delivery: &Unverified<'a>,
) -> Result<Evidence<'a>, Refusal> {
    for &name in dialect.signature {
        // Empty where the hook has no secret.
        let signature = delivery.headers.single(name)?.unwrap_or_default();
        if !signature.is_empty() {
            return Ok(Evidence::Hmac {
                digest: digest(signature).ok_or(Refusal::MalformedProof)?,
                signed: delivery.json().ok_or(Refusal::MalformedProof)?,
            });
        }
    }
    let authorization = delivery.headers.single("authorization")?;
    Ok(authorization
        .filter(|value| !value.is_empty() && !is_basic(value))
        .map_or(Evidence::Nothing, Evidence::Token))
}

fn digest(signature: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    let lower = !signature.bytes().any(|byte| byte.is_ascii_uppercase());
    (lower && hex::decode_to_slice(signature, &mut digest).is_ok()).then_some(digest)
}

fn is_basic(authorization: &str) -> bool {
    let scheme = authorization.split(' ').next().unwrap_or_default();
    scheme.eq_ignore_ascii_case("basic")
}

/// Signs as the host does.
pub(super) fn sign(
    dialect: &Dialect,
    sample: &mut Sample,
    secret: &HookSecret,
) -> Result<(), SampleError> {
    match secret.kind {
        SecretKind::Hmac => {
            let signature = hex::encode(mac(secret.key(), &[&signed(sample)]));
            for &name in dialect.signature {
                sample.set(name, signature.clone());
            }
            Ok(())
        }
        SecretKind::Token => {
            let literal = String::from_utf8_lossy(secret.key());
            sample.set("authorization", literal);
            Ok(())
        }
        _ => sample.sign_weakly(dialect.name, secret),
    }
}

/// The JSON of a sample: its body, or the `payload` of a form.
fn signed(sample: &Sample) -> Cow<'_, [u8]> {
    let headers = sample.headers.iter();
    let request = Unverified {
        headers: headers
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect(),
        body: &sample.body,
        path_secret: None,
        received_at: Timestamp::default(),
    };
    request.json().unwrap_or_default()
}
