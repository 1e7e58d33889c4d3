//! Lists commits: everything that is asked must hold, newest first by the committer's time.
//!
//! A list is of one moment of the log (`as_of`), so that its pages fit together whatever is recorded meanwhile, at
//! every replica. What was found by one thing is judged by the others: a phrase or a path that little matches is looked
//! up, all else is walked in the order of time. From a branch's head a queue is walked that always gives the newest of
//! what it has reached: the order of time, where children are not older than their parents.

use rusqlite::{Connection, params_from_iter, types::Value};

use super::{
    IndexError, branch,
    position::{Position, number},
    scope::Scope,
    walks::{self, Walks},
};

/// A path that fewer commits change than this is looked up.
const FEW: i64 = 5_000;

/// What is to be listed, checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) repository: String,
    pub(crate) host: String,
    pub(crate) branch: Option<String>,
    /// In lower case.
    pub(crate) author: Option<String>,
    pub(crate) since: Option<i64>,
    pub(crate) until: Option<i64>,
    /// Without a slash at either end.
    pub(crate) path: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) sha: Option<Prefix>,
}

/// The beginning of a sha: everything from one to before another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prefix {
    pub(crate) from: Vec<u8>,
    /// Absent: there is no end.
    pub(crate) before: Option<Vec<u8>>,
}

/// Where a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct After {
    /// The moment that the list is of: a sequence of the log.
    pub(crate) as_of: u64,
    pub(crate) time: i64,
    pub(crate) id: i64,
}

/// A page, as ids.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Committer's time and id, in order; one more than was wanted, if there is more.
    pub(crate) commits: Vec<(i64, i64)>,
    pub(crate) as_of: u64,
}

/// A query that is put together: its text, and a value for each `?`.
#[derive(Default)]
pub(super) struct Query {
    pub(super) text: String,
    pub(super) values: Vec<Value>,
}

impl Query {
    pub(super) fn add(&mut self, text: &str, values: impl IntoIterator<Item = Value>) {
        self.text.push_str(text);
        self.values.extend(values);
    }
}

/// Looks up a page: `limit` commits and one more, if there are.
pub(crate) fn list(
    connection: &Connection,
    walks: &Walks,
    scope: Option<&Scope>,
    wanted: &Wanted,
    after: Option<After>,
    limit: usize,
) -> Result<Found, IndexError> {
    let position = Position::read(connection)?.sequence;
    let as_of = after.map_or(position, |after| after.as_of);
    if as_of > position {
        let behind = format!(
            "the index has read the log to {position}, and the page before this to {as_of}: ask again"
        );
        return Err(sluice_bus::Refusal::new(503, behind).into());
    }
    let mut found = Found {
        commits: Vec::new(),
        as_of,
    };
    let Some(scope) = scope else { return Ok(found) };
    if let (Some(name), Some(after)) = (&wanted.branch, after) {
        let heads = branch::heads(connection, scope, name, as_of)?;
        if let Some(reached) = walks.reached(connection, &heads, as_of)? {
            found.commits = walks::behind(connection, scope, wanted, &reached, after, limit)?;
            return Ok(found);
        }
    }
    let (query, walk) = compose(connection, scope, wanted, after, as_of)?;
    let mut statement = connection.prepare(&query.text)?;
    let mut rows = statement.query(params_from_iter(query.values))?;
    // A walk that is too long to be remembered is walked again.
    let mut passed = after.filter(|_| walk).is_none();
    while found.commits.len() <= limit
        && let Some(row) = rows.next()?
    {
        let commit: (i64, i64) = (row.get(0)?, row.get(1)?);
        if passed {
            found.commits.push(commit);
        }
        passed |= after.is_some_and(|after| after.id == commit.1);
    }
    Ok(found)
}

/// The query, and whether it walks from heads.
fn compose(
    connection: &Connection,
    scope: &Scope,
    wanted: &Wanted,
    after: Option<After>,
    as_of: u64,
) -> Result<(Query, bool), IndexError> {
    let mut query = Query::default();
    let by_path = match &wanted.path {
        Some(path) if wanted.text.is_none() && wanted.sha.is_none() => {
            is_few(connection, scope, path)?
        }
        _ => false,
    };
    let mut walk = false;
    if let Some(name) = &wanted.branch {
        let heads = branch::heads(connection, scope, name, as_of)?;
        walks::from(&mut query, &heads, as_of);
        query.add(
            "SELECT c.time, c.id FROM reach r CROSS JOIN commits c ON c.id = r.id WHERE 1",
            [],
        );
        walk = true;
    } else if wanted.sha.is_some() {
        query.add(
            "SELECT c.time, c.id FROM commits c INDEXED BY commits_by_sha WHERE 1",
            [],
        );
    } else if let Some(text) = &wanted.text {
        query.add(
            "SELECT c.time, c.id FROM messages CROSS JOIN commits c ON c.id = messages.rowid WHERE messages MATCH ?",
            [phrase(scope, text).into()],
        );
    } else if let Some(path) = wanted.path.as_ref().filter(|_| by_path) {
        query.add("SELECT c.time, c.id FROM (SELECT DISTINCT h.id FROM ", []);
        changes_of(&mut query, scope, path);
        query.add(") g CROSS JOIN commits c ON c.id = g.id WHERE 1", []);
    } else {
        let index = if scope.place.is_some() {
            "commits_by_place"
        } else {
            "commits_by_project"
        };
        query.add(
            &format!("SELECT c.time, c.id FROM commits c INDEXED BY {index} WHERE 1"),
            [],
        );
    }
    let (within, values) = scope.condition("c");
    query.add(&format!(" AND {within} AND c.id <= ?"), values);
    query.values.push(number(as_of).into());
    filter(&mut query, scope, wanted, by_path && !walk, walk);
    if !walk {
        if let Some(after) = after {
            query.add(
                " AND (c.time, c.id) < (?, ?)",
                [after.time.into(), after.id.into()],
            );
        }
        query.add(" ORDER BY c.time DESC, c.id DESC", []);
    }
    Ok((query, walk))
}

/// Everything else that is asked.
pub(super) fn filter(
    query: &mut Query,
    scope: &Scope,
    wanted: &Wanted,
    path_holds: bool,
    walk: bool,
) {
    if let Some(since) = wanted.since {
        query.add(" AND c.time >= ?", [since.into()]);
    }
    if let Some(until) = wanted.until {
        query.add(" AND c.time < ?", [until.into()]);
    }
    if let Some(author) = &wanted.author {
        query.add(
            " AND c.author IN (SELECT id FROM people WHERE instr(folded, ?) > 0)",
            [author.clone().into()],
        );
    }
    if let Some(prefix) = &wanted.sha {
        query.add(" AND c.sha >= ?", [prefix.from.clone().into()]);
        query.add(
            " AND (? IS NULL OR c.sha < ?)",
            [prefix.before.clone().into(), prefix.before.clone().into()],
        );
    }
    if let Some(text) = wanted
        .text
        .as_ref()
        .filter(|_| walk || wanted.sha.is_some())
    {
        query.add(
            " AND c.id IN (SELECT rowid FROM messages WHERE messages MATCH ?)",
            [phrase(scope, text).into()],
        );
    }
    if let Some(path) = wanted.path.as_ref().filter(|_| !path_holds) {
        query.add(
            " AND EXISTS (SELECT 1 FROM changes h CROSS JOIN paths p ON p.id = h.path WHERE h.id = c.id AND ",
            [],
        );
        below(query, path);
        query.add(")", []);
    }
}

/// The commits of a scope that change a path, or something below it, as a join.
fn changes_of(query: &mut Query, scope: &Scope, path: &str) {
    let (places, values) = scope.places();
    query.add(
        &format!("({places}) l CROSS JOIN paths p ON p.place = l.id CROSS JOIN changes h INDEXED BY changes_by_path ON h.path = p.id WHERE ")
            .replacen("SELECT ?", "SELECT ? AS id", 1),
        values,
    );
    below(query, path);
}

fn below(query: &mut Query, path: &str) {
    // What follows a slash comes before what follows `0`, the next character.
    let bytes = |end: &str| Value::from(format!("{path}{end}").into_bytes());
    query.add(
        "(p.path = ? OR (p.path >= ? AND p.path < ?))",
        [bytes(""), bytes("/"), bytes("0")],
    );
}

fn is_few(connection: &Connection, scope: &Scope, path: &str) -> Result<bool, IndexError> {
    let mut query = Query::default();
    query.add("SELECT count(*) FROM (SELECT 1 FROM ", []);
    changes_of(&mut query, scope, path);
    query.add(" LIMIT ?)", [FEW.into()]);
    let count = connection.query_row(&query.text, params_from_iter(query.values), |row| {
        row.get::<_, i64>(0)
    })?;
    Ok(count < FEW)
}

/// A search for one phrase within a scope. Whatever was typed stays a phrase: quotes in it are doubled, and a NUL would
/// end the text for SQLite.
fn phrase(scope: &Scope, text: &str) -> String {
    let within = match scope.place {
        Some(place) => format!("r{place}"),
        None => format!("p{}", scope.project),
    };
    let text = text.replace('"', "\"\"").replace('\0', " ");
    format!("scope : \"{within}\" AND message : \"{text}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_typed_is_one_phrase() {
        let scope = Scope {
            project: 3,
            host: None,
            place: None,
        };
        let typed = "a\" OR scope : \"p4\0";
        let expected = "scope : \"p3\" AND message : \"a\"\" OR scope : \"\"p4 \"";
        assert_eq!(phrase(&scope, typed), expected);
    }
}
