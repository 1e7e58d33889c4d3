//! A planted secret shows in nothing that can be printed.

use base64::{Engine, prelude::BASE64_STANDARD};
use sluice_registry::{KeyClass, OpeningKey, Plaintext, parse};

use crate::{
    fixture::{CANARY, Registry, acme, credential, document, endpoint, repository},
    samples::{pem, ssh_key_with},
};

fn assert_clean(what: &str, text: &str) {
    assert!(!shows(text), "{what} shows the secret: {text}");
}

fn shows(text: &str) -> bool {
    [
        CANARY,
        &BASE64_STANDARD.encode(CANARY),
        &hex::encode(CANARY),
    ]
    .iter()
    .any(|form| text.contains(form))
}

#[test]
fn the_check_finds_a_planted_one() {
    assert!(shows(&format!("error: {CANARY}")));
    assert!(shows(&acme(&format!("[{{kind: hmac, value: {CANARY}}}]"))));
}

#[test]
fn nothing_that_is_made_of_a_secret_shows_it() {
    let registry = Registry::with_acme();
    let yaml = acme(&format!("[{{kind: hmac, value: {CANARY}}}]"));
    let manifests = parse(yaml.as_bytes()).unwrap();
    assert_clean("a parsed manifest", &format!("{manifests:?}"));
    assert_clean("its JSON", &serde_json::to_string(&manifests).unwrap());
    assert_clean("its YAML", &sluice_registry::render(&manifests).unwrap());
    assert_clean(
        "a plan",
        &format!("{:?}", registry.try_plan(&yaml).unwrap()),
    );
    assert_clean("records", &format!("{:?}", registry.records));
    assert_clean("sealed values", &format!("{:?}", registry.sealed));
    assert_clean("what is printed", &registry.print());
    let registry = Registry::with_web();
    let yaml = credential("bot", &format!("token: {{value: {CANARY}}}"));
    let manifests = parse(yaml.as_bytes()).unwrap();
    assert_clean("a parsed credential", &format!("{manifests:?}"));
    assert_clean("its JSON", &serde_json::to_string(&manifests).unwrap());
    assert_clean("a plan", &format!("{:?}", registry.try_plan(&yaml)));
    assert_clean("records", &format!("{:?}", registry.records));
    assert_clean("sealed values", &format!("{:?}", registry.sealed));
    assert_clean("what is printed", &registry.print());
    assert_clean(
        "what is opened",
        &format!("{:?}", registry.open(registry.bot())),
    );
    assert_clean("a plaintext", &format!("{:?}", Plaintext::new(CANARY)));
}

#[test]
fn no_refusal_of_a_manifest_repeats_what_may_be_a_secret() {
    let c = CANARY;
    for yaml in [
        acme(&format!("[{c}]")),
        acme(c),
        acme(&format!("[{{kind: {c}}}]")),
        acme(&format!("[{{kind: hmac, value: [{c}]}}]")),
        acme(&format!("[{{kind: hmac, value: {{a: {c}}}}}]")),
        acme(&format!("[{{kind: hmac, value: '{c}]}}")),
        acme(&format!("[{{kind: hmac, value: @{c}}}]")),
        acme(&format!("[{{kind: hmac, value: *{c}}}]")),
        acme(&format!("[{{kind: hmac, value: &{c} x}}]")),
        acme(&format!("[{{kind: hmac, value: !{c} x}}]")),
        acme(&format!("[{{kind: hmac, value: !!binary {c}}}]")),
        acme(&format!("[{{kind: hmac, value: {c}, 'a secret: {c}': x}}]")),
        acme(&format!("[{{kind: hmac, value: {c}, value: {c}}}]")),
        acme(&format!("[{{kind: hmac, value: {c}, env: {c}}}]")),
        acme(&format!("[{{kind: hmac, acceptUntil: {c}}}]")),
        acme(&format!("[{{kind: hmac, value: {c}, nonsense: {c}}}]")),
        credential("a", &format!("token: {c}")),
        credential("a", &format!("token: [{c}]")),
        credential("a", &format!("token: {{value: [{c}]}}")),
        credential("a", &format!("token: {{value: {c}, env: {c}}}")),
        credential("a", &format!("token: {{token: {c}}}")),
        credential("a", &format!("sshKey: {{value: !{c} x}}")),
        credential("a", &format!("sshKey: {c}")),
        credential("a", &format!("password: {c}, token: {{}}, expiresAt: {c}")),
        credential("a", &format!("token: {{}}, expiresAt: {c}")),
        repository("a", &format!("fullName: a/b, mirror: {c}")),
        repository("a", &format!("fullName: [{c}]")),
        document("Host", "a", &format!("{{ca: [{c}]}}")),
        document("Host", "a", &format!("{{ca: {{value: {c}}}}}")),
        document("Host", "a", &format!("{{ca: {{file: [{c}]}}}}")),
        document("Host", "a", &format!("{{privateAddresses: {c}}}")),
        document("Endpoint", "a", &format!("{{host: github, disabled: {c}}}")),
        document("Endpoint", "a", &format!("{{host: [{c}]}}")),
        document("Host", "a", &format!("[{c}]")),
        c.to_owned(),
        format!("[{c}]"),
        format!("apiVersion: sluice.dev/v1\nkind: Host\nmetadata: {c}\n"),
        format!("{{\"apiVersion\": \"{c}"),
    ] {
        match parse(yaml.as_bytes()) {
            Ok(manifests) => panic!("nothing is said against {yaml}: {manifests:?}"),
            Err(problems) => {
                assert_clean("a refusal", &problems.to_string());
                assert_clean("its debug form", &format!("{problems:?}"));
            }
        }
    }
}

#[test]
fn no_refusal_of_a_rule_repeats_what_may_be_a_secret() {
    let registry = Registry::new();
    for yaml in [
        endpoint("gitlab", &format!("[{{kind: hmac, value: {CANARY}}}]")),
        endpoint("gitlab", &format!("[{{kind: signing, value: {CANARY}}}]")),
        endpoint("gitlab", &format!("[{{kind: basic, value: {CANARY}}}]")),
        endpoint("gitlab", &format!("[{{kind: path, value: {CANARY}}}]")),
        document(
            "Endpoint",
            "a",
            &format!("{{id: '{CANARY} ', host: github, scope: {{host: true}}}}"),
        ),
        credential("a", &format!("token: {{value: \"{CANARY}\\n\"}}")),
        credential("a", &format!("token: {{value: {}}}", CANARY.repeat(1000))),
        credential("a", &format!("token: {{user: 'a:{CANARY}', value: a}}")),
        credential("a", &format!("token: {{env: '{CANARY}'}}")),
        credential("a", &format!("sshKey: {{value: {CANARY}}}")),
        credential(
            "a",
            &format!("sshKey: {{value: {:?}}}", ssh_key_with(CANARY)),
        ),
        credential(
            "a",
            &format!(
                "sshKey: {{value: {:?}}}",
                pem("RSA PUBLIC KEY", CANARY.as_bytes())
            ),
        ),
        credential("a", &format!("sshKey: {{value: a, user: '{CANARY} '}}")),
        repository(
            "a",
            &format!("fullName: a/b, url: 'https://u:{CANARY}@github.com/a/b'"),
        ),
        repository(
            "a",
            &format!("fullName: a/b, url: 'https://{CANARY}@github.com/a/b'"),
        ),
        repository(
            "a",
            &format!("fullName: a/b, url: 'ssh://git:{CANARY}@github.com/a/b'"),
        ),
        repository(
            "a",
            &format!("fullName: a/b, url: 'https://github.com/a/b?token={CANARY}'"),
        ),
        repository("a", &format!("fullName: a/b, url: '{CANARY}'")),
        document(
            "Host",
            "a",
            &format!("{{provider: gitea, url: 'https://git.corp', ca: {CANARY}}}"),
        ),
        document(
            "Host",
            "a",
            &format!(
                "{{provider: gitea, url: 'https://git.corp', ca: {:?}}}",
                pem("EC PRIVATE KEY", CANARY.as_bytes())
            ),
        ),
        document(
            "Host",
            "a",
            &format!(
                "{{provider: gitea, url: 'https://git.corp', sshHostKeys: ['ssh-ed25519 {CANARY}']}}"
            ),
        ),
        document(
            "Host",
            "a",
            &format!("{{provider: gitea, url: 'https://u:{CANARY}@git.corp'}}"),
        ),
        document(
            "Host",
            "a",
            &format!("{{provider: gitea, url: 'https://git.corp/?t={CANARY}'}}"),
        ),
    ] {
        assert_clean("a refusal", &registry.refusal(&yaml));
    }
}

#[test]
fn a_private_key_cannot_be_printed() {
    let folder = tempfile::tempdir().unwrap();
    sluice_registry::create_keys(folder.path(), KeyClass::HookSecrets).unwrap();
    let path = folder.path().join("hook-secrets.key");
    let text = std::fs::read_to_string(&path).unwrap();
    let encoded = text.lines().nth(1).unwrap();
    let raw = BASE64_STANDARD.decode(encoded).unwrap();
    let shown = format!(
        "{:?}",
        OpeningKey::load(KeyClass::HookSecrets, &path).unwrap()
    );
    assert!(
        !shown.contains(encoded) && !shown.contains(&hex::encode(&raw)),
        "{shown}"
    );
    assert!(!shown.contains(&format!("{raw:?}")), "{shown}");
}
