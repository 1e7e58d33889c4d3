//! Which paths differ between two trees, as `git diff --raw` says, within bounds.

mod contents;
mod renames;
mod tree;

use std::rc::Rc;

use sluice_events::v1::{ChangedPath, ChangedPaths, PathStatus, PathsExtent};
use sluice_git::Oid;

use self::tree::{Entry, Kind, Pairs};
use crate::{
    commit::{lossy, raw},
    objects::{Objects, Trouble},
};

/// Most paths that are told, and most bytes of them together.
const MOST_PATHS: usize = 3000;
const MOST_BYTES: usize = 256 << 10;

/// How deep folders are looked into.
const DEEPEST: usize = 500;

/// A path that differs, with what is needed to find renames.
#[derive(Debug, Clone)]
struct Change {
    status: PathStatus,
    path: Vec<u8>,
    old_path: Vec<u8>,
    old: Option<(Kind, Oid)>,
    new: Option<(Kind, Oid)>,
}

/// The difference, path by path; nothing is taken for renamed.
pub(crate) fn plain(
    objects: &Objects<'_>,
    old: Option<Oid>,
    new: Option<Oid>,
) -> Result<ChangedPaths, Trouble> {
    let (changes, whole) = Finder::run(objects, old, new)?;
    Ok(told(&changes, whole))
}

/// The difference, with renames where everything is told.
pub(crate) fn with_renames(
    objects: &Objects<'_>,
    old: Option<Oid>,
    new: Option<Oid>,
) -> Result<ChangedPaths, Trouble> {
    let (mut changes, whole) = Finder::run(objects, old, new)?;
    if whole {
        renames::find(objects, &mut changes)?;
    }
    Ok(told(&changes, whole))
}

fn told(changes: &[Change], whole: bool) -> ChangedPaths {
    let path = |change: &Change| ChangedPath {
        status: change.status.into(),
        path: lossy(&change.path),
        path_raw: raw(&change.path),
        old_path: lossy(&change.old_path),
        old_path_raw: raw(&change.old_path),
    };
    let extent = if whole {
        PathsExtent::Known
    } else {
        PathsExtent::Truncated
    };
    ChangedPaths {
        extent: extent.into(),
        paths: changes.iter().map(path).collect(),
    }
}

struct Finder<'o> {
    objects: &'o Objects<'o>,
    changes: Vec<Change>,
    bytes: usize,
}

/// That there is more than is told.
struct Full;

impl<'o> Finder<'o> {
    /// All changes, and whether these are all.
    fn run(
        objects: &'o Objects<'o>,
        old: Option<Oid>,
        new: Option<Oid>,
    ) -> Result<(Vec<Change>, bool), Trouble> {
        let mut finder = Self {
            objects,
            changes: Vec::new(),
            bytes: 0,
        };
        let whole = match old == new {
            true => Ok(()),
            false => finder.trees(old, new, &mut Vec::new(), 0)?,
        };
        Ok((finder.changes, whole.is_ok()))
    }

    fn trees(
        &mut self,
        old: Option<Oid>,
        new: Option<Oid>,
        path: &mut Vec<u8>,
        depth: usize,
    ) -> Result<Result<(), Full>, Trouble> {
        if depth > DEEPEST {
            return Ok(Err(Full));
        }
        let (old, new) = (self.tree(old)?, self.tree(new)?);
        for pair in Pairs::of(bytes(&old), bytes(&new)) {
            let (old, new) = pair?;
            let unchanged =
                |(old, new): (&Entry<'_>, &Entry<'_>)| old.oid == new.oid && old.mode == new.mode;
            if old.as_ref().zip(new.as_ref()).is_some_and(unchanged) {
                continue;
            }
            let before = path.len();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(
                new.as_ref()
                    .or(old.as_ref())
                    .map(|entry| entry.name)
                    .unwrap_or_default(),
            );
            let more = self.entries(old, new, path, depth)?;
            path.truncate(before);
            if more.is_err() {
                return Ok(Err(Full));
            }
        }
        Ok(Ok(()))
    }

    fn entries(
        &mut self,
        old: Option<Entry<'_>>,
        new: Option<Entry<'_>>,
        path: &mut Vec<u8>,
        depth: usize,
    ) -> Result<Result<(), Full>, Trouble> {
        let folder = |entry: &Option<Entry<'_>>| {
            entry
                .as_ref()
                .filter(|entry| entry.kind() == Kind::Folder)
                .map(|entry| entry.oid)
        };
        let thing = |entry: Option<Entry<'_>>| {
            entry
                .filter(|entry| entry.kind() != Kind::Folder)
                .map(|entry| (entry.kind(), entry.oid))
        };
        let (old_folder, new_folder) = (folder(&old), folder(&new));
        let (old, new) = (thing(old), thing(new));
        if (old.is_some() || new.is_some()) && !self.note(old, new, path)? {
            return Ok(Err(Full));
        }
        match (old_folder, new_folder) {
            (None, None) => Ok(Ok(())),
            (old, new) => self.trees(old, new, path, depth + 1),
        }
    }

    /// Notes a change; whether there was room for it.
    fn note(
        &mut self,
        old: Option<(Kind, Oid)>,
        new: Option<(Kind, Oid)>,
        path: &[u8],
    ) -> Result<bool, Trouble> {
        self.bytes += path.len();
        if self.changes.len() >= MOST_PATHS || self.bytes > MOST_BYTES {
            return Ok(false);
        }
        if let Some((kind, oid)) = new
            && kind != Kind::Submodule
            && !self.objects.has(oid)
        {
            return Err(Trouble::Damaged(format!("{oid} is missing")));
        }
        let status = match (old, new) {
            (None, _) => PathStatus::Added,
            (_, None) => PathStatus::Deleted,
            (Some((old, _)), Some((new, _))) if old != new => PathStatus::TypeChanged,
            _ => PathStatus::Modified,
        };
        self.changes.push(Change {
            status,
            path: path.to_vec(),
            old_path: Vec::new(),
            old,
            new,
        });
        Ok(true)
    }

    fn tree(&self, oid: Option<Oid>) -> Result<Option<Rc<[u8]>>, Trouble> {
        oid.map(|oid| self.objects.tree(oid)).transpose()
    }
}

fn bytes(tree: &Option<Rc<[u8]>>) -> &[u8] {
    tree.as_deref().unwrap_or_default()
}
