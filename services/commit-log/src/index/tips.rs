//! Where refs stand. Moves may be recorded in another order than they happened.

use rusqlite::{Connection, OptionalExtension, params};

use super::{IndexError, position::number};

/// What was found so much later belongs to a count of generations that began anew.
const ANEW_MS: i64 = 60_000;

/// When a ref was found to stand somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) generation: u64,
    /// In milliseconds since 1970.
    pub(super) found: i64,
}

impl Told {
    /// Whether what is told here stands where `present` was told before: its generation is no older. A repository that
    /// was registered anew counts from 1 again, so what lies far apart is ordered by time.
    fn supersedes(self, present: Told) -> bool {
        match self.found.saturating_sub(present.found) {
            ANEW_MS.. => true,
            apart if apart <= -ANEW_MS => false,
            _ => self.generation >= present.generation,
        }
    }
}

/// Takes down where a ref stands now, from a move at a sequence.
pub(super) fn stand(
    connection: &Connection,
    ref_id: i64,
    sequence: u64,
    told: Told,
    tip: Option<&[u8]>,
) -> Result<(), IndexError> {
    let present = "SELECT generation, found FROM tips WHERE ref = ?1 ORDER BY since DESC LIMIT 1";
    let present = connection.query_row(present, [ref_id], |row| {
        Ok(Told {
            generation: row.get::<_, i64>(0)?.unsigned_abs(),
            found: row.get(1)?,
        })
    });
    if present
        .optional()?
        .is_some_and(|present| !told.supersedes(present))
    {
        return Ok(());
    }
    let since = "INSERT OR REPLACE INTO tips (ref, since, found, generation, tip) VALUES (?1, ?2, ?3, ?4, ?5)";
    let row = params![
        ref_id,
        number(sequence),
        told.found,
        number(told.generation),
        tip
    ];
    connection.execute(since, row)?;
    connection.execute(
        "UPDATE refs SET tip = ?2 WHERE id = ?1",
        params![ref_id, tip],
    )?;
    Ok(())
}

/// Where a ref stood as of a sequence; if it was gone then, where it stood last.
pub(super) fn as_of(
    connection: &Connection,
    ref_id: i64,
    sequence: u64,
) -> Result<Option<Vec<u8>>, IndexError> {
    let last = "SELECT tip FROM tips WHERE ref = ?1 AND since <= ?2 AND tip IS NOT NULL ORDER BY since DESC LIMIT 1";
    let tip = connection.query_row(last, params![ref_id, number(sequence)], |row| row.get(0));
    Ok(tip.optional()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(generation: u64, found: i64) -> Told {
        Told { generation, found }
    }

    #[test]
    fn the_newest_generation_stands_in_whatever_order_it_comes() {
        assert!(told(8, 2_000).supersedes(told(7, 1_000)));
        assert!(
            told(8, 1_000).supersedes(told(7, 2_000)),
            "clocks of two replicas"
        );
        assert!(!told(7, 1_000).supersedes(told(8, 2_000)));
        assert!(
            told(7, 1_000).supersedes(told(7, 1_000)),
            "the last that was said of a generation"
        );
    }

    #[test]
    fn a_count_that_began_anew_stands_too() {
        assert!(told(1, 100_000).supersedes(told(700, 1_000)));
        assert!(
            !told(701, 1_000).supersedes(told(1, 100_000)),
            "late, of the count before"
        );
    }
}
