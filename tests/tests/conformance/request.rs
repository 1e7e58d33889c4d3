//! A request, and what a provider makes of it.

use sluice_events::Timestamp;
use sluice_providers::{
    HookSecret, NotUnderstood, Observation, Policy, Provider, Refusal, Sample, SecretKind,
    Unverified, fact_of,
};

/// When everything here is received and judged.
pub(crate) const NOW: Timestamp = Timestamp {
    seconds: 1_795_248_000,
    nanos: 0,
};

/// A path secret, for those that have one.
pub(crate) const PATH: &str = "correct-horse-battery-staple";

pub(crate) struct Request {
    pub(crate) provider: &'static dyn Provider,
    pub(crate) sample: Sample,
}

/// What a verified request says: understood or not, and the facts of what is.
pub(crate) struct Said {
    pub(crate) observation: Result<Observation, NotUnderstood>,
    pub(crate) facts: Vec<String>,
}

impl Request {
    pub(crate) fn new(provider: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        Self {
            provider: sluice_providers::provider(provider).unwrap(),
            sample: Sample { headers, body },
        }
    }

    /// Verifies and reads it.
    pub(crate) fn say(&self, secret: &HookSecret) -> Result<Said, Refusal> {
        let headers = self.sample.headers.iter();
        let request = Unverified {
            headers: headers
                .map(|(name, value)| (name.as_str(), value.as_bytes()))
                .collect(),
            body: &self.sample.body,
            path_secret: (secret.kind == SecretKind::Path).then_some(PATH),
            received_at: NOW,
        };
        let policy = Policy {
            now: NOW,
            signatures_only: false,
        };
        let verified = request.verify(self.provider, std::slice::from_ref(secret), policy)?;
        let observation = self.provider.normalize(&verified);
        let happenings = observation.iter().flat_map(|observation| {
            let happenings = observation.happenings.iter();
            happenings.map(move |happening| (observation, happening))
        });
        let payload = verified.payload();
        let facts = happenings
            .map(|(observation, happening)| {
                fact_of(self.provider, "forge", observation, happening, payload).to_string()
            })
            .collect();
        Ok(Said { observation, facts })
    }
}

pub(crate) fn secret(kind: SecretKind, value: &str) -> HookSecret {
    HookSecret::new("1", kind, value.as_bytes(), None).unwrap()
}

/// A secret of the kind, made up.
pub(crate) fn some_secret(kind: SecretKind) -> HookSecret {
    let value = match kind {
        SecretKind::Signing => "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        SecretKind::Basic => "octavia:correct-horse-battery-staple",
        _ => PATH,
    };
    secret(kind, value)
}
