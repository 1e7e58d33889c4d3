//! Gitea, and the wire that Forgejo shares with it.
//!
//! Proof:  HMAC-SHA256 in `X-Gitea-Signature` over the JSON, which a form post carries in its field `payload`. The
//!         header is there and empty where no secret is set. Besides: the literal `Authorization` of the hook.
//! Kinds:  `X-Gitea-Event`, coarse, decides; `X-Gitea-Event-Type`, exact, is recorded. Neither is signed, so the body
//!         must have the shape of the kind.
//! Refs:   `push` tells of moves, and of tags' creations and deletions; `create` and `delete`, with short names, tell
//!         of creations and deletions. Only `delete` tells of a deleted branch, and it does not name the old object.
//! Names:  `repository` tells of created and deleted ones, to hooks of organizations, users and the host.
//! Silent: repositories that are renamed, transferred, archived or shown to others, another default branch, refs outside branches and tags, tags of blobs and trees.

mod change;
mod changed;
mod create_delete;
mod normalize;
mod other;
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

/// Software that speaks this wire. Each name of a header is looked for in the order given.
pub(crate) struct Dialect {
    pub(crate) name: &'static str,
    pub(crate) signature: &'static [&'static str],
    pub(crate) event: &'static [&'static str],
    pub(crate) event_type: &'static [&'static str],
    pub(crate) delivery: &'static [&'static str],
    pub(crate) recorded: &'static [&'static str],
}

/// The provider `gitea`.
pub(crate) static GITEA: Dialect = Dialect {
    name: "gitea",
    signature: &["x-gitea-signature"],
    event: &["x-gitea-event"],
    event_type: &["x-gitea-event-type"],
    delivery: &["x-gitea-delivery"],
    recorded: &[
        "content-type",
        "user-agent",
        "x-gitea-delivery",
        "x-gitea-event",
        "x-gitea-event-type",
        "x-gitea-hook-installation-target-type",
    ],
};

impl Provider for Dialect {
    fn name(&self) -> &'static str {
        self.name
    }

    fn secret_kinds(&self) -> &'static [SecretKind] {
        &[
            SecretKind::Hmac,
            SecretKind::Token,
            SecretKind::Basic,
            SecretKind::Path,
        ]
    }

    fn recorded_headers(&self) -> &'static [&'static str] {
        self.recorded
    }

    fn evidence<'a>(&self, delivery: &Unverified<'a>) -> Result<Evidence<'a>, Refusal> {
        proof::evidence(self, delivery)
    }

    fn delivery_id(&self, headers: &Headers<'_>) -> String {
        bounded(first_of(self.delivery, headers))
    }

    fn normalize(&self, delivery: &Verified<'_>) -> Result<Observation, NotUnderstood> {
        normalize::normalize(self, delivery)
    }

    fn deletions_name_before(&self) -> bool {
        false
    }

    fn sample(&self, event: &str, spec: &SampleSpec) -> Option<Sample> {
        sample::sample(self, event, spec)
    }

    fn sample_events(&self) -> &'static [&'static str] {
        sample::EVENTS
    }

    fn sign(&self, sample: &mut Sample, secret: &HookSecret) -> Result<(), SampleError> {
        proof::sign(self, sample, secret)
    }
}

/// The first of these headers that says something.
fn first_of<'a>(names: &[&str], headers: &Headers<'a>) -> &'a str {
    names
        .iter()
        .map(|name| headers.first(name))
        .find(|value| !value.is_empty())
        .unwrap_or_default()
}
