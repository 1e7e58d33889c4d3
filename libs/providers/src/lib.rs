//! Git hosts: how each proves itself, and what its deliveries say.
//!
//! Pure: bytes in, data out. One folder per host, one line per host in [`PROVIDERS`]. The way of a delivery through
//! this crate is one of types: an [`Unverified`] request becomes a [`Verified`] delivery by [`Unverified::verify`]
//! alone, and only a verified one can be read as an [`Observation`] by [`Provider::normalize`].

mod became;
mod commit;
mod delivery;
mod evidence;
mod fact;
mod forgejo;
mod form;
mod gitea;
mod github;
mod gitlab;
mod headers;
mod observation;
mod read;
mod sample;
mod secret;
mod time;
mod verify;
mod wire;

pub use delivery::{Unverified, Verified};
pub use evidence::Evidence;
pub use fact::fact_of;
pub use headers::{Headers, RepeatedHeader};
pub use observation::{
    Happening, NotUnderstood, Observation, ObservedRepository, bounded, clipped, first_line,
    object_id,
};
pub use sample::{Sample, SampleError, SampleSpec, sample};
pub use secret::{HookSecret, SecretError};
pub use sluice_events::v1::SecretKind;
pub use verify::{Policy, Refusal, pretend};

/// Every kind of Git host software that Sluice takes deliveries from.
pub const PROVIDERS: &[&dyn Provider] = &[
    &github::GitHub,
    &gitlab::GitLab,
    &gitea::GITEA,
    &forgejo::FORGEJO,
];

/// The provider of that name, such as `github`.
pub fn provider(name: &str) -> Option<&'static dyn Provider> {
    PROVIDERS
        .iter()
        .copied()
        .find(|provider| provider.name() == name)
}

/// One kind of Git host software.
pub trait Provider: Sync {
    /// Its name in the registry and in events: `github`.
    fn name(&self) -> &'static str;

    /// The kinds of secret by which its deliveries can be verified.
    fn secret_kinds(&self) -> &'static [SecretKind];

    /// The headers that may leave the gateway, in lower case. None of them ever carries a secret.
    fn recorded_headers(&self) -> &'static [&'static str];

    /// What a delivery presents as its proof. Reads headers and, for schemes that sign a part of the body, that part
    /// through one bounded function; judges nothing.
    fn evidence<'a>(&self, delivery: &Unverified<'a>) -> Result<Evidence<'a>, Refusal>;

    /// The host's own id of the delivery. Empty where it sends none.
    fn delivery_id(&self, headers: &Headers<'_>) -> String;

    /// What a verified delivery says.
    fn normalize(&self, delivery: &Verified<'_>) -> Result<Observation, NotUnderstood>;

    /// Whether every witness of a ref's deletion names the object that it pointed to. Where one does not, the fact of
    /// a deletion leaves it out, so that all of them tell the same fact.
    fn deletions_name_before(&self) -> bool;

    /// A delivery as the host would send it, unsigned, for trying things out. `None`: there is no such sample.
    fn sample(&self, event: &str, spec: &SampleSpec) -> Option<Sample>;

    /// The events that [`Provider::sample`] knows.
    fn sample_events(&self) -> &'static [&'static str];

    /// Signs a sample with a secret as the host signs its deliveries.
    fn sign(&self, sample: &mut Sample, secret: &HookSecret) -> Result<(), SampleError>;
}
