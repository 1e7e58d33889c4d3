//! Walks from heads to everything that they lead to.
//!
//! A walk has no order to begin in the middle of. So that the later pages of a long list do not walk again from its
//! beginning each time, the last few walks are remembered: where they began and as of when says all about them.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use rusqlite::{Connection, params_from_iter};

use super::{
    IndexError,
    list::{After, Query, Wanted, filter},
    locked,
    position::number,
    scope::Scope,
};

/// So many walks are remembered.
const REMEMBERED: usize = 4;

/// The longest walk that is remembered, in commits of 16 bytes each. A longer one is walked again.
const LONGEST: usize = 1_000_000;

/// How many commits are judged at once at first; twice as many each time.
const CHUNK: usize = 2_000;

/// Committer's time and id of everything that was reached, the newest first.
type Reached = Arc<Vec<(i64, i64)>>;

/// The last few walks.
#[derive(Default)]
pub(crate) struct Walks(Mutex<VecDeque<Walk>>);

struct Walk {
    heads: Vec<i64>,
    as_of: u64,
    reached: Reached,
}

impl Walks {
    /// Everything that heads lead to; `None` if that is too much to be remembered.
    pub(super) fn reached(
        &self,
        connection: &Connection,
        heads: &[i64],
        as_of: u64,
    ) -> Result<Option<Reached>, IndexError> {
        let is_it = |walk: &Walk| walk.heads == heads && walk.as_of == as_of;
        let known = locked(&self.0)
            .iter()
            .find(|walk| is_it(walk))
            .map(|walk| Arc::clone(&walk.reached));
        if known.is_some() {
            return Ok(known);
        }
        let mut query = Query::default();
        from(&mut query, heads, as_of);
        query.add(
            "SELECT time, id FROM reach LIMIT ?",
            [number(LONGEST as u64 + 1).into()],
        );
        let mut statement = connection.prepare(&query.text)?;
        let rows = statement.query_map(params_from_iter(query.values), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        let reached = Arc::new(rows.collect::<Result<Vec<_>, _>>()?);
        if reached.len() > LONGEST {
            return Ok(None);
        }
        let mut walks = locked(&self.0);
        walks.truncate(REMEMBERED - 1);
        walks.push_front(Walk {
            heads: heads.to_owned(),
            as_of,
            reached: Arc::clone(&reached),
        });
        Ok(Some(reached))
    }

    /// Forgets everything: another log has other commits under the same numbers.
    pub(super) fn forget(&self) {
        locked(&self.0).clear();
    }
}

/// From the heads to everything that they lead to, always the newest first, as the table `reach` of times and ids.
pub(super) fn from(query: &mut Query, heads: &[i64], as_of: u64) {
    query.add(
        "WITH RECURSIVE reach(id, time) AS (
           SELECT h.id, h.time FROM json_each(?) t CROSS JOIN commits h ON h.id = t.value
           UNION
           SELECT p.id, p.time FROM reach r CROSS JOIN edges e ON e.child = r.id CROSS JOIN commits p ON p.id = e.parent
           WHERE p.id <= ?
           ORDER BY 2 DESC, 1 DESC) ",
        [array(heads.iter()).into(), number(as_of).into()],
    );
}

/// What follows in a walk on where a page ended, `limit` commits and one more, as far as they are wanted.
pub(super) fn behind(
    connection: &Connection,
    scope: &Scope,
    wanted: &Wanted,
    reached: &[(i64, i64)],
    after: After,
    limit: usize,
) -> Result<Vec<(i64, i64)>, IndexError> {
    let passed = reached.iter().position(|(_, id)| *id == after.id);
    let mut rest = passed
        .and_then(|at| reached.get(at + 1..))
        .unwrap_or_default();
    let (mut found, mut chunk) = (Vec::new(), CHUNK);
    while found.len() <= limit && !rest.is_empty() {
        let (these, others) = rest.split_at(chunk.min(rest.len()));
        (rest, chunk) = (others, chunk * 2);
        let mut query = Query::default();
        let ids = array(these.iter().map(|(_, id)| id));
        query.add(
            "SELECT c.time, c.id FROM json_each(?) t CROSS JOIN commits c ON c.id = t.value WHERE 1",
            [ids.into()],
        );
        filter(&mut query, scope, wanted, false, true);
        query.add(" ORDER BY t.key", []);
        let mut statement = connection.prepare(&query.text)?;
        let mut rows = statement.query(params_from_iter(query.values))?;
        while found.len() <= limit
            && let Some(row) = rows.next()?
        {
            found.push((row.get(0)?, row.get(1)?));
        }
    }
    Ok(found)
}

/// As SQLite's `json_each` reads it.
fn array<'i>(ids: impl Iterator<Item = &'i i64>) -> String {
    let ids: Vec<_> = ids.map(ToString::to_string).collect();
    format!("[{}]", ids.join(","))
}
