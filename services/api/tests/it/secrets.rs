//! Secrets over HTTP: they come in, and never go out.

use serde_json::json;
use sluice_bus::Records;
use sluice_events::{
    Timestamp,
    v1::{AccessRole, Credential, EndpointState, SealedValue},
};
use sluice_registry::{KeyClass, OpeningKeys, keys, open_credential};
use sluice_test_support::{eventually, folder_holds};

use crate::{
    client::said,
    records::{CANARY, manifest, web},
    server::{Api, HOOKS},
    site::Site,
};

#[tokio::test]
async fn k1_s4_a_secret_is_sealed_at_once_and_never_shown() {
    let (site, registry, _api, admin) = Site::with_admin().await;
    let bot = manifest(
        "Credential",
        "bot",
        json!({"host": "github", "token": {"value": CANARY}}),
    );
    let created = admin.json("PUT", "/api/v1/credentials/bot", &bot).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let sync = site.nats.bus("sync").await;
    let records = Records::new(&sync, keys::CREDENTIALS);
    let record: Credential = records
        .get(&keys::credential("default", "bot"))
        .await
        .unwrap()
        .unwrap()
        .record;
    let values = Records::<SealedValue>::new(&sync, keys::CREDENTIAL_VALUES);
    let key = keys::credential_value("default", "bot", record.version);
    let sealed = values.get(&key).await.unwrap().unwrap().record;
    let opening = OpeningKeys::load(KeyClass::Credentials, &[registry.credentials_key()]).unwrap();
    let opened = open_credential(&record, Some(sealed), &opening).unwrap();
    assert_eq!(opened.expose(), CANARY.as_bytes());
    assert!(!folder_holds(site.nats.folder(), CANARY));
    for path in [
        "/api/v1/credentials",
        "/api/v1/credentials/bot",
        "/api/v1/audit",
    ] {
        assert!(!admin.get(path).await.body.contains(CANARY), "{path}");
    }
}

#[tokio::test]
async fn without_a_public_key_no_secret_is_taken_and_everything_else_is() {
    let site = Site::start().await;
    let token = site.token_of(AccessRole::Admin, "").await;
    let api = Api::start(&site).await;
    let admin = api.client(&token);
    let secrets = json!([{"kind": "hmac", "value": CANARY}]);
    let acme = json!({"host": "github", "scope": {"owner": "acme"}, "secrets": secrets});
    for (kind, path, spec, says) in [
        ("Endpoint", "endpoints/a", acme, "--hook-secrets-pub"),
        (
            "Credential",
            "credentials/a",
            json!({"host": "github", "token": {"value": CANARY}}),
            "--credentials-pub",
        ),
    ] {
        let path = format!("/api/v1/{path}");
        let refused = admin.json("PUT", &path, &manifest(kind, "a", spec)).await;
        assert_eq!(refused.status, 503);
        assert!(
            refused.body.contains(says) && !refused.body.contains(CANARY),
            "{}",
            refused.body
        );
    }
    let created = admin
        .json("PUT", "/api/v1/repositories/web", &web("web"))
        .await;
    assert_eq!(created.status, 201, "{}", created.body);
}

#[tokio::test]
async fn s6_what_only_a_client_can_read_is_refused_by_its_field() {
    let (_site, _registry, _api, admin) = Site::with_admin().await;
    for (kind, path, spec, field) in [
        (
            "Credential",
            "credentials",
            json!({"host": "github", "token": {"file": "/etc/passwd"}}),
            "spec.token",
        ),
        (
            "Credential",
            "credentials",
            json!({"host": "github", "sshKey": {"env": "HOME"}}),
            "spec.sshKey",
        ),
        (
            "Host",
            "hosts",
            json!({"provider": "gitea", "url": "https://git.corp", "ca": {"file": "/etc/passwd"}}),
            "spec.ca",
        ),
        (
            "Endpoint",
            "endpoints",
            json!({"host": "github", "scope": {"owner": "a"}, "secrets": [{"kind": "hmac", "env": "HOME"}]}),
            "spec.secrets[0]",
        ),
    ] {
        let body = manifest(kind, "a", spec);
        let one = admin.json("PUT", &format!("/api/v1/{path}/a"), &body).await;
        let all = admin.json("POST", "/api/v1/apply", &body).await;
        for refused in [one, all] {
            assert_eq!(refused.status, 422, "{}", refused.body);
            let place = said(&refused)["problems"][0]["place"]
                .as_str()
                .unwrap()
                .to_owned();
            assert!(place.contains(field), "{place}");
            assert!(!refused.body.contains("root:"), "{}", refused.body);
        }
    }
}

#[tokio::test]
async fn s11_endpoint_ids_are_for_editors() {
    let (site, _registry, api, admin) = Site::with_admin().await;
    let secrets = json!([{"kind": "hmac", "value": CANARY}]);
    let acme = manifest(
        "Endpoint",
        "acme",
        json!({"host": "github", "scope": {"owner": "acme"}, "secrets": secrets}),
    );
    let created = said(&admin.json("PUT", "/api/v1/endpoints/acme", &acme).await);
    let id = created["spec"]["id"].as_str().unwrap();
    assert_eq!(created["status"]["address"], format!("{HOOKS}/hooks/{id}"));
    let gateway = site.nats.bus("gateway").await;
    let states = Records::<EndpointState>::new(&gateway, keys::ENDPOINT_STATE);
    let state = EndpointState {
        signed_since: Timestamp::parse("2026-01-31T12:00:00Z"),
        ..Default::default()
    };
    states
        .put(&keys::endpoint("default", "acme"), &state, None)
        .await
        .unwrap();
    let viewer = api.client(&site.token_of(AccessRole::Viewer, "default").await);
    eventually("the viewer is known", || async {
        (viewer.get("/api/v1/hosts").await.status == 200).then_some(())
    })
    .await;
    for path in ["/api/v1/endpoints", "/api/v1/endpoints/acme"] {
        let shown = viewer.reads(path).await;
        assert!(!shown.to_string().contains(id), "{shown}");
        assert!(
            shown.to_string().contains("2026-01-31T12:00:00Z"),
            "{shown}"
        );
    }
}
