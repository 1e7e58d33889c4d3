//! As much of an answer as one message holds.

use rusqlite::Connection;
use sluice_bus::Bus;
use sluice_events::{
    to_json,
    v1::{ChangedPaths, PathsExtent, RecordedCommit},
};

use super::question::Listed;
use crate::index::{
    IndexError,
    answer::Commits,
    list::{After, list},
    position::Position,
    scope::Scope,
    walks::Walks,
};

/// What an answer needs besides its commits: headers, cursor, progress.
const BESIDES: usize = 16 * 1024;

/// How much of a message is kept where nothing else helps, in characters.
const SHORT: usize = 16 * 1024;

/// A page.
pub(super) struct Page {
    pub(super) commits: Vec<RecordedCommit>,
    /// Where the next one begins.
    pub(super) next: Option<After>,
    /// How far the index is.
    pub(super) indexed: u64,
}

/// How many bytes of commits one answer holds.
pub(super) fn room(bus: &Bus) -> usize {
    bus.max_payload().saturating_sub(BESIDES)
}

/// Looks up a page, and ends it where an answer has no more room.
pub(super) fn look(
    connection: &Connection,
    walks: &Walks,
    scope: Option<&Scope>,
    listed: &Listed,
    after: Option<After>,
    project: &str,
    room: usize,
) -> Result<Page, IndexError> {
    let found = list(
        connection,
        walks,
        scope,
        &listed.wanted,
        after,
        listed.limit,
    )?;
    let mut commits = Commits::of(connection)?;
    let mut page = Page {
        commits: Vec::new(),
        next: None,
        indexed: Position::read(connection)?.sequence,
    };
    let (mut left, mut last) = (room, None);
    for (time, id) in &found.commits {
        let commit = fit(commits.get(*id, project)?, room);
        let size = size(&commit) + 1;
        if page.commits.len() == listed.limit || size > left && !page.commits.is_empty() {
            page.next = last;
            break;
        }
        left = left.saturating_sub(size);
        page.commits.push(commit);
        last = Some(After {
            as_of: found.as_of,
            time: *time,
            id: *id,
        });
    }
    Ok(page)
}

/// A commit that an answer holds: of one that is too large the lists go first, and say so.
pub(super) fn fit(mut commit: RecordedCommit, room: usize) -> RecordedCommit {
    while size(&commit) > room {
        if commit.taken_off.len() > 1 {
            commit.taken_off.pop();
        } else if !commit.reachable_from.is_empty() {
            let half = commit.reachable_from.len() / 2;
            commit.reachable_from.truncate(half);
        } else if !shorten(&mut commit) {
            break;
        }
    }
    commit
}

/// Takes something off a record; whether there was something.
fn shorten(commit: &mut RecordedCommit) -> bool {
    commit.taken_off.clear();
    let Some(record) = commit.record.as_mut() else {
        return false;
    };
    if !record.refs.is_empty() {
        record.refs.clear();
        return true;
    }
    let Some(git) = record.commit.as_mut() else {
        return false;
    };
    if git
        .paths
        .as_ref()
        .is_some_and(|paths| !paths.paths.is_empty())
    {
        git.paths = Some(ChangedPaths {
            extent: PathsExtent::Truncated.into(),
            paths: Vec::new(),
        });
        return true;
    }
    let shorter = git.message.char_indices().nth(SHORT).map(|(end, _)| end);
    let Some(end) = shorter else { return false };
    git.message.truncate(end);
    git.message_raw = Default::default();
    git.message_truncated = true;
    true
}

fn size(commit: &RecordedCommit) -> usize {
    // What was read from JSON becomes JSON.
    to_json(commit).map_or(usize::MAX, |json| json.len())
}

#[cfg(test)]
mod tests {
    use sluice_events::v1::{ChangedPath, CommitRecord, CommitRecorded};

    use super::*;

    #[test]
    fn what_is_too_large_loses_its_lists_and_says_so() {
        let path = ChangedPath {
            path: "x".repeat(100),
            ..Default::default()
        };
        let git = CommitRecord {
            sha: "a".repeat(40),
            message: "ü".repeat(50_000),
            paths: Some(ChangedPaths {
                extent: PathsExtent::Known.into(),
                paths: vec![path; 1000],
            }),
            ..Default::default()
        };
        let record = CommitRecorded {
            commit: Some(git),
            refs: vec!["refs/heads/main".into()],
            ..Default::default()
        };
        let commit = RecordedCommit {
            record: Some(record),
            ..Default::default()
        };
        assert_eq!(fit(commit.clone(), 1 << 20), commit, "it has room");

        let without_paths = fit(commit.clone(), 110_000).record.unwrap().commit.unwrap();
        assert_eq!(
            without_paths.paths.as_ref().unwrap().extent(),
            PathsExtent::Truncated
        );
        assert!(!without_paths.message_truncated);
        let short = fit(commit, 50_000).record.unwrap().commit.unwrap();
        assert!(short.message_truncated && short.message.len() == 2 * SHORT);
        assert_eq!(short.sha.len(), 40);
    }
}
