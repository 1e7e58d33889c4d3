//! Deliveries that read as prose: `push().to("acme/web").branch("main").from(a).upto(b).signed_with(SECRET)`.

use sluice_events::Timestamp;
use sluice_providers::{HookSecret, Sample, SampleSpec, SecretKind, sample};

/// A webhook secret.
pub const SECRET: &str = "correct-horse-battery-staple-and-more";

/// Another one.
pub const SECOND_SECRET: &str = "wrong-donkey-solar-paperclip-and-less";

/// A push as GitHub would tell of it.
#[derive(Debug, Clone)]
pub struct Push(SampleSpec);

/// A push to `acme/web`, branch `main`.
pub fn push() -> Push {
    Push(SampleSpec {
        repository: "acme/web".into(),
        repository_id: 1,
        ref_name: "main".into(),
        default_branch: "main".into(),
        before: "a".repeat(40),
        after: "b".repeat(40),
        number: 1,
        actor: "octavia".into(),
        delivery_id: "5f3c2a10-0000-4000-8000-000000000001".into(),
        time: Timestamp {
            seconds: 1_795_248_000,
            nanos: 0,
        },
        marked: false,
    })
}

/// An HMAC secret of this value.
pub fn hmac(value: &str) -> HookSecret {
    HookSecret::new("1", SecretKind::Hmac, value.as_bytes(), None).unwrap()
}

impl Push {
    /// The repository, `owner/name`. Its id at the host follows from its name.
    #[must_use]
    pub fn to(mut self, repository: &str) -> Self {
        self.0.repository = repository.into();
        let id = repository.bytes().fold(7u32, |id, byte| {
            id.wrapping_mul(31).wrapping_add(byte.into())
        });
        self.0.repository_id = id.into();
        self
    }

    /// The repository's id at the host.
    pub fn repository_id(&self) -> u64 {
        self.0.repository_id
    }

    /// The branch.
    #[must_use]
    pub fn branch(mut self, name: &str) -> Self {
        self.0.ref_name = name.into();
        self
    }

    /// Where the branch was.
    #[must_use]
    pub fn from(mut self, sha: &str) -> Self {
        self.0.before = sha.into();
        self
    }

    /// Where the branch is now.
    #[must_use]
    pub fn upto(mut self, sha: &str) -> Self {
        self.0.after = sha.into();
        self
    }

    /// When, in seconds since 1970.
    #[must_use]
    pub fn at(&self, seconds: i64) -> Self {
        let mut push = self.clone();
        push.0.time = Timestamp { seconds, nanos: 0 };
        push
    }

    /// The delivery's id.
    #[must_use]
    pub fn delivered_as(&self, id: &str) -> Self {
        let mut push = self.clone();
        push.0.delivery_id = id.into();
        push
    }

    /// What it says has happened, as [`crate::ledger`] names it.
    pub fn fact(&self) -> String {
        let SampleSpec {
            repository,
            ref_name,
            before,
            after,
            ..
        } = &self.0;
        crate::ledger::fact(repository, &format!("refs/heads/{ref_name}"), before, after)
    }

    /// The request, signed.
    pub fn signed_with(&self, secret: &str) -> Sample {
        sample("github", "push", &self.0, &hmac(secret)).unwrap()
    }
}
