//! Access tokens: made once, shown once, and known by a digest alone.

use std::{fs, os::unix::fs::PermissionsExt};

use sluice_bus::Records;
use sluice_events::v1::{AccessRole, AccessToken};
use sluice_registry::{keys, token_digest};
use sluice_test_support::folder_holds;

use crate::site::Site;

#[tokio::test]
async fn a_token_is_shown_once_and_stands_nowhere() {
    let site = Site::start().await;
    let new = [
        "access-tokens",
        "new",
        "ci",
        "--role",
        "editor",
        "--expires",
        "90d",
    ];
    let made = site
        .run_directly(&[&new[..], &["--project", "default"]].concat())
        .await;
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let token = made.stdout.trim().to_owned();
    assert!(token.starts_with("slc_") && !made.stderr.contains(&token));

    let bus = site.bus("api").await;
    let records = Records::<AccessToken>::new(&bus, keys::ACCESS_TOKENS);
    let record = records.get(&keys::access_token("ci")).await;
    let record = record.unwrap().unwrap().record;
    assert_eq!(record.digest, token_digest(token.as_bytes()).to_vec());
    assert_eq!(
        (record.role(), record.project.as_str()),
        (AccessRole::Editor, "default")
    );
    assert!(record.expires_at > record.created_at);
    assert!(!folder_holds(&site.folder().join("nats"), &token));

    let table = site.does(&["access-tokens", "list"]).await;
    let shown: Vec<_> = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .collect();
    assert_eq!(shown[0], ["NAME", "PROJECT", "ROLE", "CREATED", "EXPIRES"]);
    assert_eq!(shown[1][..3], ["ci", "default", "editor"]);
    let json = site.tells(&["access-tokens", "list", "-o", "json"]).await;
    assert_eq!(json[0]["name"], "ci");
    assert!(json[0].get("digest").is_none() && !json.to_string().contains(&token));
}

#[tokio::test]
async fn a_token_can_go_to_a_private_file_that_was_not_there() {
    let site = Site::start().await;
    let new = ["access-tokens", "new", "ci", "--out", "token"];
    assert_eq!(site.does_directly(&new).await, "");
    let path = site.folder().join("token");
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(fs::read_to_string(&path).unwrap().starts_with("slc_"));

    let over = ["access-tokens", "new", "other", "--out", "token"];
    let over = site.run_directly(&over).await;
    assert_eq!(over.code, Some(1));
    assert!(
        over.stderr.contains("cannot write token"),
        "{}",
        over.stderr
    );
    let table = site.does(&["access-tokens", "list"]).await;
    assert_eq!(table.lines().count(), 2, "{table}");
}

#[tokio::test]
async fn what_makes_no_sense_makes_no_token() {
    let site = Site::start().await;
    site.does_directly(&["access-tokens", "new", "ci"]).await;
    for (words, why) in [
        (&["ci"][..], "delete it first"),
        // S1: nobody speaks in the name of a user of the bus.
        (&["operator"], "user of the bus"),
        (&["gateway"], "user of the bus"),
        (&["a.b"], "name"),
        (
            &["late", "--expires", "2020-01-01T00:00:00Z"],
            "ended already",
        ),
        (&["late", "--expires", "soon"], "is no time"),
        (&["far", "--project", "none"], "no project `none`"),
    ] {
        let refused = site
            .run_on(&[&["access-tokens", "new", "--direct"], words].concat(), "")
            .await;
        assert_ne!(refused.code, Some(0), "{words:?}");
        assert!(
            refused.stderr.contains(why),
            "{words:?}: {}",
            refused.stderr
        );
        assert_eq!(refused.stdout, "", "{words:?}");
    }
    assert_eq!(
        site.does(&["access-tokens", "list"]).await.lines().count(),
        2
    );
    let deleted = site.does_directly(&["access-tokens", "delete", "ci"]).await;
    assert_eq!(deleted, "access token ci deleted\n");
    let again = site.run_directly(&["access-tokens", "delete", "ci"]).await;
    assert_eq!(again.stderr, "error: there is no access token `ci`\n");
}
