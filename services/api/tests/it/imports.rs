//! Many repositories at once.

use serde_json::{Value, json};
use sluice_bus::Records;
use sluice_events::{
    Call,
    v1::{
        AccessRole, Connection, ConnectionStatus, ConnectorRequest, Import, ImportStatus,
        WebhookKind,
    },
};
use sluice_registry::keys;
use sluice_test_support::eventually;

use crate::{
    client::{Client, said},
    records::manifest,
    site::Site,
    work::commands,
};

/// What an import of `acme` asks for, by that credential.
pub(crate) fn spec(credential: &str) -> Value {
    json!({"host": "github", "owner": "acme", "credential": credential})
}

/// Writes an import of `acme` as the connector does, and waits until the API knows it.
pub(crate) async fn stands(site: &Site, client: &Client, name: &str) {
    let connector = site.nats.bus("connector").await;
    let imports = Records::<Import>::new(&connector, keys::IMPORTS);
    let import = Import {
        name: name.into(),
        project: "default".into(),
        host: "github".into(),
        owner: "acme".into(),
        webhook: WebhookKind::Shared.into(),
        status: ImportStatus::Listed.into(),
        seen: 3,
        registered: 2,
        ..Default::default()
    };
    let key = keys::import("default", name);
    imports.put(&key, &import, None).await.unwrap();
    eventually("the import is known", || async {
        let answer = client.get(&format!("/api/v1/imports/{name}")).await;
        (answer.status == 200).then_some(())
    })
    .await;
}

async fn bot(admin: &Client) {
    let spec = json!({"host": "github", "token": {"value": "a-secret-of-some-length"}});
    let path = "/api/v1/credentials/bot";
    let made = admin
        .json("PUT", path, &manifest("Credential", "bot", spec))
        .await;
    assert_eq!(made.status, 201, "{}", made.body);
}

#[tokio::test]
async fn w9_an_import_is_asked_for_in_the_name_of_who_asks() {
    let (site, _registry, api, admin) = Site::with_admin().await;
    bot(&admin).await;
    let token = site.token_of(AccessRole::Editor, "default").await;
    let editor = api.client(&token);
    let mut wanted = spec("bot");
    wanted["webhook"] = "shared".into();
    wanted["match"] = "web-*".into();
    let answer = eventually("the editor is known", || async {
        let answer = editor.json("POST", "/api/v1/imports/acme", &wanted).await;
        (answer.status != 401).then_some(answer)
    })
    .await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    let stored = commands(&site).await.pop().unwrap();
    let call = Call::parse(&stored.subject).unwrap();
    let of = (
        &*call.project,
        &*call.principal,
        &*call.service,
        &*call.verb,
    );
    assert_eq!(of, ("default", "editor-of-default", "connector", "import"));
    let asked: ConnectorRequest = serde_json::from_slice(&stored.payload).unwrap();
    let import = asked.import.unwrap();
    assert_eq!((&*import.owner, &*import.r#match), ("acme", "web-*"));
    assert_eq!(import.webhook(), WebhookKind::Shared);
    stands(&site, &admin, "acme").await;
    let ended = editor.send("DELETE", "/api/v1/imports/acme", &[]).await;
    assert_eq!(ended.status, 202, "{}", ended.body);
    let stored = commands(&site).await.pop().unwrap();
    assert_eq!(Call::parse(&stored.subject).unwrap().verb, "end-import");
    let asked: ConnectorRequest = serde_json::from_slice(&stored.payload).unwrap();
    assert_eq!(asked.name, "acme");
}

#[tokio::test]
async fn what_cannot_be_imported_is_said_and_not_asked_for() {
    let (site, _registry, _api, admin) = Site::with_admin().await;
    bot(&admin).await;
    let path = "/api/v1/imports/acme";
    let mut many = spec("none");
    many["host"] = "nowhere".into();
    let refused = admin.json("POST", path, &many).await;
    assert_eq!(refused.status, 422);
    let problems = said(&refused)["problems"].as_array().unwrap().len();
    assert_eq!(problems, 2, "all of it is said at once: {}", refused.body);
    let mut odd = spec("bot");
    odd["kind"] = "Import".into();
    assert_eq!(admin.json("POST", path, &odd).await.status, 422);
    stands(&site, &admin, "acme").await;
    let mut other = spec("bot");
    other["owner"] = "evil".into();
    let refused = admin.json("POST", path, &other).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    let none = admin.send("DELETE", "/api/v1/imports/none", &[]).await;
    assert_eq!(none.status, 404);
    assert!(commands(&site).await.is_empty());
}

#[tokio::test]
async fn an_import_is_shown_with_how_its_repositories_stand() {
    let (site, _registry, _api, admin) = Site::with_admin().await;
    stands(&site, &admin, "acme").await;
    stands(&site, &admin, "other").await;
    let connector = site.nats.bus("connector").await;
    let connections = Records::<Connection>::new(&connector, keys::CONNECTIONS);
    let repositories =
        Records::<sluice_events::v1::RegisteredRepository>::new(&connector, keys::REPOSITORIES);
    for (name, status) in [
        ("r0", ConnectionStatus::Active),
        ("r1", ConnectionStatus::Inactive),
    ] {
        let record = sluice_events::v1::RegisteredRepository {
            name: name.into(),
            project: "default".into(),
            host: "github".into(),
            full_name: format!("acme/{name}"),
            import: "acme".into(),
            ..Default::default()
        };
        let key = keys::repository("default", name);
        repositories.put(&key, &record, None).await.unwrap();
        let connection = Connection {
            status: status.into(),
            ..Default::default()
        };
        connections.put(&key, &connection, None).await.unwrap();
    }
    let shown = eventually("both are known", || async {
        let shown = admin.reads("/api/v1/imports/acme").await;
        let counts = &shown["status"]["repositories"];
        (*counts == json!({"active": 1, "inactive": 1})).then_some(shown)
    })
    .await;
    assert_eq!(shown["spec"]["webhook"], "shared");
    assert_eq!(shown["status"]["seen"], 3);
    let first = admin.reads("/api/v1/imports?limit=1").await;
    assert_eq!(first["imports"], json!([shown]));
    let next = first["next"].as_str().unwrap();
    let second = admin.reads(&format!("/api/v1/imports?after={next}")).await;
    assert_eq!(second["imports"][0]["name"], "other");
    assert!(second.get("next").is_none());
}
