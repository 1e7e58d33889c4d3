//! What is known of a repository's refs: its record, and the table of refs that stands in it.

use sluice_bus::{
    Bus, RecordError, Records,
    consume::{Advance, Failure},
};
use sluice_events::{
    Timestamp,
    v1::{KnownRefs, PendingMove, RefTable},
};
use sluice_git::{Oid, RefName};
use sluice_registry::keys;
use sluice_repositories::{RefTables, Refs};

use crate::gaps::{Move, Standing, standing};

/// Most moves that wait for what lies before them; of more, the newest.
const MOST_PENDING: usize = 500;

/// The records of all repositories.
pub(crate) struct Known {
    bus: Bus,
    records: Records<KnownRefs>,
    tables: RefTables,
}

/// One of them, read.
pub(crate) struct Knowledge {
    key: String,
    revision: Option<u64>,
    table: RefTable,
    before: Refs,
    /// The record, without its refs.
    pub(crate) record: KnownRefs,
    /// Where the refs are known to be.
    pub(crate) refs: Refs,
}

impl Known {
    pub(crate) fn of(bus: &Bus) -> Self {
        Self {
            bus: bus.clone(),
            records: Records::new(bus, keys::KNOWN_REFS),
            tables: RefTables::new(bus, keys::KNOWN_TABLES),
        }
    }

    /// Reads what is known of a repository.
    pub(crate) async fn read(&self, key: &str) -> Result<Knowledge, RecordError> {
        let found = self.records.get(key).await?;
        let (mut record, revision) = match found {
            Some(found) => (found.record, Some(found.revision)),
            None => (KnownRefs::default(), None),
        };
        let table = record.refs.take().unwrap_or_default();
        let refs = self.tables.read(key, &table).await?;
        Ok(Knowledge {
            key: key.to_owned(),
            revision,
            table,
            before: refs.clone(),
            record,
            refs,
        })
    }

    /// What brings the record to where the knowledge is now.
    pub(crate) async fn advance(&self, knowledge: Knowledge) -> Result<Advance, Failure> {
        let Knowledge {
            key,
            revision,
            table,
            before,
            mut record,
            refs,
        } = knowledge;
        let after = self.tables.advance(&key, &table, &before, &refs).await;
        let after = after.map_err(|error| Failure::Retry(error.to_string()))?;
        let obsolete = RefTables::obsolete(&key, &table, &after).into_iter();
        record.refs = Some(after);
        Ok(Advance {
            obsolete: obsolete.map(|key| (keys::KNOWN_TABLES, key)).collect(),
            ..Advance::of(keys::KNOWN_REFS, key, &record, revision)?
        })
    }

    /// Writes it. A conflict is somebody else who knows more by now.
    pub(crate) async fn write(&self, knowledge: Knowledge) -> Result<(), Failure> {
        let advance = self.advance(knowledge).await?;
        let done = advance.carry_out(&self.bus).await;
        done.map_err(|error| Failure::Retry(error.to_string()))
    }
}

impl Knowledge {
    /// Takes in a move that somebody vouches for, and what waited for it.
    pub(crate) fn learn(&mut self, moved: Move) -> Standing {
        let standing = standing(&self.refs, self.record.baseline, &moved);
        match standing {
            Standing::Known => {}
            Standing::Follows => {
                self.stands(&moved.name, moved.to);
                self.follow_on();
            }
            Standing::Apart => {
                self.record.pending.push(told(&moved));
                let more = self.record.pending.len().saturating_sub(MOST_PENDING);
                self.record.pending.drain(..more);
            }
        }
        standing
    }

    /// The moves that wait.
    pub(crate) fn pending(&self) -> Vec<Move> {
        self.record.pending.iter().filter_map(read).collect()
    }

    /// What the last sweep missed.
    pub(crate) fn suspected(&self) -> Vec<Move> {
        self.record.suspected.iter().filter_map(read).collect()
    }

    /// Notes what is missed and may yet be told.
    pub(crate) fn suspect(&mut self, moves: &[Move]) {
        self.record.suspected = moves.iter().map(told).collect();
    }

    /// A ref is known to be there.
    pub(crate) fn stands(&mut self, name: &RefName, at: Option<Oid>) {
        match at {
            Some(oid) => self.refs.insert(name.clone(), oid),
            None => self.refs.remove(name),
        };
    }

    /// Forgets the moves of refs that are known to be where they are `now`: whatever was told of them is over.
    pub(crate) fn settle(&mut self, now: &Refs) {
        let mut pending = self.pending();
        pending.retain(|moved| self.refs.get(&moved.name) != now.get(&moved.name));
        self.record.pending = pending.iter().map(told).collect();
    }

    /// Is due at this time, or earlier if it was before.
    pub(crate) fn due(&mut self, at: Timestamp) {
        let earlier = self.record.due_at.filter(|due| *due <= at);
        self.record.due_at = Some(earlier.unwrap_or(at));
    }

    /// Moves that came before what they build on: as soon as they follow, they count.
    fn follow_on(&mut self) {
        let mut pending = self.pending();
        while let Some(next) = pending
            .iter()
            .position(|moved| standing(&self.refs, true, moved) == Standing::Follows)
        {
            let moved = pending.remove(next);
            self.stands(&moved.name, moved.to);
        }
        self.record.pending = pending.iter().map(told).collect();
    }
}

fn told(moved: &Move) -> PendingMove {
    PendingMove {
        r#ref: moved.name.lossy().into_owned(),
        ref_raw: moved.name.raw().to_vec().into(),
        from: moved.from.map(|oid| oid.to_string()),
        to: moved.to.map(|oid| oid.to_string()),
        at: Some(Timestamp::now()),
    }
}

/// What cannot be read came from elsewhere and is nothing to us.
fn read(told: &PendingMove) -> Option<Move> {
    let place = |sha: &Option<String>| {
        sha.as_deref()
            .map(Oid::parse)
            .map_or(Some(None), |oid| oid.map(Some))
    };
    Some(Move {
        name: RefName::from_fields(&told.r#ref, &told.ref_raw)?,
        from: place(&told.from)?,
        to: place(&told.to)?,
    })
}
