//! What stands in the file.

use rusqlite::Connection;

use super::IndexError;

/// What tells the file from other files of SQLite: `SlCL`.
const APPLICATION: i64 = 0x536c_434c;

/// Version of [`TABLES`]. A file of another version is read anew; so is one whose rows mean something else.
const VERSION: i64 = 1;

/// Ids of commits and moves are their sequences in the stream, so that they are the same at every replica.
///
/// `commits` is small for walking; what is shown of a commit stands in `records`. Both indexes over times say all that
/// a walk looks at. A parent that is not there yet waits in `missing`. `tips` has where each ref stood from which
/// sequence on, so that a question can be asked as of any.
const TABLES: &str = "
CREATE TABLE log (one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER NOT NULL, digest BLOB NOT NULL);
INSERT INTO log VALUES (1, 0, x'');

CREATE TABLE projects (id INTEGER PRIMARY KEY, token TEXT NOT NULL UNIQUE);
CREATE TABLE places (
  id INTEGER PRIMARY KEY, project INTEGER NOT NULL, host TEXT NOT NULL, owner TEXT NOT NULL, repository TEXT NOT NULL,
  found INTEGER NOT NULL, name TEXT NOT NULL, described BLOB NOT NULL,
  UNIQUE (project, host, owner, repository));
CREATE TABLE names (
  place INTEGER NOT NULL, name TEXT NOT NULL, full_name TEXT NOT NULL, found INTEGER NOT NULL,
  PRIMARY KEY (place, name, full_name)) WITHOUT ROWID;
CREATE INDEX names_by_name ON names (name);
CREATE INDEX names_by_full_name ON names (full_name);

CREATE TABLE commits (
  id INTEGER PRIMARY KEY, place INTEGER NOT NULL, project INTEGER NOT NULL, sha BLOB NOT NULL, time INTEGER NOT NULL,
  author INTEGER NOT NULL);
CREATE UNIQUE INDEX commits_by_sha ON commits (sha, place);
CREATE INDEX commits_by_place ON commits (place, time, id, author);
CREATE INDEX commits_by_project ON commits (project, time, id, author, place);
CREATE TABLE records (id INTEGER PRIMARY KEY, record BLOB NOT NULL);
CREATE TABLE people (id INTEGER PRIMARY KEY, folded TEXT NOT NULL UNIQUE);
CREATE VIRTUAL TABLE messages USING fts5 (scope, message, content='', columnsize=0);

CREATE TABLE edges (child INTEGER NOT NULL, parent INTEGER NOT NULL, PRIMARY KEY (child, parent)) WITHOUT ROWID;
CREATE INDEX edges_by_parent ON edges (parent, child);
CREATE TABLE missing (
  sha BLOB NOT NULL, place INTEGER NOT NULL, child INTEGER NOT NULL, PRIMARY KEY (sha, place, child)) WITHOUT ROWID;

CREATE TABLE paths (id INTEGER PRIMARY KEY, place INTEGER NOT NULL, path BLOB NOT NULL, UNIQUE (place, path));
CREATE TABLE changes (
  id INTEGER NOT NULL, path INTEGER NOT NULL, PRIMARY KEY (id, path)) WITHOUT ROWID;
CREATE INDEX changes_by_path ON changes (path, id);

CREATE TABLE refs (
  id INTEGER PRIMARY KEY, place INTEGER NOT NULL, name BLOB NOT NULL, shown TEXT NOT NULL, tip BLOB,
  UNIQUE (place, name));
CREATE INDEX refs_by_shown ON refs (shown, place);
CREATE TABLE tips (
  ref INTEGER NOT NULL, since INTEGER NOT NULL, found INTEGER NOT NULL, generation INTEGER NOT NULL, tip BLOB,
  PRIMARY KEY (ref, since)) WITHOUT ROWID;
CREATE TABLE moves (id INTEGER PRIMARY KEY, place INTEGER NOT NULL, record BLOB NOT NULL);
CREATE TABLE removed (
  sha BLOB NOT NULL, place INTEGER NOT NULL, move INTEGER NOT NULL, PRIMARY KEY (sha, place, move)) WITHOUT ROWID;
";

/// Fills an empty file; any other has to be an index of this version.
pub(super) fn check(connection: &Connection) -> Result<(), IndexError> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        let filling = connection.unchecked_transaction()?;
        filling.execute_batch(TABLES)?;
        filling.pragma_update(None, "application_id", APPLICATION)?;
        filling.pragma_update(None, "user_version", VERSION)?;
        return Ok(filling.commit()?);
    }
    if (number("application_id")?, number("user_version")?) != (APPLICATION, VERSION) {
        return Err(IndexError::Damaged("it is no index of this version".into()));
    }
    let position = "SELECT position FROM log WHERE one = 1";
    match connection.query_row(position, [], |row| row.get::<_, i64>(0)) {
        Ok(_) => Ok(()),
        Err(error) => Err(IndexError::Damaged(error.to_string())),
    }
}
