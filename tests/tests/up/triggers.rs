//! `sluice trigger` for everything that there is a sample of.

use std::fs;

use serde_json::Value;
use sluice_providers::{PROVIDERS, SecretKind};
use sluice_tests::{SECRET, Up, ledger};

/// A key as Standard Webhooks has them.
const SIGNING: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// The predefined host of each provider.
const HOSTS: &[(&str, &str)] = &[
    ("github", "github"),
    ("gitlab", "gitlab"),
    ("gitea", "gitea-com"),
    ("forgejo", "codeberg"),
];

/// The kind of secret by which a provider signs, its word and a value.
fn signs(kinds: &[SecretKind]) -> (&'static str, &'static str) {
    if kinds.contains(&SecretKind::Signing) {
        ("signing", SIGNING)
    } else {
        ("hmac", SECRET)
    }
}

#[tokio::test]
async fn every_event_of_every_provider_is_taken_and_marked_as_a_sample() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path()).await;
    let operator = up.operator(folder.path());
    let (mut manifest, mut samples) = (String::new(), Vec::new());
    for provider in PROVIDERS {
        let name = provider.name();
        let host = HOSTS.iter().find(|(known, _)| *known == name);
        let (_, host) = host.unwrap_or_else(|| panic!("{name} has no host here"));
        let (kind, value) = signs(provider.secret_kinds());
        fs::write(folder.path().join(name), value).unwrap();
        manifest.push_str(&format!(
            "---\napiVersion: sluice.dev/v1\nkind: Endpoint\nmetadata: {{name: {name}}}\nspec:\n  host: {host}\n  \
             scope: {{owner: acme}}\n  secrets: [{{kind: {kind}, file: {name}}}]\n"
        ));
        let events = provider.sample_events().iter();
        samples.extend(events.map(|event| (name, *event, kind)));
    }
    fs::write(folder.path().join("all.yaml"), manifest).unwrap();
    operator.does(&["apply", "-f", "all.yaml"]).await;

    for (index, (provider, event, kind)) in samples.iter().enumerate() {
        // Each of its own repository, so that no two of them tell one fact.
        let repository = format!("acme/r{index}");
        let words = ["trigger", provider, event, "--endpoint", provider];
        let words = words
            .into_iter()
            .chain(["--secret-file", provider, "--secret-kind", kind]);
        let words: Vec<_> = words.chain(["--repository", &repository]).collect();
        let said = operator.does(&words).await;
        assert!(said.starts_with("202 "), "{provider} {event}: {said}");
        assert!(
            said.contains(r#""outcome":"stored""#),
            "{provider} {event}: {said}"
        );
    }

    let stored = ledger::stored(&up.bus("reader").await).await;
    assert!(
        stored.len() >= samples.len(),
        "{} of {}",
        stored.len(),
        samples.len()
    );
    for message in stored {
        let data: Value = serde_json::from_slice(&message.payload).unwrap();
        assert_eq!(data["provenance"]["sample"], true, "{}", message.subject);
        assert_eq!(message.envelope().unwrap().trust.word(), "signed");
    }
}

#[tokio::test]
async fn a_wrong_word_lists_the_right_ones_and_a_wrong_secret_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path()).await;
    let operator = up.operator(folder.path());
    operator.declares_endpoint("acme", SECRET).await;
    fs::write(folder.path().join("wrong"), "not-the-one-that-was-declared").unwrap();
    let trigger = async |provider, event| {
        let words = [
            "trigger",
            provider,
            event,
            "--endpoint",
            "acme",
            "--secret-file",
            "wrong",
        ];
        let ran = operator.run(&words).await;
        assert_eq!(ran.code, Some(1), "{}", ran.stdout);
        ran.stdout + &ran.stderr
    };
    let said = trigger("gitbucket", "push").await;
    assert!(
        said.contains("known: github, gitlab, gitea, forgejo"),
        "{said}"
    );
    let said = trigger("github", "pull").await;
    assert!(
        said.contains("push") && said.contains("pull_request"),
        "{said}"
    );
    let said = trigger("github", "push").await;
    assert!(said.starts_with("401 "), "{said}");
}
