//! How large the objects of a pack are.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

use super::{
    entry::{Head, LONGEST},
    index::Index,
};

/// The size of the largest that stands there as it is. What deltas become is bounded where they are resolved.
pub(crate) fn largest(pack: &Path) -> io::Result<u64> {
    let index = Index::read(pack)?;
    let mut file = BufReader::with_capacity(256 << 10, File::open(pack)?);
    let (mut place, mut largest) = (0, 0);
    for (offset, _) in index.entries() {
        let ahead = offset
            .checked_sub(place)
            .and_then(|ahead| i64::try_from(ahead).ok());
        file.seek_relative(ahead.ok_or(io::ErrorKind::InvalidData)?)?;
        let mut start = [0; LONGEST];
        // Behind an entry there are at least the twenty bytes of the pack's checksum.
        file.read_exact(&mut start)?;
        // The next may begin amid these.
        file.seek_relative(-(LONGEST as i64))?;
        place = *offset;
        let head = Head::read(&start).ok_or(io::ErrorKind::InvalidData)?;
        largest = largest.max(head.size);
    }
    Ok(largest)
}
