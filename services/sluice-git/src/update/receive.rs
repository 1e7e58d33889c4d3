//! Takes a pack in: libgit2 resolves and indexes it, and it appears in the mirror when it is whole.

use std::{
    io::{self, Write},
    path::Path,
};

use git2::Indexer;
use sluice_git::{GitError, GitProblem};

use crate::{
    libgit2::blame,
    objects::{Objects, Trouble},
    wire::broken,
};

/// Takes in what `send` writes.
pub(super) fn receive(
    path: &Path,
    objects: &Objects<'_>,
    send: impl FnOnce(&mut dyn Write) -> Result<(), GitError>,
) -> Result<(), Trouble> {
    let broken = |error: git2::Error| blame(&error, GitProblem::Corrupt);
    let mut indexer =
        Indexer::new(Some(objects.odb()), &path.join("objects/pack"), 0, false).map_err(broken)?;
    let mut count = Counted {
        to: &mut indexer,
        bytes: 0,
    };
    send(&mut count)?;
    match count.bytes {
        0 => Err(sluice_git::problem!(Network, "the remote sent no pack").into()),
        // A pack without objects has nothing to keep: everything is here already.
        EMPTY => Ok(()),
        _ => Ok(indexer.commit().map(|_| ()).map_err(broken)?),
    }
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
