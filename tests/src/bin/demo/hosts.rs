//! The three hosts of the demonstration, and what they send.

use sluice_events::Timestamp;
use sluice_providers::{HookSecret, Sample, SampleSpec, SecretKind, sample};

/// A Git host with its endpoint.
pub(crate) struct Host {
    pub(crate) title: &'static str,
    pub(crate) proof: &'static str,
    pub(crate) provider: &'static str,
    /// The endpoint's id in the URL.
    pub(crate) id: &'static str,
    pub(crate) secret: &'static str,
    pub(crate) kind: SecretKind,
}

pub(crate) static GITHUB: Host = Host {
    title: "GitHub",
    proof: "signed over the body (X-Hub-Signature-256)",
    provider: "github",
    id: "11d6e2f60c6b4b5d8f6a3a1f0c9e4d21",
    secret: "a-secret-for-the-demonstration-only",
    kind: SecretKind::Hmac,
};

pub(crate) static GITLAB: Host = Host {
    title: "GitLab",
    proof: "signed over id, time and body (webhook-signature)",
    provider: "gitlab",
    id: "22d6e2f60c6b4b5d8f6a3a1f0c9e4d22",
    secret: "whsec_ZGVtb25zdHJhdGlvbi1rZXktb2YtMzItYnl0ZXMhISE=",
    kind: SecretKind::Signing,
};

pub(crate) static GITEA: Host = Host {
    title: "Gitea",
    proof: "signed over the JSON (X-Gitea-Signature)",
    provider: "gitea",
    id: "33d6e2f60c6b4b5d8f6a3a1f0c9e4d23",
    secret: "another-secret-for-the-demonstration",
    kind: SecretKind::Hmac,
};

/// A push as the host sends it. The same name gives the same delivery.
pub(crate) fn delivery(host: &Host, name: &str) -> Sample {
    let sha = |seed: &str| {
        seed.bytes()
            .cycle()
            .take(20)
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let spec = SampleSpec {
        repository: "acme/web".into(),
        repository_id: 42,
        ref_name: "main".into(),
        default_branch: "main".into(),
        before: sha(&format!("before {name}")),
        after: sha(&format!("after {name}")),
        number: 1,
        actor: "octavia".into(),
        delivery_id: format!("demonstration-{name}"),
        time: Timestamp::now(),
        marked: false,
    };
    let secret = HookSecret::new("demo", host.kind, host.secret.as_bytes(), None).unwrap();
    sample(host.provider, "push", &spec, &secret).unwrap()
}
