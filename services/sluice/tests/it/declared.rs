//! Credentials and repositories: declared, shown and removed like everything else, and no value comes out again.

use sluice_bus::Records;
use sluice_events::v1::{AuditEntry, Connection, Credential, Hook, SealedValue};
use sluice_registry::{KeyClass, OpeningKeys, keys, open_credential};
use sluice_test_support::folder_holds;

use crate::site::Site;

const TOKEN: &str = "ghp_canary7Kq2mX9vB4tR8wZ1";

const MANIFEST: &str = "apiVersion: sluice.dev/v1
kind: Credential
metadata: {name: bot, project: default}
spec: {host: github, token: {file: handed-over/token}}
---
apiVersion: sluice.dev/v1
kind: Repository
metadata: {name: web, project: default}
spec: {host: github, fullName: acme/web, branch: main, credential: bot}
";

async fn with_a_repository() -> Site {
    let site = Site::start().await;
    site.file("handed-over/token", &format!("{TOKEN}\n"));
    let applied = site.apply(MANIFEST).await;
    assert_eq!(applied.code, Some(0), "{}", applied.stderr);
    let lines: Vec<_> = applied.stdout.lines().collect();
    let created = [
        "Credential default/bot created",
        "Repository default/web created",
    ];
    assert_eq!(lines, created);
    site
}

#[tokio::test]
async fn s4_a_credential_is_sealed_and_only_its_key_opens_it() {
    let site = with_a_repository().await;
    let bus = site.bus("sync").await;
    let credentials = Records::<Credential>::new(&bus, keys::CREDENTIALS);
    let record = credentials.get(&keys::credential("default", "bot")).await;
    let record = record.unwrap().unwrap().record;
    let values = Records::<SealedValue>::new(&bus, keys::CREDENTIAL_VALUES);
    let key = keys::credential_value("default", "bot", record.version);
    let sealed = values.get(&key).await.unwrap().unwrap().record;

    let file = site.folder().join("keys/credentials.key");
    let opening = OpeningKeys::load(KeyClass::Credentials, &[file]).unwrap();
    let opened = open_credential(&record, Some(sealed), &opening).unwrap();
    assert_eq!(opened.expose(), TOKEN.as_bytes());
    assert!(!folder_holds(&site.folder().join("nats"), TOKEN));
}

#[tokio::test]
async fn what_get_shows_can_be_applied_and_changes_nothing() {
    let site = with_a_repository().await;
    let shown = site.does(&["get", "-o", "yaml"]).await;
    assert!(!shown.contains(TOKEN));
    let again = site.apply(&shown).await;
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert!(
        again
            .stdout
            .lines()
            .all(|line| line.ends_with(" unchanged")),
        "{}",
        again.stdout
    );
    let table = site.does(&["get", "repositories"]).await;
    let line = "Repository default/web  acme/web of host github, https://github.com/acme/web.git\n";
    assert_eq!(table, line);
    let json = site
        .tells(&["get", "credential", "bot", "-o", "json"])
        .await;
    assert_eq!(json[0]["kind"], "Credential");
    assert!(!json.to_string().contains(TOKEN));
}

#[tokio::test]
async fn a_credential_that_is_used_is_not_deleted() {
    let site = with_a_repository().await;
    let refused = site.run_directly(&["delete", "credential", "bot"]).await;
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("web"), "{}", refused.stderr);

    for (kind, name) in [("repository", "web"), ("credential", "bot")] {
        site.does_directly(&["delete", kind, name]).await;
        let gone = site.run(&["get", kind, name]).await;
        assert_eq!(gone.code, Some(2));
        let expected = format!("error: there is no such {kind}: {name}\n");
        assert_eq!(gone.stderr, expected);
    }
    let bus = site.bus("operator").await;
    let values = Records::<SealedValue>::new(&bus, keys::CREDENTIAL_VALUES);
    assert!(values.all().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_wrong_is_said_with_a_way_out() {
    let site = Site::start().await;
    let nobody = site.apply(MANIFEST).await;
    assert_eq!(nobody.code, Some(2));
    assert!(nobody.stderr.contains("token"), "{}", nobody.stderr);

    site.file("handed-over/token", TOKEN);
    let elsewhere = MANIFEST.replace("credential: bot", "credential: none");
    let elsewhere = site.apply(&elsewhere).await;
    assert_eq!(elsewhere.code, Some(2));
    assert!(elsewhere.stderr.contains("none"), "{}", elsewhere.stderr);
    assert_eq!(elsewhere.stdout, "", "nothing of it is declared");
    assert!(!elsewhere.stderr.contains(TOKEN));
    assert_eq!(site.does(&["get", "credentials"]).await, "");
}

#[tokio::test]
async fn k7_a_webhook_that_stays_is_named_where_a_repository_is_deleted_past_the_connector() {
    let site = with_a_repository().await;
    let connections = Records::<Connection>::new(&site.bus("connector").await, keys::CONNECTIONS);
    let connection = Connection {
        hook: Some(Hook {
            id: "4711".into(),
            ..Hook::default()
        }),
        ..Connection::default()
    };
    let key = keys::repository("default", "web");
    connections.put(&key, &connection, None).await.unwrap();
    let deleted = site.run_directly(&["delete", "repository", "web"]).await;
    assert_eq!(deleted.code, Some(0), "{}", deleted.stderr);
    let named = "warning: the webhook 4711 of Repository default/web stays at its host";
    assert!(deleted.stderr.contains(named), "{}", deleted.stderr);
}

#[tokio::test]
async fn s1_what_is_applied_and_deleted_stands_in_the_audit() {
    let site = with_a_repository().await;
    site.does_directly(&["repositories", "sync", "web"]).await;
    site.does_directly(&["delete", "repository", "web"]).await;
    site.does_directly(&["access-tokens", "new", "ci"]).await;
    let bus = site.bus("operator").await;
    let stored = bus
        .read_forward("SLUICE_AUDIT", "sluice.v1.audit.>", 1)
        .await;
    let entries: Vec<_> = stored
        .unwrap()
        .iter()
        .map(|message| {
            let entry: AuditEntry = serde_json::from_slice(&message.payload).unwrap();
            assert!(entry.allowed && entry.principal == "operator");
            format!("{} {}", entry.action, entry.object)
        })
        .collect();
    let expected = [
        "apply Credential default/bot",
        "apply Repository default/web",
        "sync.repository Repository default/web",
        "delete Repository default/web",
        "access-tokens.new AccessToken ci",
    ];
    assert_eq!(entries, expected);
}

#[tokio::test]
async fn what_changes_something_goes_past_the_api_only_when_told_so() {
    let site = with_a_repository().await;
    for words in [
        &["delete", "repository", "web"][..],
        &["apply", "-f", "-"],
        &["access-tokens", "new", "ci"],
        &["access-tokens", "delete", "ci"],
        &["repositories", "sync", "web"],
        &["repositories", "add", "https://github.com/acme/other"],
        &["repositories", "delete", "web"],
    ] {
        let manifest = "apiVersion: sluice.dev/v1\nkind: Project\nmetadata: {name: p}\nspec: {}\n";
        let refused = site.run_on(words, manifest).await;
        assert_eq!(refused.code, Some(2), "{words:?}: {refused:?}");
        let said = "error: changes go through the API, and NATS is what is named\nhint: name the API by --api or --data-dir, or go past its rules by --direct\n";
        assert_eq!(refused.stderr, said, "{words:?}");
    }
    assert_eq!(
        site.does(&["get", "-o", "name"]).await,
        "Credential default/bot\nRepository default/web\n"
    );
}
