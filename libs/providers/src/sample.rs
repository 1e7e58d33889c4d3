//! Deliveries for trying things out, made and signed as a host would.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use sluice_events::Timestamp;
use thiserror::Error;

use crate::{HookSecret, SecretError, SecretKind, provider};

/// What a sample is to tell of.
#[derive(Debug, Clone)]
pub struct SampleSpec {
    /// Full name of the repository, `owner/name`.
    pub repository: String,
    /// The host's id of the repository.
    pub repository_id: u64,
    /// Short name of the branch or tag.
    pub ref_name: String,
    /// Short name of the repository's default branch.
    pub default_branch: String,
    /// Object id before, 40 hexadecimal digits; all zero for a creation.
    pub before: String,
    /// Object id after, 40 hexadecimal digits; all zero for a deletion.
    pub after: String,
    /// Number of the pull or merge request.
    pub number: u64,
    /// Account name of whoever acts.
    pub actor: String,
    /// The delivery's id.
    pub delivery_id: String,
    /// When it happens, and when it is signed.
    pub time: Timestamp,
    /// Whether the body says that it is a sample.
    pub marked: bool,
}

/// A request body with its headers, names in lower case.
#[derive(Clone)]
pub struct Sample {
    /// Headers, signature included once it is signed.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no such sample.
#[derive(Debug, Error)]
pub enum SampleError {
    /// No such provider.
    #[error("there is no provider `{0}`; known: {1}")]
    Provider(String, String),
    /// No such event.
    #[error("{provider} has no sample `{event}`; known: {known}")]
    Event {
        /// The provider asked.
        provider: String,
        /// The event asked for.
        event: String,
        /// What there is.
        known: String,
    },
    /// The provider does not sign with such a secret.
    #[error("{0} deliveries cannot be signed with a secret of kind {1:?}")]
    Kind(&'static str, SecretKind),
    /// The secret is none.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// A sample of that provider and event, signed with the caller's secret.
pub fn sample(
    provider_name: &str,
    event: &str,
    spec: &SampleSpec,
    secret: &HookSecret,
) -> Result<Sample, SampleError> {
    let provider = provider(provider_name).ok_or_else(|| {
        let known: Vec<_> = crate::PROVIDERS
            .iter()
            .map(|provider| provider.name())
            .collect();
        SampleError::Provider(provider_name.to_owned(), known.join(", "))
    })?;
    let mut sample = provider
        .sample(event, spec)
        .ok_or_else(|| SampleError::Event {
            provider: provider_name.to_owned(),
            event: event.to_owned(),
            known: provider.sample_events().join(", "),
        })?;
    provider.sign(&mut sample, secret)?;
    Ok(sample)
}

impl Sample {
    /// A JSON body with headers, as most hosts send it.
    pub(crate) fn of_json(body: &serde_json::Value, headers: &[(&str, &str)]) -> Self {
        let mut sample = Self {
            headers: Vec::new(),
            body: body.to_string().into_bytes(),
        };
        sample.set("content-type", "application/json");
        for (name, value) in headers {
            sample.set(name, *value);
        }
        sample
    }

    /// What any host can send besides its own scheme: HTTP Basic authentication, or nothing, if the secret is in the URL.
    pub(crate) fn sign_weakly(
        &mut self,
        provider: &'static str,
        secret: &HookSecret,
    ) -> Result<(), SampleError> {
        match secret.kind {
            SecretKind::Basic => {
                let credentials = BASE64_STANDARD.encode(secret.key());
                self.set("authorization", format!("Basic {credentials}"));
                Ok(())
            }
            SecretKind::Path => Ok(()),
            kind => Err(SampleError::Kind(provider, kind)),
        }
    }

    /// The value of a header; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// Sets a header, replacing what stood there.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.headers.retain(|(header, _)| header != name);
        self.headers.push((name.to_owned(), value.into()));
    }
}

impl fmt::Debug for Sample {
    /// Without values: a header may be a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        write!(f, "Sample({names:?}, {} bytes)", self.body.len())
    }
}
