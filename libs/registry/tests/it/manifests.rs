//! Manifests: read, resolved, printed.

use std::{ffi::OsString, path::Path};

use sluice_events::v1::{CredentialKind, MirrorKind, SecretKind, scope::Of};
use sluice_registry::{Manifest, Record, Source, Spec, parse, resolve};

use crate::{
    fixture::{CANARY, Registry, acme, credential, document, repository},
    samples::{certificate, ssh_key},
};

const EVERYTHING: &str = r#"
apiVersion: sluice.dev/v1
kind: Project
metadata: {name: payments}
spec: {description: "money: in and out"}
---
apiVersion: sluice.dev/v1
kind: Host
metadata: {name: gitlab-corp}
spec:
  provider: gitlab
  url: "https://gitlab.corp.example/"
  apiUrl: https://api.corp.example
  sshUrl: "ssh://git@gitlab.corp.example:2222"
  sshHostKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH"]
  privateAddresses: true
---
apiVersion: sluice.dev/v1
kind: Credential
metadata: {name: bot, project: payments}
spec: {host: gitlab-corp, token: {user: oauth2, value: 0123}, expiresAt: 2026-01-02T12:00:00+01:00}
---
apiVersion: sluice.dev/v1
kind: Credential
metadata: {name: pair}
spec: {host: github, userPassword: {user: somebody, value: something}}
---
apiVersion: sluice.dev/v1
kind: Repository
metadata: {name: web, project: payments}
spec:
  host: gitlab-corp
  fullName: acme/web
  url: https://gitlab.corp.example/acme/web.git
  branch: main
  credential: bot
  mirror: refs-only
  hostId: "42"
---
apiVersion: sluice.dev/v1
kind: Repository
metadata: {name: small}
spec: {host: github, fullName: acme/small}
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
            "Credential payments/bot",
            "Credential default/pair",
            "Repository payments/web",
            "Repository default/small",
            "Endpoint payments/web"
        ]
    );
    let Spec::Credential(credential) = &manifests[2].spec else {
        panic!("{manifests:?}")
    };
    assert_eq!(credential.kind, CredentialKind::Token);
    assert_eq!(credential.user, "oauth2");
    let expires = credential.expires_at.unwrap().to_string();
    assert_eq!(expires, "2026-01-02T11:00:00Z");
    let Spec::Repository(repository) = &manifests[5].spec else {
        panic!("{manifests:?}")
    };
    assert_eq!(
        (&*repository.url, repository.mirror()),
        ("", MirrorKind::Full)
    );
    let Spec::Endpoint(endpoint) = &manifests[6].spec else {
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
    let more = credential(
        "c",
        "token: {value: a, env: B}, sshKey: {}, expiresAt: soon",
    ) + &repository("r", "fullName: a/b, mirror: half");
    let host = "---\napiVersion: sluice.dev/v1\nkind: Host\nmetadata: {name: h, project: p}\nspec: {provider: a, url: b}\n";
    let said = parse(format!("{both}{scope}{host}{more}").as_bytes()).unwrap_err();
    let said: Vec<_> = said.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 9, "{said:#?}");
    assert!(said[0].starts_with("line 2: Endpoint default/acme: spec.secrets[0]: value: "));
    assert!(said[1].contains("use one of hmac, token, signing, basic, path"));
    assert!(said[2].contains("acceptUntil: it is not a time"));
    assert!(said[3].starts_with("line 7: Endpoint default/b: spec.scope: "));
    assert!(said[4].starts_with("line 12: Host h: metadata.project: a Host belongs to no project"));
    assert!(said[5].contains("Credential default/c: spec: it says more than one thing"));
    assert!(said[6].contains("spec.token: value: its value comes from more than one place"));
    assert!(said[7].contains("spec.expiresAt: it is not a time"));
    assert!(said[8].contains("spec.mirror: there is no such kind; use one of full"));
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
    assert_eq!(words.len(), 2 + 5 + 2 + 2 + 2);
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
    let manifest = Manifest::from(&Record::Endpoint(registry.acme().clone()));
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

#[test]
fn s6_a_credential_and_authorities_are_read_where_they_are_applied() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key"), ssh_key()).unwrap();
    std::fs::write(folder.path().join("ca.pem"), certificate(1)).unwrap();
    std::fs::write(folder.path().join("large"), "x".repeat(70_000)).unwrap();
    let file = credential("bot", "token: {env: SET}")
        + &credential("key", "sshKey: {user: git, file: key}")
        + &document(
            "Host",
            "corp",
            "{provider: gitea, url: 'https://git.corp', ca: {file: ca.pem}}",
        );
    let environment = |name: &str| (name == "SET").then(|| OsString::from(CANARY));
    let manifests = parse(file.as_bytes()).unwrap();
    let manifests = resolve(manifests, environment, folder.path()).unwrap();
    let registry = Registry::new();
    let now = sluice_events::Timestamp::from_seconds(registry.now);
    let plan = sluice_registry::plan(&manifests, &registry.records, &registry.sealing_keys(), now);
    assert_eq!(plan.unwrap().outcomes.len(), 3);

    let file = credential("bot", "token: {file: large}")
        + &credential("key", "sshKey: {file: large}")
        + &credential("none", "userPassword: {user: u, env: UNSET}")
        + &document(
            "Host",
            "corp",
            "{provider: gitea, url: a, ca: {file: large}}",
        )
        + &document(
            "Host",
            "other",
            "{provider: gitea, url: a, ca: {file: absent}}",
        );
    let manifests = parse(file.as_bytes()).unwrap();
    let said = resolve(manifests, environment, folder.path()).unwrap_err();
    let said: Vec<_> = said.iter().map(ToString::to_string).collect();
    for (said, expected) in said.iter().zip([
        "Credential default/bot: spec.token: file: `",
        "Credential default/key: spec.sshKey: file: `",
        "Credential default/none: spec.userPassword: env: the environment variable `UNSET` is not set",
        "Host corp: spec.ca: file: `",
        "Host other: spec.ca: file: `",
    ]) {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert!(said[0].contains("larger than 4096") && said[1].contains("larger than 16384"));
    assert!(said[3].contains("larger than 65536") && said[4].contains("cannot be read"));
}

#[test]
fn a_credential_is_printed_without_its_value() {
    let registry = Registry::with_web();
    let printed = registry.print();
    assert!(printed.contains("token: {}"), "{printed}");
    assert!(printed.contains("fullName: acme/web\n"), "{printed}");
    assert!(printed.contains("mirror: full\n"), "{printed}");
}
