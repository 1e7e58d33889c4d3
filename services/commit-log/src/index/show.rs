//! Shows one commit, which refs lead to it now, and which moves took it off one.

use prost::Message;
use rusqlite::{Connection, params, params_from_iter};
use sluice_bus::Refusal;
use sluice_events::v1::{RecordedCommit, RefMoved};

use super::{IndexError, answer::Commits, list::Prefix, scope::Scope};

/// Refs that are named at most.
const REFS: i64 = 1000;

/// Moves that are told at most.
const MOVES: i64 = 20;

/// Commits that are named where several are meant.
const NAMED: i64 = 6;

/// The one commit of a scope whose sha begins so.
pub(crate) fn show(
    connection: &Connection,
    scope: Option<&Scope>,
    prefix: &Prefix,
    project: &str,
) -> Result<RecordedCommit, IndexError> {
    let found = match scope {
        Some(scope) => find(connection, scope, prefix)?,
        None => Vec::new(),
    };
    let (id, place, sha) = one(connection, found)?;
    let mut commit = Commits::of(connection)?.get(id, project)?;
    commit.reachable_from = leading_to(connection, id, place)?;
    commit.taken_off = taken_off(connection, &sha, place)?;
    Ok(commit)
}

type Row = (i64, i64, Vec<u8>);

fn find(connection: &Connection, scope: &Scope, prefix: &Prefix) -> Result<Vec<Row>, IndexError> {
    let (within, values) = scope.condition("c");
    let query = format!(
        "SELECT c.id, c.place, c.sha FROM commits c INDEXED BY commits_by_sha
         WHERE {within} AND c.sha >= ? AND (? IS NULL OR c.sha < ?) ORDER BY c.sha, c.id LIMIT {NAMED}"
    );
    let before = &prefix.before;
    let ends = [
        prefix.from.clone().into(),
        before.clone().into(),
        before.clone().into(),
    ];
    let mut statement = connection.prepare(&query)?;
    let rows = statement.query_map(params_from_iter(values.into_iter().chain(ends)), |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn one(connection: &Connection, mut found: Vec<Row>) -> Result<Row, IndexError> {
    let Some(last) = found.pop() else {
        return Err(Refusal::new(404, "no such commit is recorded there").into());
    };
    if found.is_empty() {
        return Ok(last);
    }
    found.push(last);
    let mut shas: Vec<_> = found.iter().map(|(_, _, sha)| hex::encode(sha)).collect();
    shas.dedup();
    if shas.len() > 1 {
        let words = format!("several commits begin so: {}", shas.join(", "));
        return Err(Refusal::new(409, words).into());
    }
    let mut name = connection.prepare("SELECT name FROM places WHERE id = ?1")?;
    let names = found
        .iter()
        .map(|(_, place, _)| name.query_row([place], |row| row.get::<_, String>(0)));
    let names = names.collect::<Result<Vec<_>, _>>()?.join(", ");
    Err(Refusal::new(
        409,
        format!("it stands in several repositories, name one: {names}"),
    )
    .into())
}

/// The refs whose present heads are this commit or come after it.
fn leading_to(connection: &Connection, id: i64, place: i64) -> Result<Vec<String>, IndexError> {
    let leading = "WITH RECURSIVE above(id) AS (
                     SELECT ?1
                     UNION
                     SELECT e.child FROM above a CROSS JOIN edges e INDEXED BY edges_by_parent ON e.parent = a.id)
                   SELECT f.shown FROM refs f CROSS JOIN commits c ON c.sha = f.tip AND c.place = f.place
                   WHERE f.place = ?2 AND c.id IN above ORDER BY f.shown LIMIT ?3";
    let mut leading = connection.prepare(leading)?;
    let rows = leading.query_map(params![id, place, REFS], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn taken_off(connection: &Connection, sha: &[u8], place: i64) -> Result<Vec<RefMoved>, IndexError> {
    let moves = "SELECT m.record FROM removed o JOIN moves m ON m.id = o.move
                 WHERE o.sha = ?1 AND o.place = ?2 ORDER BY m.id DESC LIMIT ?3";
    let mut moves = connection.prepare(moves)?;
    let mut rows = moves.query(params![sha, place, MOVES])?;
    let mut told = Vec::new();
    while let Some(row) = rows.next()? {
        let mut moved = RefMoved::decode(
            row.get_ref(0)?
                .as_blob()
                .map_err(|error| IndexError::Damaged(error.to_string()))?,
        )?;
        if let Some(told) = &mut moved.r#move {
            told.removed = vec![hex::encode(sha)];
        }
        told.push(moved);
    }
    Ok(told)
}
