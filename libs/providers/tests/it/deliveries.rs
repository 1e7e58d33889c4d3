//! Samples, signed and turned into requests.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;
use sluice_events::Timestamp;
use sluice_providers::{
    Happening, Headers, HookSecret, NotUnderstood, Observation, Policy, Provider, Refusal, Sample,
    SampleSpec, SecretKind, Unverified, Verified, provider,
};

/// When everything here happens: 2026-11-21T08:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp {
    seconds: 1_795_248_000,
    nanos: 0,
};

/// Accepts whatever verifies.
pub(crate) const ANY: Policy = Policy {
    now: NOW,
    signatures_only: false,
};

pub(crate) fn spec() -> SampleSpec {
    SampleSpec {
        repository: "acme/web".into(),
        repository_id: 42,
        ref_name: "topic".into(),
        default_branch: "main".into(),
        before: "1a".repeat(20),
        after: "2b".repeat(20),
        number: 7,
        actor: "octocat".into(),
        delivery_id: "0f1e2d3c-0000-4000-8000-000000000001".into(),
        time: NOW,
        marked: true,
    }
}

/// A secret of that kind; another seed is another secret.
pub(crate) fn secret(kind: SecretKind, seed: u8) -> HookSecret {
    secret_until(kind, seed, None)
}

pub(crate) fn secret_until(kind: SecretKind, seed: u8, until: Option<Timestamp>) -> HookSecret {
    let value = match kind {
        SecretKind::Signing => format!("whsec_{}", BASE64_STANDARD.encode([seed; 32])),
        SecretKind::Basic => format!("sluice:password-{seed}"),
        _ => format!("0123456789abcdef012345-{seed}"),
    };
    HookSecret::new(&format!("secret-{seed}"), kind, value.as_bytes(), until).unwrap()
}

/// One sample of one provider, signed or not.
pub(crate) struct Delivery {
    pub(crate) provider: &'static dyn Provider,
    pub(crate) sample: Sample,
    pub(crate) path_secret: Option<String>,
}

impl Delivery {
    pub(crate) fn unsigned(name: &str, event: &str) -> Self {
        let provider = provider(name).unwrap();
        Self {
            provider,
            sample: provider.sample(event, &spec()).unwrap(),
            path_secret: None,
        }
    }

    /// Signed with secret 1 of the kind that the provider names first.
    pub(crate) fn signed(name: &str, event: &str) -> Self {
        let delivery = Self::unsigned(name, event);
        let kind = delivery.kind();
        delivery.sign(kind)
    }

    /// The kind of secret that proves most.
    pub(crate) fn kind(&self) -> SecretKind {
        *self.provider.secret_kinds().first().unwrap()
    }

    pub(crate) fn sign(mut self, kind: SecretKind) -> Self {
        self.provider
            .sign(&mut self.sample, &secret(kind, 1))
            .unwrap();
        self.path_secret = (kind == SecretKind::Path).then(|| "0123456789abcdef012345-1".into());
        self
    }

    /// The same with another body, signed anew.
    pub(crate) fn edited(mut self, edit: impl FnOnce(&mut Value)) -> Self {
        let mut body = serde_json::from_slice(&self.sample.body).unwrap();
        edit(&mut body);
        self.sample.body = body.to_string().into_bytes();
        let kind = self.kind();
        self.sign(kind)
    }

    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.sample.set(name, value);
        self
    }

    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.sample.headers.retain(|(header, _)| header != name);
        self
    }

    pub(crate) fn headers(&self) -> Headers<'_> {
        let headers = self.sample.headers.iter();
        headers
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect()
    }

    pub(crate) fn has_header(&self, name: &str) -> bool {
        let mut headers = self.sample.headers.iter();
        headers.any(|(header, _)| header == name)
    }

    pub(crate) fn verify(
        &self,
        secrets: &[HookSecret],
        policy: Policy,
    ) -> Result<Verified<'_>, Refusal> {
        let request = Unverified {
            headers: self.headers(),
            body: &self.sample.body,
            path_secret: self.path_secret.as_deref(),
            received_at: NOW,
        };
        request.verify(self.provider, secrets, policy)
    }

    /// Why it is refused.
    pub(crate) fn refused(&self, secrets: &[HookSecret]) -> Option<Refusal> {
        self.verify(secrets, ANY).err()
    }

    pub(crate) fn observe(&self) -> Result<Observation, NotUnderstood> {
        let verified = self.verify(&[secret(self.kind(), 1)], ANY).unwrap();
        self.provider.normalize(&verified)
    }

    /// The one thing that it tells of.
    pub(crate) fn happening(&self) -> Happening {
        let mut happenings = self.observe().unwrap().happenings;
        assert_eq!(happenings.len(), 1);
        happenings.remove(0)
    }

    /// What is wrong with it.
    pub(crate) fn problem(&self) -> String {
        self.observe().unwrap_err().problem
    }
}
