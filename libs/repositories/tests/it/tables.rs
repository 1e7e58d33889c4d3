//! What is written is read again, whatever the table is made of.

use sluice_bus::{Bus, RecordError, Records};
use sluice_events::v1::{RefTable, RefTablePart};
use sluice_git::{Oid, RefName};
use sluice_repositories::{RefTables, Refs};
use sluice_test_support::Nats;

const OWNER: &str = "default.web";

fn name(number: usize) -> RefName {
    RefName::of(format!("refs/heads/feature/{number:06}")).unwrap()
}

fn oid(number: usize) -> Oid {
    Oid::parse(&format!("{:040x}", number + 1)).unwrap()
}

/// As many branches as that.
fn branches(count: usize) -> Refs {
    (0..count)
        .map(|number| (name(number), oid(number)))
        .collect()
}

async fn tables(nats: &Nats) -> (Bus, RefTables) {
    let bus = nats.bus("sync").await;
    let tables = RefTables::new(&bus, "sync-refs");
    (bus, tables)
}

#[tokio::test]
async fn a_few_refs_need_no_base() {
    let nats = Nats::start().await;
    let (_bus, tables) = tables(&nats).await;
    let empty = RefTable::default();
    let mut refs = branches(3);
    refs.insert(RefName::of(b"refs/tags/\xff".as_slice()).unwrap(), oid(9));
    let table = tables
        .advance(OWNER, &empty, &Refs::new(), &refs)
        .await
        .unwrap();
    assert_eq!((table.base, table.parts, table.changed.len()), (0, 0, 4));
    assert_eq!(tables.read(OWNER, &table).await.unwrap(), refs);

    let mut later = refs.clone();
    later.remove(&name(0));
    later.insert(name(1), oid(77));
    let table = tables.advance(OWNER, &table, &refs, &later).await.unwrap();
    assert_eq!(tables.read(OWNER, &table).await.unwrap(), later);
}

#[tokio::test]
async fn many_refs_become_a_base_and_a_push_stays_small() {
    let nats = Nats::start().await;
    let (_bus, tables) = tables(&nats).await;
    let refs = branches(100_000);
    let base = tables
        .advance(OWNER, &RefTable::default(), &Refs::new(), &refs)
        .await
        .unwrap();
    assert!(
        base.parts > 10 && base.changed.is_empty(),
        "{} parts",
        base.parts
    );

    let mut pushed = refs.clone();
    pushed.insert(name(5), oid(500_000));
    pushed.remove(&name(6));
    let table = tables.advance(OWNER, &base, &refs, &pushed).await.unwrap();
    assert_eq!((table.base, table.changed.len()), (base.base, 2));
    assert_eq!(tables.read(OWNER, &table).await.unwrap(), pushed);
}

#[tokio::test]
async fn a_base_is_there_until_its_record_names_another() {
    let nats = Nats::start().await;
    let (bus, tables) = tables(&nats).await;
    let refs = branches(1_000);
    let old = tables
        .advance(OWNER, &RefTable::default(), &Refs::new(), &refs)
        .await
        .unwrap();
    let new = tables
        .advance(OWNER, &old, &refs, &Refs::new())
        .await
        .unwrap();
    assert_ne!(old.base, new.base);
    assert_eq!(tables.read(OWNER, &old).await.unwrap(), refs);
    assert_eq!(tables.read(OWNER, &new).await.unwrap(), Refs::new());

    let parts = Records::<RefTablePart>::new(&bus, "sync-refs");
    for key in RefTables::obsolete(OWNER, &old, &new) {
        let part = parts.get(&key).await.unwrap().unwrap();
        parts.delete(&key, part.revision).await.unwrap();
    }
    let gone = tables.read(OWNER, &old).await;
    assert!(
        matches!(gone, Err(RecordError::Conflict { .. })),
        "{gone:?}"
    );
    assert!(RefTables::obsolete(OWNER, &new, &new).is_empty());
}
