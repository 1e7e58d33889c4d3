//! From [`Unverified`] to [`Verified`]: every secret is tried, always all of them, in constant time.

use std::borrow::Cow;

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sluice_events::{
    Timestamp,
    v1::{SecretKind, Trust, Verification, VerificationMethod},
};
use subtle::{Choice, ConstantTimeEq};
use thiserror::Error;

use crate::{Evidence, HookSecret, Provider, RepeatedHeader, Unverified, Verified};

/// How far the clock of a signed timestamp may be off, in seconds. From the Standard Webhooks specification.
const CLOCK_SKEW_SECONDS: u64 = 300;

/// What counts as a proof right now.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// The time by which expiry is judged.
    pub now: Timestamp,
    /// Set once the endpoint has seen a signature: from then on nothing weaker is accepted.
    pub signatures_only: bool,
}

/// Why a delivery was not verified. For metrics and the attempts' record; the sender learns nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// It presents nothing that the endpoint accepts.
    #[error("no_proof")]
    NoProof,
    /// What it presents fits no secret.
    #[error("bad_proof")]
    BadProof,
    /// What it presents cannot be read: a wrong algorithm, a wrong length, a repeated header.
    #[error("malformed_proof")]
    MalformedProof,
    /// Its signed timestamp is too far from now.
    #[error("stale_timestamp")]
    StaleTimestamp,
    /// It presents a token where a signature was seen before.
    #[error("downgrade")]
    Downgrade,
}

impl From<RepeatedHeader> for Refusal {
    fn from(_: RepeatedHeader) -> Self {
        Refusal::MalformedProof
    }
}

impl<'a> Unverified<'a> {
    /// Judges the delivery's evidence against the endpoint's secrets.
    ///
    /// A delivery that carries a signature is judged by it and never by a token; an expired secret fits nothing.
    pub fn verify(
        self,
        provider: &dyn Provider,
        secrets: &[HookSecret],
        policy: Policy,
    ) -> Result<Verified<'a>, Refusal> {
        let judged = match provider.evidence(&self)? {
            Evidence::Hmac { digest, signed } => {
                let fits = |key: &[u8]| mac(key, &[&signed]).ct_eq(&digest);
                first_fitting(secrets, SecretKind::Hmac, policy, fits)
                    .map(|id| (VerificationMethod::HmacSha256, Trust::Signed, id))
            }
            Evidence::StandardWebhooks {
                id,
                timestamp,
                signatures,
            } => {
                let fits = |key: &[u8]| {
                    let expected = mac(
                        key,
                        &[id.as_bytes(), b".", timestamp.as_bytes(), b".", self.body],
                    );
                    signatures.iter().fold(Choice::from(0), |found, signature| {
                        found | expected.ct_eq(signature)
                    })
                };
                let found = first_fitting(secrets, SecretKind::Signing, policy, fits);
                // The signature first: an unsigned timestamp is nobody's word.
                if found.is_some() && !is_recent(timestamp, policy.now) {
                    return Err(Refusal::StaleTimestamp);
                }
                found.map(|id| (VerificationMethod::StandardWebhooks, Trust::Signed, id))
            }
            Evidence::Token(token) => {
                let fits = |key: &[u8]| same(key, token.as_bytes());
                first_fitting(secrets, SecretKind::Token, policy, fits)
                    .map(|id| (VerificationMethod::Token, Trust::Hint, id))
                    .or_else(|| self.weaker(secrets, policy))
            }
            Evidence::Nothing => match self.weaker(secrets, policy) {
                None if self.path_secret.is_none()
                    && self.headers.first("authorization").is_empty() =>
                {
                    return Err(Refusal::NoProof);
                }
                found => found,
            },
        };
        let (method, trust, secret_id) = judged.ok_or(Refusal::BadProof)?;
        if policy.signatures_only && trust != Trust::Signed {
            return Err(Refusal::Downgrade);
        }
        let payload = self.json().unwrap_or(Cow::Borrowed(&[]));
        let verification = Verification {
            method: method.into(),
            secret_id,
            trust: trust.into(),
        };
        Ok(Verified {
            request: self,
            payload,
            verification,
        })
    }

    /// What any host can send besides its own scheme: HTTP Basic authentication, or a secret in the URL.
    fn weaker(
        &self,
        secrets: &[HookSecret],
        policy: Policy,
    ) -> Option<(VerificationMethod, Trust, String)> {
        let basic = self
            .headers
            .single("authorization")
            .ok()
            .flatten()
            .and_then(|value| {
                let (scheme, encoded) = value.split_once(' ')?;
                scheme
                    .eq_ignore_ascii_case("basic")
                    .then(|| BASE64_STANDARD.decode(encoded.trim()).ok())?
            });
        let basic = first_fitting(secrets, SecretKind::Basic, policy, |key| {
            same(key, &basic.clone().unwrap_or_default())
        });
        let path = self.path_secret.unwrap_or_default().as_bytes();
        let path = first_fitting(secrets, SecretKind::Path, policy, |key| same(key, path));
        basic
            .map(|id| (VerificationMethod::Basic, Trust::Hint, id))
            .or_else(|| path.map(|id| (VerificationMethod::Path, Trust::Hint, id)))
    }
}

/// The id of the first secret of this kind that fits. Every secret costs the same, whichever fits.
fn first_fitting(
    secrets: &[HookSecret],
    kind: SecretKind,
    policy: Policy,
    fits: impl Fn(&[u8]) -> Choice,
) -> Option<String> {
    let mut found: Option<&HookSecret> = None;
    for secret in secrets.iter().filter(|secret| secret.kind == kind) {
        let expired = secret.accept_until.is_some_and(|until| until <= policy.now);
        if bool::from(fits(secret.key())) && !expired && found.is_none() {
            found = Some(secret);
        }
    }
    found.map(|secret| secret.id.clone())
}

/// Equality of secrets without telling where they differ or how long they are: their MACs under one key are compared.
fn same(secret: &[u8], presented: &[u8]) -> Choice {
    const KEY: &[u8] = b"sluice: equality of secrets";
    mac(KEY, &[secret]).ct_eq(&mac(KEY, &[presented]))
}

pub(crate) fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key)
        .unwrap_or_else(|_| unreachable!("any length is a key"));
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

fn is_recent(timestamp: &str, now: Timestamp) -> bool {
    timestamp
        .parse::<i64>()
        .is_ok_and(|seconds| seconds.abs_diff(now.seconds) <= CLOCK_SKEW_SECONDS)
}
