//! Where refs were last known to be: a base that is written rarely, and what has changed since.
//!
//! The changes stand in the record that owns the table, and move with it by one compare-and-set. When they have become
//! many, a new base is written under a number of its own, and the record names it from then on: until then nobody reads
//! it, and a writer that dies in between leaves a base that nobody names.

use std::{collections::BTreeMap, mem};

use sluice_bus::{Bus, RecordError, Records};
use sluice_events::{
    Timestamp,
    v1::{KnownRef, RefTable, RefTablePart},
};
use sluice_git::{Oid, RefName};

/// Refs and what they point to.
pub type Refs = BTreeMap<RefName, Oid>;

/// How many bytes of changes stand in the owner's record before a new base is written.
const CHANGES: usize = 64 * 1024;

/// How many bytes of a base stand in one part: well below what NATS takes in one message.
const PART: usize = 384 * 1024;

/// The bases in one bucket.
#[derive(Debug, Clone)]
pub struct RefTables {
    parts: Records<RefTablePart>,
}

impl RefTables {
    /// The bases in a bucket of the topology.
    pub fn new(bus: &Bus, bucket: &'static str) -> Self {
        Self {
            parts: Records::new(bus, bucket),
        }
    }

    /// Reads a table. `owner` is the key of the record that it stands in.
    ///
    /// A base that is gone meanwhile is a [`RecordError::Conflict`]: the owner's record names another by now.
    pub async fn read(&self, owner: &str, table: &RefTable) -> Result<Refs, RecordError> {
        let mut refs = Refs::new();
        for part in 0..table.parts {
            let key = key(owner, table.base, part);
            let read = self.parts.get(&key).await?;
            let read = read.ok_or_else(|| self.parts.conflict(&key))?;
            read.record
                .refs
                .iter()
                .for_each(|known| apply(known, &mut refs));
        }
        table
            .changed
            .iter()
            .for_each(|known| apply(known, &mut refs));
        Ok(refs)
    }

    /// The table that says `now`, where `table` says `before`. Writes a new base if the changes have become many.
    pub async fn advance(
        &self,
        owner: &str,
        table: &RefTable,
        before: &Refs,
        now: &Refs,
    ) -> Result<RefTable, RecordError> {
        let changed = merge(&table.changed, before, now);
        if changed.iter().map(size).sum::<usize>() <= CHANGES {
            return Ok(RefTable {
                changed,
                ..table.clone()
            });
        }
        let base = number(Timestamp::now()).max(table.base + 1);
        let parts = split(now);
        for (number, part) in (0..).zip(&parts) {
            self.parts
                .put(&key(owner, base, number), part, None)
                .await?;
        }
        Ok(RefTable {
            base,
            parts: u32::try_from(parts.len()).unwrap_or(u32::MAX),
            changed: Vec::new(),
        })
    }

    /// The keys of the base that `old` names and `new` does not: to be deleted once the owner's record has moved on.
    pub fn obsolete(owner: &str, old: &RefTable, new: &RefTable) -> Vec<String> {
        let parts = if old.base == new.base { 0 } else { old.parts };
        (0..parts).map(|part| key(owner, old.base, part)).collect()
    }
}

fn key(owner: &str, base: u64, part: u32) -> String {
    format!("{owner}.{base}.{part}")
}

/// Microseconds since 1970: greater than what any earlier writer took, as far as clocks agree; where they do not, the
/// part is there already and cannot be created.
fn number(now: Timestamp) -> u64 {
    let within = u64::try_from(now.nanos / 1_000).unwrap_or(0);
    u64::try_from(now.seconds).unwrap_or(0) * 1_000_000 + within
}

/// What is no name or no id came from elsewhere and is nothing to us.
fn apply(known: &KnownRef, refs: &mut Refs) {
    let Some(name) = RefName::from_fields(&known.r#ref, &known.ref_raw) else {
        return;
    };
    match Oid::parse(&known.sha) {
        Some(oid) => refs.insert(name, oid),
        None => refs.remove(&name),
    };
}

fn known(name: &RefName, oid: Option<&Oid>) -> KnownRef {
    KnownRef {
        r#ref: name.lossy().into_owned(),
        ref_raw: name.raw().to_vec().into(),
        sha: oid.map(Oid::to_string).unwrap_or_default(),
    }
}

/// The changes so far and those from `before` to `now`, each ref once, in the order of their names.
fn merge(changed: &[KnownRef], before: &Refs, now: &Refs) -> Vec<KnownRef> {
    let so_far = changed.iter().filter_map(|known| {
        let name = RefName::from_fields(&known.r#ref, &known.ref_raw)?;
        Some((name, known.clone()))
    });
    let mut merged: BTreeMap<_, _> = so_far.collect();
    let gone = before.keys().filter(|name| !now.contains_key(*name));
    merged.extend(gone.map(|name| (name.clone(), known(name, None))));
    let moved = now
        .iter()
        .filter(|(name, oid)| before.get(*name) != Some(*oid));
    merged.extend(moved.map(|(name, oid)| (name.clone(), known(name, Some(oid)))));
    merged.into_values().collect()
}

/// About how much of a record it takes.
fn size(known: &KnownRef) -> usize {
    80 + known.r#ref.len() + known.ref_raw.len() * 4 / 3
}

fn split(refs: &Refs) -> Vec<RefTablePart> {
    let (mut parts, mut part, mut bytes) = (Vec::new(), RefTablePart::default(), 0);
    for (name, oid) in refs {
        let known = known(name, Some(oid));
        bytes += size(&known);
        part.refs.push(known);
        if bytes >= PART {
            parts.push(mem::take(&mut part));
            bytes = 0;
        }
    }
    if !part.refs.is_empty() {
        parts.push(part);
    }
    parts
}
