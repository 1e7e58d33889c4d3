//! Forgejo: being written.

use sluice_events::v1::SecretKind;

use crate::{
    Evidence, Headers, HookSecret, NotUnderstood, Observation, Provider, Refusal, Sample,
    SampleError, SampleSpec, Unverified, Verified,
};

/// The provider `forgejo`.
pub(crate) struct Forgejo;

impl Provider for Forgejo {
    fn name(&self) -> &'static str {
        "forgejo"
    }
    fn secret_kinds(&self) -> &'static [SecretKind] {
        &[]
    }
    fn recorded_headers(&self) -> &'static [&'static str] {
        &[]
    }
    fn evidence<'a>(&self, _: &Unverified<'a>) -> Result<Evidence<'a>, Refusal> {
        Ok(Evidence::Nothing)
    }
    fn delivery_id(&self, _: &Headers<'_>) -> String {
        String::new()
    }
    fn normalize(&self, _: &Verified<'_>) -> Result<Observation, NotUnderstood> {
        Err(NotUnderstood {
            kind: String::new(),
            problem: String::new(),
        })
    }
    fn deletions_name_before(&self) -> bool {
        true
    }
    fn sample(&self, _: &str, _: &SampleSpec) -> Option<Sample> {
        None
    }
    fn sample_events(&self) -> &'static [&'static str] {
        &[]
    }
    fn sign(&self, _: &mut Sample, secret: &HookSecret) -> Result<(), SampleError> {
        Err(SampleError::Kind("forgejo", secret.kind))
    }
}
