//! How repositories stand, and having one looked at.

use sluice_bus::Records;
use sluice_events::{
    Timestamp,
    v1::{KnownRefs, SyncFailure, SyncState},
};
use sluice_registry::keys;

use crate::{
    site::Site,
    sync::{self, Becomes, state},
};

const MANIFEST: &str = "apiVersion: sluice.dev/v1
kind: Repository
metadata: {name: web, project: default}
spec: {host: github, fullName: acme/web}
---
apiVersion: sluice.dev/v1
kind: Repository
metadata: {name: refs, project: default}
spec: {host: github, fullName: acme/refs, mirror: none}
";

async fn declared() -> Site {
    let site = Site::start().await;
    let applied = site.apply(MANIFEST).await;
    assert_eq!(applied.code, Some(0), "{}", applied.stderr);
    site
}

async fn stands(site: &Site, becomes: Becomes) {
    let bus = site.bus("sync").await;
    let states = Records::<SyncState>::new(&bus, keys::SYNC_STATE);
    let key = keys::repository("default", "web");
    let before = states.get(&key).await.unwrap().map(|state| state.revision);
    states.put(&key, &state(becomes), before).await.unwrap();
}

#[tokio::test]
async fn each_says_how_it_stands() {
    let site = declared().await;
    let table = site.does(&["repositories", "list"]).await;
    let lines: Vec<_> = table.lines().collect();
    assert!(lines[0].starts_with("PROJECT/NAME"), "{table}");
    assert!(lines[1].contains("default/refs") && lines[1].contains("not fetched"));
    assert!(lines[2].contains("default/web") && lines[2].contains("never synced"));

    stands(&site, Becomes::Synced).await;
    let bus = site.bus("recoverer").await;
    let known = Records::<KnownRefs>::new(&bus, keys::KNOWN_REFS);
    let swept = KnownRefs {
        swept_at: Timestamp::parse("2026-02-01T00:00:00Z"),
        failure: Some(SyncFailure {
            message: "\u{1b}[31mno route".into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let key = keys::repository("default", "web");
    known.put(&key, &swept, None).await.unwrap();
    let page = site.does(&["repositories", "show", "web"]).await;
    for line in [
        "name           default/web",
        "url            https://github.com/acme/web.git",
        "branch         main",
        "state          in step since 2026-01-31T12:00:00Z",
        // S29
        "last sweep     2026-02-01T00:00:00Z, failed: \\u{1b}[31mno route",
    ] {
        assert!(page.lines().any(|shown| shown == line), "{line}:\n{page}");
    }
    stands(&site, Becomes::Failed).await;
    let json = site.tells(&["repositories", "list", "-o", "json"]).await;
    assert_eq!(json[1]["repository"]["fullName"], "acme/web");
    assert_eq!(
        json[1]["state"],
        "waits for a change of it, its credential or its host: the credential was refused"
    );
    let other = site
        .tells(&["repositories", "list", "-p", "other", "-o", "json"])
        .await;
    assert_eq!(other, serde_json::json!([]));
    let none = site.run(&["repositories", "show", "none"]).await;
    assert_eq!(none.stderr, "error: there is no repository none\n");
}

#[tokio::test]
async fn a_look_is_asked_for_and_waited_for() {
    for (becomes, code, said) in [
        (
            Becomes::Synced,
            0,
            "Repository default/web is in step since 2026-01-31T12:00:00Z",
        ),
        (
            Becomes::Failed,
            1,
            "Repository default/web waits for a change of it, its credential or its host: the credential was refused",
        ),
        (Becomes::Refused, 2, "error: it was refused: not you"),
    ] {
        let site = declared().await;
        sync::start(&site, becomes).await;
        let ran = site
            .run_directly(&["repositories", "sync", "web", "--wait=30s"])
            .await;
        assert_eq!(ran.code, Some(code), "{ran:?}");
        assert_eq!(format!("{}{}", ran.stdout, ran.stderr), format!("{said}\n"));
    }
}

#[tokio::test]
async fn without_waiting_it_is_stored_and_that_is_all() {
    let site = declared().await;
    let said = site.does_directly(&["repositories", "sync", "web"]).await;
    let begin = "Repository default/web will be looked at: operation ";
    assert!(said.starts_with(begin), "{said}");

    let late = site
        .run_directly(&["repositories", "sync", "web", "--wait=1s"])
        .await;
    assert_eq!(late.code, Some(1));
    assert!(late.stderr.contains("is sync running?"), "{}", late.stderr);
    for (name, why) in [
        ("none", "no repository none"),
        ("refs", "its mirror is `none`"),
    ] {
        let refused = site.run_directly(&["repositories", "sync", name]).await;
        assert_eq!(refused.code, Some(2));
        assert!(refused.stderr.contains(why), "{}", refused.stderr);
    }
}
