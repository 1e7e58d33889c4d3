//! What is recorded already.

use std::collections::HashSet;

use rusqlite::{OptionalExtension, params};
use sluice_events::{Address, token};

use super::{Index, IndexError, entry::Place};

impl Place {
    /// A place by its names.
    pub(crate) fn of(address: &Address) -> Self {
        Self {
            project: token::encode(&address.project),
            host: token::encode(&address.host),
            owner: token::encode(&address.owner),
            repository: token::encode(&address.repository),
        }
    }
}

/// Which of these commits stand in the index under a place.
pub(crate) async fn known(
    index: &Index,
    place: &Address,
    shas: Vec<Vec<u8>>,
) -> Result<HashSet<Vec<u8>>, IndexError> {
    let place = Place::of(place);
    let ask = move |connection: &rusqlite::Connection| {
        let id = "SELECT l.id FROM places l JOIN projects j ON j.id = l.project
                  WHERE j.token = ?1 AND l.host = ?2 AND l.owner = ?3 AND l.repository = ?4";
        let row = params![place.project, place.host, place.owner, place.repository];
        let id = connection
            .query_row(id, row, |row| row.get::<_, i64>(0))
            .optional()?;
        let Some(id) = id else {
            return Ok(HashSet::new());
        };
        let mut find = connection.prepare("SELECT 1 FROM commits WHERE sha = ?1 AND place = ?2")?;
        let mut known = HashSet::new();
        for sha in shas {
            if find.exists(params![sha, id])? {
                known.insert(sha);
            }
        }
        Ok(known)
    };
    index.read(None, ask).await
}
