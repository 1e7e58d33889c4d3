//! Which refs a name means, and where they stood.

use rusqlite::{Connection, OptionalExtension, params, params_from_iter};
use sluice_bus::Refusal;

use super::{IndexError, position::number, scope::Scope, tips};

/// The commits at the refs of a name, one for each place of a scope, as of a sequence.
pub(super) fn heads(
    connection: &Connection,
    scope: &Scope,
    name: &str,
    as_of: u64,
) -> Result<Vec<i64>, IndexError> {
    let (places, values) = scope.places();
    // A full name means itself; a short one a branch before a tag.
    let named = format!(
        "SELECT id, place FROM refs WHERE place IN ({places}) AND shown IN (?, 'refs/heads/' || ?, 'refs/tags/' || ?)
         ORDER BY place, shown = ? DESC, shown LIKE 'refs/heads/%' DESC"
    );
    let mut named = connection.prepare(&named)?;
    let name_four_times = std::iter::repeat_n(name.to_owned().into(), 4);
    let mut rows = named.query(params_from_iter(values.into_iter().chain(name_four_times)))?;
    let (mut heads, mut of, mut found) = (Vec::new(), None, false);
    while let Some(row) = rows.next()? {
        let (ref_id, place): (i64, i64) = (row.get(0)?, row.get(1)?);
        if of.replace(place) == Some(place) {
            continue;
        }
        found = true;
        let Some(tip) = tips::as_of(connection, ref_id, as_of)? else {
            continue;
        };
        let commit = "SELECT id FROM commits WHERE sha = ?1 AND place = ?2 AND id <= ?3";
        let row = params![tip, place, number(as_of)];
        heads.extend(
            connection
                .query_row(commit, row, |row| row.get::<_, i64>(0))
                .optional()?,
        );
    }
    if !found {
        let refusal = format!("no branch or tag `{name}` is known there");
        return Err(Refusal::new(404, refusal).into());
    }
    Ok(heads)
}
