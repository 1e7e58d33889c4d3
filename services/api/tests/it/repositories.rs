//! Registered repositories over HTTP.

use serde_json::Value;
use sluice_bus::Records;
use sluice_events::{
    Timestamp,
    v1::{KnownRef, KnownRefs, RefTable, SyncState},
};
use sluice_registry::keys;
use sluice_test_support::{Registry, eventually, registry::repository};

use crate::{client::Client, server::Api, site::Site};

async fn declared(count: usize) -> (Site, Api, Client) {
    let (site, api, client) = Site::with_api().await;
    let registry = Registry::of(&site.nats).await;
    let names = (0..count).map(|number| format!("r{number}"));
    let manifests = names.map(|name| {
        let full_name = format!("acme/{name}");
        repository(&name, "github", &full_name).manifest()
    });
    registry.declare(&manifests.collect::<Vec<_>>()).await;
    eventually("all of them are known", || async {
        let page = client.reads("/api/v1/repositories?limit=200").await;
        (names_of(&page).len() == count).then_some(())
    })
    .await;
    (site, api, client)
}

fn names_of(page: &Value) -> Vec<String> {
    let repositories = page["repositories"].as_array().unwrap();
    let name = |shown: &Value| shown["repository"]["name"].as_str().unwrap().to_owned();
    repositories.iter().map(name).collect()
}

#[tokio::test]
async fn each_is_shown_with_what_is_kept_about_it() {
    let (site, _api, client) = declared(2).await;
    let key = keys::repository("default", "r0");
    let refs = Some(RefTable {
        changed: vec![KnownRef {
            r#ref: "refs/heads/canary".into(),
            ..Default::default()
        }],
        ..Default::default()
    });
    let sync = site.nats.bus("sync").await;
    let states = Records::<SyncState>::new(&sync, keys::SYNC_STATE);
    let state = SyncState {
        generation: 3,
        head: "main".into(),
        completed_at: Timestamp::parse("2026-01-31T12:00:00Z"),
        refs: refs.clone(),
        ..Default::default()
    };
    states.put(&key, &state, None).await.unwrap();
    let recoverer = site.nats.bus("recoverer").await;
    let known = Records::<KnownRefs>::new(&recoverer, keys::KNOWN_REFS);
    let swept = KnownRefs {
        swept_at: Timestamp::parse("2026-02-01T00:00:00Z"),
        refs,
        ..Default::default()
    };
    known.put(&key, &swept, None).await.unwrap();

    let shown = client.reads("/api/v1/repositories/r0").await;
    assert_eq!(shown["repository"]["fullName"], "acme/r0");
    assert_eq!(shown["sync"]["completedAt"], "2026-01-31T12:00:00Z");
    assert_eq!(shown["known"]["sweptAt"], "2026-02-01T00:00:00Z");
    assert!(!shown.to_string().contains("canary"), "tables stay away");
    let page = client.reads("/api/v1/repositories").await;
    assert_eq!(page["repositories"][0], shown);
    assert!(page["repositories"][1].get("sync").is_none());
    assert_eq!(client.refused("/api/v1/repositories/none").await.0, 404);
    let elsewhere = "/api/v1/repositories/r0?project=payments";
    assert_eq!(client.refused(elsewhere).await.0, 404);
}

#[tokio::test]
async fn they_come_in_pages_by_name() {
    let (_site, _api, client) = declared(5).await;
    let first = client.reads("/api/v1/repositories?limit=3").await;
    assert_eq!(names_of(&first), ["r0", "r1", "r2"]);
    assert_eq!(first["next"], "r2");
    let second = client.reads("/api/v1/repositories?limit=3&after=r2").await;
    assert_eq!(names_of(&second), ["r3", "r4"]);
    assert!(second.get("next").is_none());
    let none = client.reads("/api/v1/repositories?host=gitlab").await;
    assert_eq!(names_of(&none), Vec::<String>::new());
    let theirs = client.reads("/api/v1/repositories?project=payments").await;
    assert_eq!(names_of(&theirs), Vec::<String>::new());
    let (status, problem) = client.refused("/api/v1/repositories?limit=201").await;
    assert_eq!((status, &problem["parameter"]), (400, &"limit".into()));
}
