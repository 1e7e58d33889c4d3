//! Takes a pack in: libgit2 resolves and indexes it, and it appears in the mirror when it is whole.

use std::{
    collections::HashSet,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use git2::Indexer;
use sluice_git::{GitError, GitProblem, problem};

use crate::{
    libgit2::blame,
    mirror::largest,
    objects::{Objects, Trouble},
    wire::broken,
};

/// A pack that came.
pub(super) struct Received {
    /// Its index; nothing if it was here before.
    fresh: Option<PathBuf>,
}

impl Received {
    /// Takes it out of the mirror again: it is not what was promised.
    pub(super) fn discard(self) {
        for end in ["idx", "pack"] {
            // One that stays takes room and does no other harm.
            let _ = self
                .fresh
                .as_ref()
                .map(|pack| fs::remove_file(pack.with_extension(end)));
        }
    }
}

/// Takes in what `send` writes, if no object is longer than that.
pub(super) fn receive(
    path: &Path,
    objects: &Objects<'_>,
    longest: u64,
    send: impl FnOnce(&mut dyn Write) -> Result<(), GitError>,
) -> Result<Received, Trouble> {
    let broken = |error: git2::Error| blame(&error, GitProblem::Corrupt);
    let folder = path.join("objects/pack");
    let before =
        indexes(&folder).map_err(|error| problem!(Local, "the mirror cannot be read: {error}"))?;
    let mut indexer = Indexer::new(Some(objects.odb()), &folder, 0, false).map_err(broken)?;
    let mut count = Counted {
        to: &mut indexer,
        bytes: 0,
    };
    send(&mut count)?;
    match count.bytes {
        0 => Err(problem!(Network, "the remote sent no pack").into()),
        // A pack without objects has nothing to keep: everything is here already.
        EMPTY => Ok(Received { fresh: None }),
        _ => {
            let name = indexer.commit().map_err(broken)?;
            let index = folder.join(format!("pack-{name}.idx"));
            let size = largest(&index.with_extension("pack"))
                .map_err(|error| problem!(Local, "the mirror cannot be read: {error}"))?;
            let fresh = (!before.contains(&index)).then_some(index);
            let received = Received { fresh };
            if longest > 0 && size > longest {
                received.discard();
                return Err(problem!(
                    Limit,
                    "an object of {size} bytes is larger than it may be; the limit is git-max-object"
                )
                .into());
            }
            Ok(received)
        }
    }
}

/// The indexes of the packs that are here.
fn indexes(folder: &Path) -> io::Result<HashSet<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let is_index = |path: &io::Result<PathBuf>| !matches!(path, Ok(path) if path.extension() != Some("idx".as_ref()));
    entries.filter(is_index).collect()
}

/// The size of a pack without objects: its head and its checksum.
const EMPTY: u64 = 32;

/// Passes on to the indexer, whose errors keep their meaning.
struct Counted<'i, 'o> {
    to: &'i mut Indexer<'o>,
    bytes: u64,
}

impl Write for Counted<'_, '_> {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.bytes += part.len() as u64;
        self.to.write(part).map_err(|error| {
            let inner = error
                .into_inner()
                .and_then(|inner| inner.downcast::<git2::Error>().ok());
            let inner = inner.map_or_else(
                || git2::Error::from_str("the pack cannot be taken in"),
                |inner| *inner,
            );
            broken::io(blame(&inner, GitProblem::Corrupt))
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
