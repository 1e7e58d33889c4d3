//! One pack of several, without unpacking anything: entries are copied as they are.
//!
//! An object that several packs hold is copied once, from the first. So the base of a delta may stand elsewhere than it
//! did; the distance to it is written anew. It always stands before: in a pack before this one, all of whose bases are
//! in it or in one before, or in this one, where the order stays.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufReader, Read, Write},
};

use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};
use sluice_git::Oid;

use super::{
    entry::{Head, OFFSET_DELTA, read_distance, write_distance},
    index::Index,
};

/// The head of a pack.
const HEAD: u64 = 12;

/// The checksum at its end.
const TAIL: u64 = 20;

/// Writes one pack that holds whatever these hold.
pub(super) fn merge(packs: &[Index], to: &mut impl Write) -> io::Result<()> {
    let mut places: HashMap<Oid, Option<u64>> = HashMap::new();
    for (_, oid) in packs.iter().flat_map(Index::entries) {
        places.insert(*oid, None);
    }
    let count = u32::try_from(places.len()).map_err(|_| broken())?;
    let mut out = Summed {
        to,
        sum: Context::new(&SHA1_FOR_LEGACY_USE_ONLY),
        written: 0,
    };
    out.write(b"PACK\0\0\0\x02")?;
    out.write(&count.to_be_bytes())?;
    for pack in packs {
        copy(pack, &mut places, &mut out)?;
    }
    let sum = out.sum.clone().finish();
    to.write_all(sum.as_ref())
}

fn copy(
    pack: &Index,
    places: &mut HashMap<Oid, Option<u64>>,
    out: &mut Summed<'_, impl Write>,
) -> io::Result<()> {
    let file = File::open(pack.pack())?;
    let end = file
        .metadata()?
        .len()
        .checked_sub(TAIL)
        .ok_or_else(broken)?;
    let mut file = BufReader::with_capacity(256 << 10, file);
    io::copy(&mut (&mut file).take(HEAD), &mut io::sink())?;
    let mut entry = Vec::new();
    for (number, (offset, oid)) in pack.entries().iter().enumerate() {
        let next = pack
            .entries()
            .get(number + 1)
            .map_or(end, |(next, _)| *next);
        let length = next.checked_sub(*offset).ok_or_else(broken)?;
        entry.clear();
        (&mut file).take(length).read_to_end(&mut entry)?;
        let place = places.get_mut(oid).ok_or_else(broken)?;
        if place.is_none() {
            *place = Some(out.written);
            let moved = moved(pack, *offset, &entry, places, out.written)?;
            out.write(&moved.0)?;
            out.write(moved.1)?;
        }
    }
    Ok(())
}

/// The beginning of an entry as it is where it stands now, and the rest of it as it was.
fn moved<'e>(
    pack: &Index,
    offset: u64,
    entry: &'e [u8],
    places: &HashMap<Oid, Option<u64>>,
    now: u64,
) -> io::Result<(Vec<u8>, &'e [u8])> {
    let move_it = || {
        let head = Head::read(entry)?;
        let (kind, rest) = entry.split_at_checked(head.length)?;
        if head.kind != OFFSET_DELTA {
            return Some((kind.to_vec(), rest));
        }
        let (distance, length) = read_distance(rest)?;
        let base = pack.at(offset.checked_sub(distance)?)?;
        let base = (*places.get(&base)?)?;
        let distance = write_distance(now.checked_sub(base)?);
        Some(([kind, &distance].concat(), rest.get(length..)?))
    };
    move_it().ok_or_else(broken)
}

fn broken() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "a pack and its index do not agree",
    )
}

/// Writes, and sums up what was written.
struct Summed<'w, W> {
    to: &'w mut W,
    sum: Context,
    written: u64,
}

impl<W: Write> Summed<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sum.update(bytes);
        self.written += bytes.len() as u64;
        self.to.write_all(bytes)
    }
}
