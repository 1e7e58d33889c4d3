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
        let evidence = provider.evidence(&self)?;
        let (method, secret_id) = self.judge(&evidence, Accepted { secrets, policy })?;
        let trust = trust(method);
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

    /// The method by which a secret fits, and the secret's id.
    fn judge(
        &self,
        evidence: &Evidence<'_>,
        accepted: Accepted<'_>,
    ) -> Result<(VerificationMethod, String), Refusal> {
        let found = match evidence {
            Evidence::Hmac { digest, signed } => {
                let fits = |key: &[u8]| mac(key, &[signed]).ct_eq(digest);
                let found = accepted.first(SecretKind::Hmac, fits);
                found.map(|id| (VerificationMethod::HmacSha256, id))
            }
            Evidence::StandardWebhooks {
                id,
                timestamp,
                signatures,
            } => {
                let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b".", self.body];
                let found = accepted.first(SecretKind::Signing, |key| {
                    any_equal(&mac(key, &signed), signatures)
                });
                // The signature first: an unsigned timestamp is nobody's word.
                if found.is_some() && !is_recent(timestamp, accepted.policy.now) {
                    return Err(Refusal::StaleTimestamp);
                }
                found.map(|id| (VerificationMethod::StandardWebhooks, id))
            }
            Evidence::Token(token) => {
                let found = accepted.first(SecretKind::Token, |key| same(key, token.as_bytes()));
                let found = found.map(|id| (VerificationMethod::Token, id));
                found.or_else(|| self.weaker(accepted))
            }
            Evidence::Nothing if self.presents_nothing() => return Err(Refusal::NoProof),
            Evidence::Nothing => self.weaker(accepted),
        };
        found.ok_or(Refusal::BadProof)
    }

    fn presents_nothing(&self) -> bool {
        self.path_secret.is_none() && self.headers.first("authorization").is_empty()
    }

    /// What any host can send besides its own scheme: HTTP Basic authentication, or a secret in the URL.
    fn weaker(&self, accepted: Accepted<'_>) -> Option<(VerificationMethod, String)> {
        let credentials = self.basic_credentials().unwrap_or_default();
        let basic = accepted.first(SecretKind::Basic, |key| same(key, &credentials));
        let path = self.path_secret.unwrap_or_default().as_bytes();
        let path = accepted.first(SecretKind::Path, |key| same(key, path));
        let basic = basic.map(|id| (VerificationMethod::Basic, id));
        basic.or_else(|| path.map(|id| (VerificationMethod::Path, id)))
    }

    /// `user:password` of HTTP Basic authentication.
    fn basic_credentials(&self) -> Option<Vec<u8>> {
        let value = self.headers.single("authorization").ok()??;
        let (scheme, encoded) = value.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        BASE64_STANDARD.decode(encoded.trim()).ok()
    }
}

fn trust(method: VerificationMethod) -> Trust {
    match method {
        VerificationMethod::HmacSha256 | VerificationMethod::StandardWebhooks => Trust::Signed,
        _ => Trust::Hint,
    }
}

/// Does the work of a verification for a request that came to no endpoint, so that its answer takes as long.
pub fn pretend(body: &[u8]) {
    std::hint::black_box(mac(b"sluice: no endpoint", &[body]).ct_eq(&[0; 32]));
}

/// What the endpoint accepts.
#[derive(Clone, Copy)]
struct Accepted<'s> {
    secrets: &'s [HookSecret],
    policy: Policy,
}

impl Accepted<'_> {
    /// The id of the first secret of this kind that fits. Every secret costs the same, whichever fits.
    fn first(self, kind: SecretKind, fits: impl Fn(&[u8]) -> Choice) -> Option<String> {
        let mut found: Option<&HookSecret> = None;
        for secret in self.secrets.iter().filter(|secret| secret.kind == kind) {
            let expired = secret
                .accept_until
                .is_some_and(|until| until <= self.policy.now);
            if bool::from(fits(secret.key())) && !expired && found.is_none() {
                found = Some(secret);
            }
        }
        found.map(|secret| secret.id.clone())
    }
}

/// Whether one of several signatures is the expected one; all are compared.
fn any_equal(expected: &[u8; 32], signatures: &[[u8; 32]]) -> Choice {
    signatures.iter().fold(Choice::from(0), |found, signature| {
        found | expected.ct_eq(signature)
    })
}

/// Equality of secrets without telling where they differ or how long they are: their MACs under one key are compared.
fn same(secret: &[u8], presented: &[u8]) -> Choice {
    const KEY: &[u8] = b"sluice: equality of secrets";
    mac(KEY, &[secret]).ct_eq(&mac(KEY, &[presented]))
}

/// HMAC-SHA256 over the parts, one after the other.
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
