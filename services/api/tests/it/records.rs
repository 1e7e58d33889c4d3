//! What is declared, over HTTP.

use serde_json::{Value, json};
use sluice_bus::Records;
use sluice_events::{
    Timestamp,
    v1::{
        AccessRole, Connection, ConnectionStatus, EndpointState, KnownRef, KnownRefs, RefTable,
        SealedValue, SyncState,
    },
};
use sluice_registry::{KeyClass, OpeningKeys, keys, open_credential};
use sluice_test_support::{Registry, eventually, folder_holds, registry::repository};

use crate::{
    client::{Client, said},
    server::{Api, HOOKS},
    site::Site,
};

const CANARY: &str = "canary-0123456789abcdef";

/// A manifest.
pub(crate) fn manifest(kind: &str, name: &str, spec: Value) -> Value {
    json!({"spec": spec, "kind": kind, "metadata": {"name": name}, "apiVersion": "sluice.dev/v1"})
}

/// The repository `acme/<name>` at GitHub.
pub(crate) fn web(name: &str) -> Value {
    manifest(
        "Repository",
        name,
        json!({"host": "github", "fullName": format!("acme/{name}")}),
    )
}

fn names(page: &Value, kind: &str) -> Vec<String> {
    let all = page[kind].as_array().unwrap();
    let name = |shown: &Value| shown["metadata"]["name"].as_str().unwrap().to_owned();
    all.iter().map(name).collect()
}

#[tokio::test]
async fn what_is_declared_is_given_back_and_can_be_declared_again() {
    let (_site, _registry, _api, admin) = Site::with_admin().await;
    let spec = |kind: &str| match kind {
        "projects" => ("Project", json!({"description": "für\u{1f600}"})),
        "hosts" => (
            "Host",
            json!({"provider": "gitea", "url": "https://git.corp"}),
        ),
        "credentials" => (
            "Credential",
            json!({"host": "github", "token": {"value": CANARY}}),
        ),
        "repositories" => (
            "Repository",
            json!({
                "host": "github", "fullName": "acme/one", "url": "https://github.com/acme/one.git", "branch": "main",
                "mirror": "refs-only", "webhook": "none", "level": "organization", "title": "first",
            }),
        ),
        _ => (
            "Endpoint",
            json!({
                "host": "github", "scope": {"owner": "acme"}, "secrets": [{"kind": "hmac", "value": CANARY}],
            }),
        ),
    };
    for kind in [
        "projects",
        "hosts",
        "credentials",
        "repositories",
        "endpoints",
    ] {
        let path = format!("/api/v1/{kind}/one");
        let (word, spec) = spec(kind);
        let created = admin
            .json("PUT", &path, &manifest(word, "one", spec.clone()))
            .await;
        assert_eq!(created.status, 201, "{}", created.body);
        let shown = admin.reads(&path).await;
        assert_eq!(shown, said(&created), "{kind}");
        assert!(!created.body.contains(CANARY));
        let given = shown["spec"].as_object().unwrap();
        for (field, value) in spec.as_object().unwrap() {
            let has_secret = value.to_string().contains(CANARY);
            assert!(
                has_secret || given[field] == *value,
                "{field}: {value} {shown}"
            );
        }
        // Sent back as it was shown, its status with it, nothing changes.
        let tag = created.header("etag").to_owned();
        let again = admin.json("PUT", &path, &shown).await;
        assert_eq!(
            (again.status, again.header("etag")),
            (200, tag.as_str()),
            "{}",
            again.body
        );
        let listed = admin.reads(&format!("/api/v1/{kind}")).await;
        assert!(names(&listed, kind).contains(&"one".to_owned()), "{listed}");
    }
}

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
    let record: sluice_events::v1::Credential = records
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
async fn a_change_is_made_to_what_was_seen_alone() {
    let (_site, _registry, _api, admin) = Site::with_admin().await;
    let path = "/api/v1/repositories/web";
    let put = async |header: (&str, &str), branch: &str| {
        let mut body = web("web");
        body["spec"]["branch"] = branch.into();
        let headers = [("content-type", "application/json"), header];
        admin
            .send_body("PUT", path, &headers, Some(&body.to_string()))
            .await
    };
    assert_eq!(put(("if-match", "*"), "main").await.status, 412);
    assert_eq!(put(("if-match", "\"1\""), "main").await.status, 412);
    let created = put(("if-none-match", "*"), "main").await;
    assert_eq!(created.status, 201, "{}", created.body);
    let first = created.header("etag").to_owned();
    assert_eq!(put(("if-none-match", "*"), "main").await.status, 412);
    let changed = put(("if-match", &first), "next").await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    let second = changed.header("etag").to_owned();
    assert_ne!(first, second);
    let stale = put(("if-match", &first), "other").await;
    assert_eq!(stale.status, 412);
    assert!(
        stale.body.contains(second.trim_matches('"')),
        "{}",
        stale.body
    );
    let headers = [("if-match", first.as_str())];
    assert_eq!(admin.send("DELETE", path, &headers).await.status, 412);
    assert_eq!(admin.reads(path).await["spec"]["branch"], "next");
}

#[tokio::test]
async fn body_and_address_agree() {
    let (_site, _registry, _api, admin) = Site::with_admin().await;
    let of_payments = {
        let mut body = web("web");
        body["metadata"]["project"] = "payments".into();
        body
    };
    for (path, body, place) in [
        ("/api/v1/repositories/other", web("web"), "metadata.name"),
        ("/api/v1/endpoints/web", web("web"), "kind"),
        (
            "/api/v1/repositories/web",
            of_payments.clone(),
            "metadata.project",
        ),
    ] {
        let refused = admin.json("PUT", path, &body).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert_eq!(said(&refused)["problems"][0]["place"], place);
    }
    let there = "/api/v1/repositories/web?project=payments";
    let created = admin.json("PUT", there, &of_payments).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let there = "/api/v1/repositories/api?project=payments";
    let created = admin.json("PUT", there, &web("api")).await;
    assert_eq!(
        said(&created)["metadata"]["project"],
        "payments",
        "{}",
        created.body
    );
}

#[tokio::test]
async fn each_repository_is_shown_with_what_is_kept_about_it() {
    let (site, _registry, _api, admin) = Site::with_admin().await;
    for name in ["r0", "r1"] {
        admin
            .json("PUT", &format!("/api/v1/repositories/{name}"), &web(name))
            .await;
    }
    let key = keys::repository("default", "r0");
    let refs = Some(RefTable {
        changed: vec![KnownRef {
            r#ref: "refs/heads/canary".into(),
            ..Default::default()
        }],
        ..Default::default()
    });
    let sync = Records::<SyncState>::new(&site.nats.bus("sync").await, keys::SYNC_STATE);
    let state = SyncState {
        generation: 3,
        head: "main".into(),
        completed_at: Timestamp::parse("2026-01-31T12:00:00Z"),
        refs: refs.clone(),
        ..Default::default()
    };
    sync.put(&key, &state, None).await.unwrap();
    let known = Records::<KnownRefs>::new(&site.nats.bus("recoverer").await, keys::KNOWN_REFS);
    let swept = KnownRefs {
        swept_at: Timestamp::parse("2026-02-01T00:00:00Z"),
        refs,
        ..Default::default()
    };
    known.put(&key, &swept, None).await.unwrap();
    let connector = site.nats.bus("connector").await;
    let connections = Records::<Connection>::new(&connector, keys::CONNECTIONS);
    let mut connection = Connection {
        failures: 3,
        claim: Some(sluice_events::v1::ConnectionClaim {
            by: "canary".into(),
            until: None,
        }),
        ..Default::default()
    };
    connection.set_status(ConnectionStatus::Inactive);
    connections.put(&key, &connection, None).await.unwrap();

    let shown = eventually("the connection is known", || async {
        let shown = admin.reads("/api/v1/repositories/r0").await;
        (shown["status"]["state"] == "inactive").then_some(shown)
    })
    .await;
    assert_eq!(shown["spec"]["fullName"], "acme/r0");
    let status = &shown["status"];
    assert_eq!(status["sync"]["completedAt"], "2026-01-31T12:00:00Z");
    assert_eq!(status["known"]["sweptAt"], "2026-02-01T00:00:00Z");
    assert_eq!(status["connection"]["failures"], 3);
    assert!(
        !shown.to_string().contains("canary"),
        "tables and claims stay away"
    );
    let page = admin.reads("/api/v1/repositories").await;
    assert_eq!(page["repositories"][0], shown);
    assert_eq!(page["repositories"][1]["status"]["state"], "unknown");
    let inactive = admin.reads("/api/v1/repositories?status=inactive").await;
    assert_eq!(names(&inactive, "repositories"), ["r0"]);
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

async fn many(count: usize) -> (Site, Registry, Api, Client) {
    let (site, registry, api, admin) = Site::with_admin().await;
    let all = (0..count).map(|number| {
        let name = format!("r{number}");
        repository(&name, "github", &format!("acme/{name}")).manifest()
    });
    registry.declare(&all.collect::<Vec<_>>()).await;
    eventually("all of them are known", || async {
        let page = admin.reads("/api/v1/repositories?limit=200").await;
        (names(&page, "repositories").len() == count).then_some(())
    })
    .await;
    (site, registry, api, admin)
}

#[tokio::test]
async fn lists_come_in_pages_by_project_and_name_and_say_where_the_next_is() {
    let (_site, _registry, _api, admin) = many(5).await;
    let there = "/api/v1/repositories/a?project=payments";
    assert_eq!(admin.json("PUT", there, &web("a")).await.status, 201);
    let first = admin.get("/api/v1/repositories?host=github&limit=3").await;
    let page = said(&first);
    assert_eq!(names(&page, "repositories"), ["r0", "r1", "r2"]);
    let link = first.header("link");
    let next = link
        .strip_prefix('<')
        .and_then(|link| link.split_once('>'))
        .unwrap();
    assert_eq!(next.1, "; rel=\"next\"");
    let second = admin.get(next.0).await;
    assert_eq!(names(&said(&second), "repositories"), ["r3", "r4", "a"]);
    assert_eq!(second.header("link"), "");
    assert!(said(&second).get("next").is_none());
    for (query, expected) in [
        ("?host=gitlab", &[][..]),
        ("?project=payments", &["a"]),
        ("?q=R4", &["r4"]),
        ("?q=CME/r1", &["r1"]),
        ("?status=active", &[]),
    ] {
        let page = admin.reads(&format!("/api/v1/repositories{query}")).await;
        assert_eq!(names(&page, "repositories"), expected, "{query}");
    }
    for (query, parameter) in [
        ("?limit=201", "limit"),
        ("?after=x", "after"),
        ("?status=x", "status"),
    ] {
        let (status, problem) = admin.refused(&format!("/api/v1/repositories{query}")).await;
        assert_eq!((status, &problem["parameter"]), (400, &parameter.into()));
    }
}

#[tokio::test]
async fn k3_what_a_project_shows_to_all_is_readable_from_every_other() {
    let (site, _registry, api, admin) = Site::with_admin().await;
    for (name, level) in [("open", "organization"), ("closed", "private")] {
        let mut body = web(name);
        body["spec"]["level"] = level.into();
        let there = format!("/api/v1/repositories/{name}?project=payments");
        assert_eq!(admin.json("PUT", &there, &body).await.status, 201);
    }
    admin
        .json("PUT", "/api/v1/repositories/own", &web("own"))
        .await;
    let viewer = api.client(&site.token_of(AccessRole::Viewer, "default").await);
    eventually("the viewer is known", || async {
        (viewer.get("/api/v1/hosts").await.status == 200).then_some(())
    })
    .await;
    let all = viewer.reads("/api/v1/repositories").await;
    assert_eq!(names(&all, "repositories"), ["own", "open"]);
    let theirs = viewer.reads("/api/v1/repositories?project=payments").await;
    assert_eq!(names(&theirs, "repositories"), ["open"]);
    viewer
        .reads("/api/v1/repositories/open?project=payments")
        .await;
    let closed = viewer
        .refused("/api/v1/repositories/closed?project=payments")
        .await;
    let none = viewer
        .refused("/api/v1/repositories/none?project=payments")
        .await;
    let nowhere = viewer
        .refused("/api/v1/repositories/open?project=nowhere")
        .await;
    assert_eq!(closed.0, 404);
    assert_eq!(
        [&none, &nowhere],
        [&closed, &closed],
        "which of them is nobody's business"
    );
    assert_eq!(
        viewer.refused("/api/v1/repositories?project=nowhere").await,
        closed
    );
}

#[tokio::test]
async fn what_is_in_use_stays_and_the_rest_goes() {
    let (_site, _registry, _api, admin) = Site::with_admin().await;
    let bot = manifest(
        "Credential",
        "bot",
        json!({"host": "github", "token": {"value": CANARY}}),
    );
    admin.json("PUT", "/api/v1/credentials/bot", &bot).await;
    let mut body = web("web");
    body["spec"]["credential"] = "bot".into();
    let created = admin.json("PUT", "/api/v1/repositories/web", &body).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let refused = admin.send("DELETE", "/api/v1/credentials/bot", &[]).await;
    assert_eq!(refused.status, 409);
    assert!(
        refused.body.contains("Repository default/web"),
        "{}",
        refused.body
    );
    assert_eq!(
        admin
            .send("DELETE", "/api/v1/hosts/github", &[])
            .await
            .status,
        409
    );
    assert_eq!(
        admin
            .send("DELETE", "/api/v1/projects/payments", &[])
            .await
            .status,
        204
    );
    assert_eq!(admin.refused("/api/v1/projects/payments").await.0, 404);
    assert_eq!(
        admin
            .send("DELETE", "/api/v1/projects/payments", &[])
            .await
            .status,
        404
    );
}
