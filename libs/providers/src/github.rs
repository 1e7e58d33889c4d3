//! GitHub: github.com, Enterprise Server and Apps.
//!
//! Proof:  HMAC-SHA256 in `X-Hub-Signature-256` over the raw body, also where it is a form. The SHA-1 beside it never
//!         counts.
//! Kinds:  `X-GitHub-Event` decides. It is not signed, so the body must have the shape of the kind.
//! Refs:   `push` tells of everything; `create` and `delete` come beside it, without object ids, and are `other`.
//! Names:  `repository` tells what becomes of a repository, but for what an owner's new name does to it.
//! Silent: more than 3 tags or 5,000 branches in one push; bodies above 25 MB.

mod change;
mod changed;
mod normalize;
mod payload;
mod proof;
mod push;
mod repository;
mod sample;

use sluice_events::v1::SecretKind;

use crate::{
    Evidence, Headers, HookSecret, NotUnderstood, Observation, Provider, Refusal, Sample,
    SampleError, SampleSpec, Unverified, Verified, bounded,
};

/// The provider's name.
const NAME: &str = "github";

/// The provider `github`.
pub(crate) struct GitHub;

impl Provider for GitHub {
    fn name(&self) -> &'static str {
        NAME
    }

    fn secret_kinds(&self) -> &'static [SecretKind] {
        &[SecretKind::Hmac, SecretKind::Basic, SecretKind::Path]
    }

    fn recorded_headers(&self) -> &'static [&'static str] {
        &[
            "content-type",
            "user-agent",
            "x-github-delivery",
            "x-github-enterprise-host",
            "x-github-enterprise-version",
            "x-github-event",
            "x-github-hook-id",
            "x-github-hook-installation-target-id",
            "x-github-hook-installation-target-type",
        ]
    }

    fn evidence<'a>(&self, delivery: &Unverified<'a>) -> Result<Evidence<'a>, Refusal> {
        proof::evidence(delivery)
    }

    fn delivery_id(&self, headers: &Headers<'_>) -> String {
        bounded(headers.first("x-github-delivery"))
    }

    fn normalize(&self, delivery: &Verified<'_>) -> Result<Observation, NotUnderstood> {
        normalize::normalize(delivery)
    }

    /// A deleted branch or tag is pushed, with its last object as `before`.
    fn deletions_name_before(&self) -> bool {
        true
    }

    fn sample(&self, event: &str, spec: &SampleSpec) -> Option<Sample> {
        sample::sample(event, spec)
    }

    fn sample_events(&self) -> &'static [&'static str] {
        sample::EVENTS
    }

    fn sign(&self, sample: &mut Sample, secret: &HookSecret) -> Result<(), SampleError> {
        proof::sign(sample, secret)
    }
}
