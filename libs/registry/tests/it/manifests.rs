//! Manifests: read, resolved, printed.

use std::{ffi::OsString, path::Path};

use sluice_events::v1::{SecretKind, scope::Of};
use sluice_registry::{Manifest, Source, Spec, parse, resolve};

use crate::fixture::{CANARY, Registry, acme, document};

const EVERYTHING: &str = r#"
apiVersion: sluice.dev/v1
kind: Project
metadata: {name: payments}
spec: {description: "money: in and out"}
---
apiVersion: sluice.dev/v1
kind: Host
metadata: {name: gitlab-corp}
spec: {provider: gitlab, url: "https://gitlab.corp.example/", apiUrl: https://api.corp.example}
---
apiVersion: sluice.dev/v1
kind: Endpoint
metadata: {name: web, project: payments}
spec:
  id: "00112233445566778899aabbccddeeff"
  host: gitlab-corp
  scope: {repository: acme/web}
  disabled: true
  secrets:
    - {kind: signing, id: new, value: whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD}
    - {kind: token, value: 0123, acceptUntil: 2026-01-02T12:00:00+01:00}
"#;

#[test]
fn a_file_declares_several_objects() {
    let manifests = parse(EVERYTHING.as_bytes()).unwrap();
    let objects: Vec<_> = manifests
        .iter()
        .map(|one| one.object().to_string())
        .collect();
    assert_eq!(
        objects,
        [
            "Project payments",
            "Host gitlab-corp",
            "Endpoint payments/web"
        ]
    );
    let Spec::Endpoint(endpoint) = &manifests[2].spec else {
        panic!("{manifests:?}")
    };
    assert_eq!(endpoint.scope, Some(Of::Repository("acme/web".into())));
    assert_eq!(endpoint.secrets[0].id, "new");
    assert_eq!(endpoint.secrets[1].id, "token");
    assert_eq!(endpoint.secrets[1].kind, SecretKind::Token);
    let until = endpoint.secrets[1].accept_until.unwrap().to_string();
    assert_eq!(until, "2026-01-02T11:00:00Z");
}

#[test]
fn json_is_read_as_well() {
    let json = "{\n\t\"apiVersion\": \"sluice.dev/v1\",\n\t\"kind\": \"Host\",\n\t\"metadata\": {\"name\": \"corp\"},\n\t\"spec\": {\"provider\": \"gitea\", \"url\": \"https:\\/\\/git.corp\"}\n}\n";
    let manifests = parse(json.as_bytes()).unwrap();
    let Spec::Host(spec) = &manifests[0].spec else {
        panic!("{manifests:?}")
    };
    assert_eq!(spec.host.url, "https://git.corp");
}

#[test]
fn what_is_ambiguous_is_said_all_at_once() {
    let both =
        acme("[{kind: hmac, value: a, env: B}, {kind: mac}, {kind: path, acceptUntil: soon}]");
    let scope = document(
        "Endpoint",
        "b",
        "{host: github, scope: {owner: a, host: true}}",
    );
    let host = "---\napiVersion: sluice.dev/v1\nkind: Host\nmetadata: {name: h, project: p}\nspec: {provider: a, url: b}\n";
    let said = parse(format!("{both}{scope}{host}").as_bytes()).unwrap_err();
    let said: Vec<_> = said.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 5, "{said:#?}");
    assert!(said[0].starts_with("line 2: Endpoint default/acme: spec.secrets[0]: value: "));
    assert!(said[1].contains("use one of hmac, token, signing, basic, path"));
    assert!(said[2].contains("acceptUntil: it is not a time"));
    assert!(said[3].starts_with("line 7: Endpoint default/b: spec.scope: "));
    assert!(said[4].starts_with("line 12: Host h: metadata.project: a Host belongs to no project"));
}

#[test]
fn what_is_printed_can_be_applied_and_changes_nothing() {
    let mut registry = Registry::with_acme();
    registry.apply(EVERYTHING);
    let printed = registry.print();
    let words = registry.apply(&printed);
    assert!(
        words.iter().all(|word| *word == "unchanged"),
        "{printed}\n{words:?}"
    );
    assert_eq!(words.len(), 2 + 5 + 2);
    assert_eq!(registry.print(), printed);
    assert!(
        printed.contains("acceptUntil: \"2026-01-02T11:00:00Z\"")
            || printed.contains("acceptUntil: 2026-01-02T11:00:00Z"),
        "{printed}"
    );
    assert!(printed.contains("00112233445566778899aabbccddeeff"));
}

#[test]
fn the_json_of_a_manifest_is_a_manifest() {
    let mut registry = Registry::with_acme();
    let manifest = Manifest::from(&sluice_registry::Record::Endpoint(registry.acme().clone()));
    let json = serde_json::to_string(&manifest).unwrap();
    assert_eq!(registry.apply(&json), ["unchanged"]);
}

fn resolved(secrets: &str, folder: &Path) -> Result<Vec<Manifest>, String> {
    let environment = |name: &str| (name == "SET").then(|| OsString::from(CANARY));
    let manifests = parse(acme(secrets).as_bytes()).unwrap();
    resolve(manifests, environment, folder).map_err(|problems| problems.to_string())
}

#[test]
fn s6_files_and_variables_are_read_where_they_are_applied() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hook"), format!("{CANARY}\n")).unwrap();
    let manifests = resolved(
        "[{kind: hmac, file: hook}, {kind: basic, env: SET}, {kind: path}]",
        folder.path(),
    )
    .unwrap();
    let Spec::Endpoint(endpoint) = &manifests[0].spec else {
        panic!("{manifests:?}")
    };
    assert!(matches!(endpoint.secrets[0].source, Source::Value(_)));
    assert!(matches!(endpoint.secrets[1].source, Source::Value(_)));
    assert!(matches!(endpoint.secrets[2].source, Source::Kept));
}

#[test]
fn s6_what_cannot_be_read_is_named_all_at_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("empty"), "\n").unwrap();
    std::fs::write(folder.path().join("large"), "x".repeat(5000)).unwrap();
    let said = resolved(
        "[{kind: hmac, file: absent}, {kind: hmac, file: empty}, {kind: hmac, file: large}, {kind: hmac, env: UNSET}, {kind: hmac, env: 'my secret!'}]",
        folder.path(),
    )
    .unwrap_err();
    assert_eq!(said.lines().count(), 5, "{said}");
    for expected in [
        "absent",
        "empty` is empty",
        "larger than 4096",
        "`UNSET` is not set",
        "not the name of a variable",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert!(!said.contains("my secret!"));
}

#[test]
fn s6_what_reaches_a_server_unresolved_is_refused() {
    let registry = Registry::new();
    for secret in [
        "[{kind: hmac, file: /etc/passwd}]",
        "[{kind: hmac, env: HOME}]",
    ] {
        let said = registry.refusal(&acme(secret));
        assert!(said.contains("never here"), "{said}");
        assert!(!said.contains("passwd"));
    }
}
