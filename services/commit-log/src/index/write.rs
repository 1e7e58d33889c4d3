//! Entries of the log become rows.

use std::collections::HashMap;

use prost::Message;
use rusqlite::{Connection, OptionalExtension, Statement, params};
use sluice_events::v1::{CommitRecorded, RefMoved, Repository};

use super::{
    IndexError,
    entry::{Entry, Place, Said},
    position::{Position, number},
    tips::{self, Told},
};
use crate::listing::object_id;

/// Writes one batch of entries that follows on a position, and the position behind it.
pub(crate) fn batch(
    connection: &Connection,
    after: &Position,
    entries: &[Entry],
    behind: &Position,
) -> Result<(), IndexError> {
    // The file may have been replaced since these were read.
    if Position::read(connection)? != *after {
        return Err(IndexError::Failed("it stands elsewhere by now".into()));
    }
    let mut rows = Rows::prepare(connection)?;
    for entry in entries {
        rows.write(entry)?;
    }
    behind.write(connection)
}

/// What is written again and again.
struct Rows<'c> {
    connection: &'c Connection,
    commit: Statement<'c>,
    record: Statement<'c>,
    message: Statement<'c>,
    find_commit: Statement<'c>,
    edge: Statement<'c>,
    orphan: Statement<'c>,
    waiting: Statement<'c>,
    change: Statement<'c>,
    path: Statement<'c>,
    find_path: Statement<'c>,
    person: Statement<'c>,
    find_person: Statement<'c>,
    places: HashMap<Place, Known>,
    people: HashMap<String, i64>,
    paths: HashMap<(i64, String), i64>,
}

/// A place that this batch has met.
struct Known {
    id: i64,
    project: i64,
    found: i64,
    name: String,
    described: Vec<u8>,
}

impl<'c> Rows<'c> {
    fn prepare(connection: &'c Connection) -> Result<Self, IndexError> {
        let prepare = |sql| connection.prepare(sql);
        Ok(Self {
            connection,
            commit: prepare(
                "INSERT OR IGNORE INTO commits (id, place, project, sha, time, author) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?,
            record: prepare("INSERT INTO records (id, record) VALUES (?1, ?2)")?,
            message: prepare("INSERT INTO messages (rowid, scope, message) VALUES (?1, ?2, ?3)")?,
            find_commit: prepare("SELECT id FROM commits WHERE sha = ?1 AND place = ?2")?,
            edge: prepare("INSERT OR IGNORE INTO edges (child, parent) VALUES (?1, ?2)")?,
            orphan: prepare(
                "INSERT OR IGNORE INTO missing (sha, place, child) VALUES (?1, ?2, ?3)",
            )?,
            waiting: prepare("DELETE FROM missing WHERE sha = ?1 AND place = ?2 RETURNING child")?,
            change: prepare("INSERT OR IGNORE INTO changes (id, path) VALUES (?1, ?2)")?,
            path: prepare("INSERT INTO paths (place, path) VALUES (?1, ?2)")?,
            find_path: prepare("SELECT id FROM paths WHERE place = ?1 AND path = ?2")?,
            person: prepare("INSERT INTO people (folded) VALUES (?1)")?,
            find_person: prepare("SELECT id FROM people WHERE folded = ?1")?,
            places: HashMap::new(),
            people: HashMap::new(),
            paths: HashMap::new(),
        })
    }

    fn write(&mut self, entry: &Entry) -> Result<(), IndexError> {
        match &entry.said {
            Said::Commit(sha, record) => {
                let place = self.place(entry, &record.name, record.repository.as_ref())?;
                self.commit(entry.sequence, place, sha, record)
            }
            Said::Move(moved) => {
                let (place, _) = self.place(entry, &moved.name, moved.repository.as_ref())?;
                self.moved(entry, place, moved)
            }
        }
    }

    fn commit(
        &mut self,
        sequence: u64,
        (place, project): (i64, i64),
        sha: &[u8],
        record: &CommitRecorded,
    ) -> Result<(), IndexError> {
        let Some(commit) = &record.commit else {
            return Ok(());
        };
        let author = self.person(&folded(record))?;
        let time = commit
            .committer
            .as_ref()
            .map_or(0, |committer| committer.time);
        let id = number(sequence);
        let row = params![id, place, project, sha, time, author];
        if self.commit.execute(row)? == 0 {
            // The first record of a commit stands.
            return Ok(());
        }
        self.record.execute(params![id, record.encode_to_vec()])?;
        // So that a search within a place or a project looks at no more than that.
        let scope = format!("r{place} p{project}");
        self.message.execute(params![id, scope, commit.message])?;
        for parent in &commit.parents {
            self.parent(id, place, parent)?;
        }
        let mut waiting = self.waiting.query(params![sha, place])?;
        while let Some(row) = waiting.next()? {
            self.edge.execute(params![row.get::<_, i64>(0)?, id])?;
        }
        drop(waiting);
        let changed = commit.paths.iter().flat_map(|paths| &paths.paths);
        for path in changed.flat_map(|changed| [&changed.path, &changed.old_path]) {
            if !path.is_empty() {
                let path = self.path(place, path)?;
                self.change.execute((id, path))?;
            }
        }
        Ok(())
    }

    fn parent(&mut self, child: i64, place: i64, parent: &str) -> Result<(), IndexError> {
        let Ok(sha) = object_id(parent) else {
            return Ok(());
        };
        let there = self
            .find_commit
            .query_row(params![sha, place], |row| row.get::<_, i64>(0));
        match there.optional()? {
            Some(parent) => self.edge.execute([child, parent])?,
            None => self.orphan.execute(params![sha, place, child])?,
        };
        Ok(())
    }

    fn moved(&mut self, entry: &Entry, place: i64, moved: &RefMoved) -> Result<(), IndexError> {
        let Some(told) = &moved.r#move else {
            return Ok(());
        };
        let name = match told.ref_raw.is_empty() {
            true => told.r#ref.as_bytes(),
            false => &told.ref_raw,
        };
        let ref_id = "INSERT INTO refs (place, name, shown) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET shown = ?3 RETURNING id";
        let row = params![place, name, told.r#ref];
        let ref_id: i64 = self.connection.query_row(ref_id, row, |row| row.get(0))?;
        let commit = match told.peeled.as_str() {
            "" => told.to.as_deref(),
            peeled => Some(peeled),
        };
        let tip = commit.and_then(|sha| object_id(sha).ok());
        let when = Told {
            generation: moved.generation,
            found: entry.found,
        };
        tips::stand(
            self.connection,
            ref_id,
            entry.sequence,
            when,
            tip.as_deref(),
        )?;
        let move_id = number(entry.sequence);
        self.connection.execute(
            "INSERT INTO moves (id, place, record) VALUES (?1, ?2, ?3)",
            params![move_id, place, moved.encode_to_vec()],
        )?;
        let off = "INSERT OR IGNORE INTO removed (sha, place, move) VALUES (?1, ?2, ?3)";
        let mut off = self.connection.prepare(off)?;
        for sha in told.removed.iter().filter_map(|sha| object_id(sha).ok()) {
            off.execute(params![sha, place, move_id])?;
        }
        Ok(())
    }

    /// The ids of an entry's place and project. Takes down what the repository is called, if that is new.
    fn place(
        &mut self,
        entry: &Entry,
        name: &str,
        repository: Option<&Repository>,
    ) -> Result<(i64, i64), IndexError> {
        if !self.places.contains_key(&entry.place) {
            let known = self.find_place(&entry.place)?;
            self.places.insert(entry.place.clone(), known);
        }
        let Some(known) = self.places.get_mut(&entry.place) else {
            return Err(IndexError::Failed("a place is gone".into()));
        };
        let ids = (known.id, known.project);
        let described = repository.map(Message::encode_to_vec).unwrap_or_default();
        if entry.found < known.found || (known.name == name && known.described == described) {
            return Ok(ids);
        }
        let full_name = repository.map_or("", |repository| repository.full_name.as_str());
        self.connection.execute(
            "INSERT INTO names (place, name, full_name, found) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET found = ?4",
            params![known.id, name, full_name, entry.found],
        )?;
        self.connection.execute(
            "UPDATE places SET found = ?2, name = ?3, described = ?4 WHERE id = ?1",
            params![known.id, entry.found, name, described],
        )?;
        (known.found, known.name, known.described) = (entry.found, name.to_owned(), described);
        Ok(ids)
    }

    fn find_place(&self, place: &Place) -> Result<Known, IndexError> {
        let project = "INSERT INTO projects (token) VALUES (?1) ON CONFLICT DO UPDATE SET token = ?1 RETURNING id";
        let project: i64 = self
            .connection
            .query_row(project, [&place.project], |row| row.get(0))?;
        let row = params![project, place.host, place.owner, place.repository];
        self.connection.execute(
            "INSERT OR IGNORE INTO places (project, host, owner, repository, found, name, described)
             VALUES (?1, ?2, ?3, ?4, -9223372036854775808, '', x'')",
            row,
        )?;
        let known = "SELECT id, found, name, described FROM places
                     WHERE project = ?1 AND host = ?2 AND owner = ?3 AND repository = ?4";
        let known = self.connection.query_row(known, row, |row| {
            Ok(Known {
                id: row.get(0)?,
                project,
                found: row.get(1)?,
                name: row.get(2)?,
                described: row.get(3)?,
            })
        })?;
        Ok(known)
    }

    fn person(&mut self, folded: &str) -> Result<i64, IndexError> {
        if let Some(id) = self.people.get(folded) {
            return Ok(*id);
        }
        let there = self
            .find_person
            .query_row([folded], |row| row.get(0))
            .optional()?;
        let id = match there {
            Some(id) => id,
            None => self.person.insert([folded])?,
        };
        self.people.insert(folded.to_owned(), id);
        Ok(id)
    }

    fn path(&mut self, place: i64, path: &str) -> Result<i64, IndexError> {
        let key = (place, path.to_owned());
        if let Some(id) = self.paths.get(&key) {
            return Ok(*id);
        }
        let row = params![place, path.as_bytes()];
        let there = self.find_path.query_row(row, |row| row.get(0)).optional()?;
        let id = match there {
            Some(id) => id,
            None => self.path.insert(row)?,
        };
        self.paths.insert(key, id);
        Ok(id)
    }
}

/// An author's name and address, as they are searched.
fn folded(record: &CommitRecorded) -> String {
    let author = record
        .commit
        .as_ref()
        .and_then(|commit| commit.author.as_ref());
    author.map_or_else(String::new, |author| {
        format!("{}\n{}", author.name, author.email).to_lowercase()
    })
}
