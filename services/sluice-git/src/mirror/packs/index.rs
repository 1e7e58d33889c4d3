//! The index of a pack, version 2 (gitformat-pack): which objects there are, and where.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use sluice_git::Oid;

/// What a pack holds, in the order in which it stands there.
pub(super) struct Index {
    pack: PathBuf,
    /// Where each begins.
    entries: Vec<(u64, Oid)>,
}

impl Index {
    /// Reads the one beside a pack.
    pub(super) fn read(pack: &Path) -> io::Result<Self> {
        let bytes = fs::read(pack.with_extension("idx"))?;
        let entries = entries(&bytes).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
        Ok(Self {
            pack: pack.to_owned(),
            entries,
        })
    }

    pub(super) fn pack(&self) -> &Path {
        &self.pack
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Each object with where it begins, in order.
    pub(super) fn entries(&self) -> &[(u64, Oid)] {
        &self.entries
    }

    /// The object that begins there.
    pub(super) fn at(&self, offset: u64) -> Option<Oid> {
        let found = self
            .entries
            .binary_search_by_key(&offset, |(offset, _)| *offset)
            .ok()?;
        self.entries.get(found).map(|(_, oid)| *oid)
    }
}

fn entries(bytes: &[u8]) -> Option<Vec<(u64, Oid)>> {
    const HEAD: usize = 8 + 256 * 4;
    if bytes.get(..8)? != b"\xfftOc\0\0\0\x02" {
        return None;
    }
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let count = number(HEAD - 4)? as usize;
    // Ids, then checksums, then offsets, then those that need more than 31 bits.
    let offsets = HEAD + count * 24;
    let long = offsets + count * 4;
    let mut entries = Vec::with_capacity(count.min(bytes.len()));
    for entry in 0..count {
        let oid = Oid::from_bytes(bytes.get(HEAD + entry * 20..HEAD + entry * 20 + 20)?)?;
        let offset = match number(offsets + entry * 4)? {
            short if short < 1 << 31 => u64::from(short),
            which => {
                let at = long + (which & 0x7fff_ffff) as usize * 8;
                u64::from_be_bytes(bytes.get(at..at + 8)?.try_into().ok()?)
            }
        };
        entries.push((offset, oid));
    }
    entries.sort_unstable();
    Some(entries)
}
