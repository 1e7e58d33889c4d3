//! What a delivery presents as its proof, and the same made for samples.

use std::borrow::Cow;

use crate::{
    Evidence, HookSecret, Refusal, Sample, SampleError, SecretKind, Unverified, verify::mac,
};

const SIGNATURE: &str = "x-hub-signature-256";
const SHA1_SIGNATURE: &str = "x-hub-signature";

/// The SHA-256 signature. A delivery with only the SHA-1 one is refused: it claims a signature, and that one is no proof.
pub(super) fn evidence<'a>(delivery: &Unverified<'a>) -> Result<Evidence<'a>, Refusal> {
    let Some(signature) = delivery.headers.single(SIGNATURE)? else {
        return match delivery.headers.single(SHA1_SIGNATURE)? {
            Some(_) => Err(Refusal::MalformedProof),
            None => Ok(Evidence::Nothing),
        };
    };
    Ok(Evidence::Hmac {
        digest: digest(signature).ok_or(Refusal::MalformedProof)?,
        signed: Cow::Borrowed(delivery.body),
    })
}

fn digest(signature: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    hex::decode_to_slice(signature.strip_prefix("sha256=")?, &mut digest).ok()?;
    Some(digest)
}

/// Signs as the host does.
pub(super) fn sign(sample: &mut Sample, secret: &HookSecret) -> Result<(), SampleError> {
    match secret.kind {
        SecretKind::Hmac => {
            let digest = hex::encode(mac(secret.key(), &[&sample.body]));
            sample.set(SIGNATURE, format!("sha256={digest}"));
            Ok(())
        }
        _ => sample.sign_weakly(super::NAME, secret),
    }
}
