//! What a delivery presents as its proof, and the same made for samples.

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{
    Evidence, HookSecret, Refusal, Sample, SampleError, SecretKind, Unverified, verify::mac,
};

const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";
const TOKEN: &str = "x-gitlab-token";

/// The signature if there is one, else the token.
pub(super) fn evidence<'a>(delivery: &Unverified<'a>) -> Result<Evidence<'a>, Refusal> {
    let headers = &delivery.headers;
    let Some(list) = headers.single(SIGNATURE)? else {
        let token = headers.single(TOKEN)?;
        return Ok(token.map_or(Evidence::Nothing, Evidence::Token));
    };
    let id = headers.single(ID)?.filter(|id| is_id(id));
    let timestamp = headers.single(TIMESTAMP)?.filter(|text| is_number(text));
    let signatures: Vec<_> = list
        .split_ascii_whitespace()
        .filter_map(signature)
        .collect();
    match (id, timestamp) {
        (Some(id), Some(timestamp)) if !signatures.is_empty() => Ok(Evidence::StandardWebhooks {
            id,
            timestamp,
            signatures,
        }),
        _ => Err(Refusal::MalformedProof),
    }
}

/// Dots separate the parts of what is signed: an id with one could take a part of the timestamp's place.
fn is_id(id: &str) -> bool {
    !id.is_empty() && !id.contains('.')
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// One of the list: `v1,` and padded base64. Other versions are other schemes and are passed over.
fn signature(entry: &str) -> Option<[u8; 32]> {
    let encoded = entry.strip_prefix("v1,")?;
    BASE64_STANDARD.decode(encoded).ok()?.try_into().ok()
}

/// Signs as the host does: the delivery's id and the timestamp are those that the sample has.
pub(super) fn sign(sample: &mut Sample, secret: &HookSecret) -> Result<(), SampleError> {
    match secret.kind {
        SecretKind::Signing => {
            let id = sample.header("idempotency-key").to_owned();
            let timestamp = sample.header(TIMESTAMP).to_owned();
            let signed = [
                id.as_bytes(),
                b".",
                timestamp.as_bytes(),
                b".",
                &sample.body,
            ];
            let signature = BASE64_STANDARD.encode(mac(secret.key(), &signed));
            sample.set(ID, id);
            sample.set(SIGNATURE, format!("v1,{signature}"));
            Ok(())
        }
        SecretKind::Token => {
            sample.set(TOKEN, String::from_utf8_lossy(secret.key()));
            Ok(())
        }
        _ => sample.sign_weakly(super::NAME, secret),
    }
}
