//! Who changes what: by compare-and-set, and never unnoticed.

use sluice_bus::Bus;
use sluice_declared::{Author, ChangeError, Declared};
use sluice_events::{Timestamp, v1::AuditEntry};
use sluice_registry::{Kind, Object, Outcome, SealingKeys, deletion, parse, plan};
use sluice_test_support::Nats;

const PROJECT: &str = "{apiVersion: sluice.dev/v1, kind: Project, metadata: {name: payments}, spec: {description: 'a'}}";

fn object() -> Object {
    Object::new(Kind::Project, "", "payments")
}

/// The one outcome of applying a manifest.
fn outcome(declared: &Declared, manifest: &str) -> Outcome {
    let manifests = parse(manifest.as_bytes()).unwrap();
    let keys: SealingKeys = [].into_iter().collect();
    let planned = plan(&manifests, &declared.snapshot, &keys, Timestamp::now());
    planned.unwrap().outcomes.remove(0)
}

async fn apply(declared: &Declared, manifest: &str) -> Result<Option<u64>, ChangeError> {
    let author = Author::new("sluice", "operator").unwrap();
    let Outcome { object, steps, .. } = outcome(declared, manifest);
    declared.carry_out(&author, "apply", &object, steps).await
}

/// All entries of the audit.
async fn audit(bus: &Bus) -> Vec<AuditEntry> {
    let stored = bus.read_forward("SLUICE_AUDIT", "sluice.v1.audit.>", 1);
    let stored = stored.await.unwrap().into_iter();
    let read = |message: sluice_bus::StoredMessage| serde_json::from_slice(&message.payload);
    stored.map(|message| read(message).unwrap()).collect()
}

#[tokio::test]
async fn a_change_is_made_at_the_revision_that_was_read_and_noted() {
    let nats = Nats::start().await;
    let bus = nats.bus("operator").await;
    let before = Declared::read(&bus).await.unwrap();
    let revision = apply(&before, PROJECT).await.unwrap();
    assert!(revision.is_some());
    let after = Declared::read(&bus).await.unwrap();
    let stored = after.snapshot.project("payments").unwrap();
    assert_eq!(stored.description, "a");
    let unchanged = apply(&after, PROJECT).await.unwrap();
    assert_eq!(unchanged, None);

    let entries = audit(&bus).await;
    assert_eq!(entries.len(), 1, "what changes nothing is not noted");
    let entry = &entries[0];
    let said = (&*entry.principal, &*entry.action, &*entry.object);
    assert_eq!(said, ("operator", "apply", "Project payments"));
    assert!(entry.allowed && entry.reason.is_empty() && entry.at.is_some());
}

#[tokio::test]
async fn what_somebody_else_changed_meanwhile_is_left_and_the_audit_says_so() {
    let nats = Nats::start().await;
    let bus = nats.bus("operator").await;
    let before = Declared::read(&bus).await.unwrap();
    apply(&before, PROJECT).await.unwrap();
    let late = apply(&before, &PROJECT.replace("'a'", "'b'")).await;
    let late = late.unwrap_err();
    assert!(matches!(late, ChangeError::Conflict { .. }), "{late}");
    let after = Declared::read(&bus).await.unwrap();
    let stored = after.snapshot.project("payments").unwrap();
    assert_eq!(stored.description, "a");
    let entries = audit(&bus).await;
    let failed = entries.last().unwrap();
    assert!(failed.allowed && failed.reason.contains("somebody else"));
    assert_eq!(failed.operation_id, entries[1].operation_id);

    let author = Author::new("sluice", "operator").unwrap();
    let steps = deletion(&object(), &after.snapshot).unwrap();
    apply(&after, &PROJECT.replace("'a'", "'c'")).await.unwrap();
    let deleted = after.carry_out(&author, "delete", &object(), steps).await;
    assert!(matches!(deleted, Err(ChangeError::Conflict { .. })));
}

#[tokio::test]
async fn s1_what_cannot_be_noted_is_not_done() {
    let nats = Nats::start().await;
    let bus = nats.bus("operator").await;
    let declared = Declared::read(&bus).await.unwrap();
    nats.pause();
    let refused = apply(&declared, PROJECT).await.unwrap_err();
    assert!(matches!(refused, ChangeError::Audit(_)), "{refused}");
    nats.resume();
    let after = Declared::read(&bus).await.unwrap();
    assert!(after.snapshot.project("payments").is_none());
}
