//! GitLab: gitlab.com and installations of one's own.
//!
//! Proof:  Standard Webhooks in `webhook-signature` from version 19.0 on; the secret as it is in `X-Gitlab-Token`
//!         before. Where both come, the signature is judged.
//! Kinds:  the body's `object_kind` or `event_name` decides, and `X-Gitlab-Event` must not say otherwise; that of an
//!         instance's hooks says nothing. A hook with a template of its own sends anything, which is not understood.
//! Refs:   `push` and `tag_push` tell of everything; whether commits were taken off, nobody says.
//! Names:  hooks of groups and of the instance tell of new names and owners; those of projects do not.
//! Silent: more than 3 branches or tags in one push; what is above a namespace's rate.

mod change;
mod changed;
mod normalize;
mod payload;
mod project;
mod proof;
mod push;
mod sample;

use sluice_events::v1::SecretKind;

use crate::{
    Evidence, Headers, HookSecret, NotUnderstood, Observation, Provider, Refusal, Sample,
    SampleError, SampleSpec, Unverified, Verified, bounded,
};

/// The provider's name.
const NAME: &str = "gitlab";

/// The provider `gitlab`.
pub(crate) struct GitLab;

impl Provider for GitLab {
    fn name(&self) -> &'static str {
        NAME
    }

    fn secret_kinds(&self) -> &'static [SecretKind] {
        &[
            SecretKind::Signing,
            SecretKind::Token,
            SecretKind::Basic,
            SecretKind::Path,
        ]
    }

    fn recorded_headers(&self) -> &'static [&'static str] {
        &[
            "content-type",
            "idempotency-key",
            "user-agent",
            "webhook-id",
            "webhook-timestamp",
            "x-gitlab-event",
            "x-gitlab-event-uuid",
            "x-gitlab-instance",
            "x-gitlab-webhook-uuid",
        ]
    }

    fn evidence<'a>(&self, delivery: &Unverified<'a>) -> Result<Evidence<'a>, Refusal> {
        proof::evidence(delivery)
    }

    /// `X-Gitlab-Webhook-UUID` differs at each try and `X-Gitlab-Event-UUID` is shared by hooks: neither is the
    /// delivery's.
    fn delivery_id(&self, headers: &Headers<'_>) -> String {
        match headers.first("idempotency-key") {
            "" => bounded(headers.first("webhook-id")),
            key => bounded(key),
        }
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
