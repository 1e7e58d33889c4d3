//! Deliveries as hosts would send them: `push().to("acme/web").branch("main").from(A).to_sha(B).signed_with(SECRET)`.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;
use sluice_events::Timestamp;
use sluice_providers::{HookSecret, Sample, SampleSpec, SecretKind, provider};

/// What stands for no object.
pub const NOTHING: &str = "0000000000000000000000000000000000000000";

/// One delivery. Sent twice as it is, it is a redelivery; [`Delivery::anew`] makes another of the same content.
#[derive(Clone)]
pub struct Delivery {
    provider: &'static str,
    event: &'static str,
    spec: SampleSpec,
    signed_at: Timestamp,
    secret: Option<(SecretKind, String)>,
    edits: Vec<fn(&mut Value)>,
    body: Option<Vec<u8>>,
    headers: Vec<(String, String)>,
}

/// A push of GitHub.
pub fn push() -> Delivery {
    Delivery::of("github", "push")
}

/// A push of GitHub that concerns a tag.
pub fn tag() -> Delivery {
    Delivery::of("github", "tag")
}

impl Delivery {
    /// Any sample of any provider. It moves branch `main` of `acme/web` from one object to another.
    pub fn of(provider: &'static str, event: &'static str) -> Self {
        let now = Timestamp::now();
        Self {
            provider,
            event,
            spec: SampleSpec {
                repository: "acme/web".into(),
                repository_id: 42,
                ref_name: "main".into(),
                default_branch: "main".into(),
                before: "1a".repeat(20),
                after: "2b".repeat(20),
                number: 7,
                actor: "octocat".into(),
                delivery_id: fresh_id(),
                time: now,
                marked: false,
            },
            signed_at: now,
            secret: None,
            edits: Vec::new(),
            body: None,
            headers: Vec::new(),
        }
    }

    /// In which repository. The host's id of a repository follows from its name.
    pub fn to(mut self, repository: &str) -> Self {
        self.spec.repository_id = match repository {
            "acme/web" => 42,
            other => other
                .bytes()
                .fold(1000, |id, byte| id * 7 % 1_000_003 + u64::from(byte)),
        };
        self.spec.repository = repository.to_owned();
        self
    }

    /// To which branch.
    pub fn branch(self, name: &str) -> Self {
        self.named(name)
    }

    /// The short name of the branch or tag.
    pub fn named(mut self, name: &str) -> Self {
        self.spec.ref_name = name.to_owned();
        self
    }

    /// What the ref pointed to before.
    pub fn from(mut self, sha: &str) -> Self {
        self.spec.before = sha.to_owned();
        self
    }

    /// What it points to now.
    pub fn to_sha(mut self, sha: &str) -> Self {
        self.spec.after = sha.to_owned();
        self
    }

    /// When it happened.
    pub fn at(mut self, time: Timestamp) -> Self {
        self.spec.time = time;
        self
    }

    /// Signed at another time than now.
    pub fn signed_at(mut self, time: Timestamp) -> Self {
        self.signed_at = time;
        self
    }

    /// Under this delivery id.
    pub fn delivered_as(mut self, id: &str) -> Self {
        self.spec.delivery_id = id.to_owned();
        self
    }

    /// The same content as another delivery.
    pub fn anew(&self) -> Self {
        self.clone().delivered_as(&fresh_id())
    }

    /// Signed with the key of an HMAC.
    pub fn signed_with(self, secret: &str) -> Self {
        self.with_secret(SecretKind::Hmac, secret)
    }

    /// Proved by a secret of any kind.
    pub fn with_secret(mut self, kind: SecretKind, secret: &str) -> Self {
        self.secret = Some((kind, secret.to_owned()));
        self
    }

    /// Without any proof.
    pub fn unsigned(mut self) -> Self {
        self.secret = None;
        self
    }

    /// With the JSON of its body changed, before it is signed.
    pub fn edited(mut self, edit: fn(&mut Value)) -> Self {
        self.edits.push(edit);
        self
    }

    /// With another body, which is signed.
    pub fn saying(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// With one more header, or another value of one, after it is signed. Given twice it is sent twice.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.spec.delivery_id
    }

    /// Headers and body as the host would send them.
    pub fn sample(&self) -> Sample {
        let provider = provider(self.provider).unwrap();
        let sample = provider.sample(self.event, &self.spec);
        let mut sample = sample.unwrap_or_else(|| panic!("no sample {}", self.event));
        if !self.edits.is_empty() {
            let mut json = serde_json::from_slice(&sample.body).unwrap();
            self.edits.iter().for_each(|edit| edit(&mut json));
            sample.body = json.to_string().into_bytes();
        }
        if let Some(body) = &self.body {
            sample.body.clone_from(body);
        }
        if self.provider == "gitlab" {
            sample.set("webhook-timestamp", self.signed_at.seconds.to_string());
        }
        if let Some((kind, value)) = &self.secret {
            let secret = HookSecret::new("sender", *kind, value.as_bytes(), None).unwrap();
            provider.sign(&mut sample, &secret).unwrap();
        }
        for (name, _) in &self.headers {
            sample.headers.retain(|(header, _)| header != name);
        }
        sample.headers.extend(self.headers.iter().cloned());
        sample
    }

    /// The path segment that follows the endpoint's id where the secret stands in the URL.
    pub fn path_secret(&self) -> Option<&str> {
        let secret = self.secret.as_ref();
        secret
            .filter(|(kind, _)| *kind == SecretKind::Path)
            .map(|(_, value)| value.as_str())
    }
}

fn fresh_id() -> String {
    static SENT: AtomicU64 = AtomicU64::new(1);
    let number = SENT.fetch_add(1, Ordering::Relaxed);
    format!("00000000-0000-4000-8000-{number:012}")
}
