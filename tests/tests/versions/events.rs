//! Events of the next version, read by this one.

use serde_json::{Value, json};
use sluice_events::{from_json, v1};
use sluice_tests::{Operator, push};

use crate::site::Site;

/// An event with a field, a nested field, two words and an attribute that this version does not know.
fn event() -> (Value, Vec<(&'static str, &'static str)>) {
    let data = json!({
        "repository": {"host": "github", "fullName": "acme/web", "stars": 3},
        "ref": "refs/heads/main",
        "kind": "REF_KIND_NOTE",
        "change": "REF_CHANGE_REWOUND",
        "before": "a".repeat(40),
        "after": "b".repeat(40),
        "signature": {"by": ["somebody", {"a": 1}]},
        "provenance": {"verification": {"trust": "TRUST_SIGNED", "strength": 7}},
    });
    let headers = vec![
        ("ce-specversion", "1.0"),
        ("ce-id", "later"),
        ("ce-source", "https://github.com/acme/web"),
        ("ce-type", "dev.sluice.git.branch.updated.v1"),
        ("ce-time", "2026-11-21T08:00:00Z"),
        ("ce-sluicetrust", "signed"),
        ("ce-sluicelater", "whatever"),
    ];
    (data, headers)
}

/// Where an update of the branch stands.
const SUBJECT: &str = "sluice.v1.git.default.github.acme.web.branch.updated.default.main";

#[tokio::test]
async fn a_reader_of_this_version_reads_an_event_of_the_next() {
    let site = Site::start().await;
    let (data, headers) = event();
    site.store("SLUICE_GIT", SUBJECT, &headers, &data)
        .await
        .unwrap();

    let reader = Operator::of_nats(&site.nats.connection("reader"), site.nats.folder());
    let tail = ["events", "tail", "--from", "1", "-n", "1", "-o", "json"];
    let line: Value = serde_json::from_str(&reader.does(&tail).await).unwrap();
    assert_eq!(line["data"], data);
    assert_eq!(line["headers"]["ce-sluicelater"], "whatever");
    let table = reader.does(&tail[..6]).await;
    assert!(table.contains(SUBJECT), "{table}");

    let bus = site.nats.bus("reader").await;
    let stored = bus
        .last_message("SLUICE_GIT", SUBJECT)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored.envelope().unwrap().trust, v1::Trust::Signed);
    let read: v1::RefEvent = from_json(&stored.payload).unwrap();
    assert_eq!(read.after.as_deref(), Some("b".repeat(40).as_str()));
    assert_eq!(read.kind(), v1::RefKind::Unspecified);
    assert_eq!(read.change(), v1::RefChange::Unspecified);
}

#[tokio::test]
async fn an_event_of_the_next_version_does_not_disturb_what_is_told_of_its_ref() {
    let site = Site::start().await;
    let (data, headers) = event();
    let first = push().from(&"b".repeat(40)).upto(&"c".repeat(40));
    assert!(
        site.deliver(&site.hook, &first)
            .await
            .body
            .contains("stored")
    );
    site.store("SLUICE_GIT", SUBJECT, &headers, &data)
        .await
        .unwrap();
    // Later it goes from b to c again, after an event that ends at b and that somebody else told.
    let again = first.clone().at(1_795_248_060).delivered_as("another");
    assert!(
        site.deliver(&site.hook, &again)
            .await
            .body
            .contains("stored")
    );
    assert!(
        site.deliver(&site.hook, &first)
            .await
            .body
            .contains("duplicate")
    );
}
