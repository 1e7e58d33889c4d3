//! How repositories stand, beside what is declared.

use sluice_bus::Records;
use sluice_events::{
    Timestamp,
    v1::{
        Connection, ConnectionStatus, Hook, HookIntent, KnownRef, KnownRefs, RefTable, SyncState,
    },
};
use sluice_registry::keys;
use sluice_test_support::eventually;

use crate::{
    records::{names, web},
    site::Site,
};

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
        intent: Some(HookIntent {
            hook: Some(Hook {
                endpoint: "canary".into(),
                ..Default::default()
            }),
            ..Default::default()
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
        "tables and intents stay away"
    );
    let page = admin.reads("/api/v1/repositories").await;
    assert_eq!(page["repositories"][0], shown);
    assert_eq!(page["repositories"][1]["status"]["state"], "unknown");
    let inactive = admin.reads("/api/v1/repositories?status=inactive").await;
    assert_eq!(names(&inactive, "repositories"), ["r0"]);
}
