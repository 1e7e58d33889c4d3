//! Packs made byte by byte, as no tool would make them (gitformat-pack).

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

/// Kinds of entries.
pub(crate) const COMMIT: u8 = 1;
pub(crate) const TREE: u8 = 2;
pub(crate) const BLOB: u8 = 3;
const OFFSET_DELTA: u8 = 6;
const DELTA: u8 = 7;

/// A pack with these entries and a right checksum.
pub(crate) fn pack(entries: &[Vec<u8>]) -> Vec<u8> {
    counted(entries.len(), entries)
}

/// A pack that claims to have so many entries.
pub(crate) fn counted(count: usize, entries: &[Vec<u8>]) -> Vec<u8> {
    let count = u32::try_from(count).unwrap().to_be_bytes();
    let body = [b"PACK\0\0\0\x02", count.as_slice(), &entries.concat()].concat();
    [body.as_slice(), &sha1(&body)].concat()
}

/// An object as it is.
pub(crate) fn whole(kind: u8, content: &[u8]) -> Vec<u8> {
    raw(kind, content.len(), &zlib(content))
}

/// An entry of that kind and size, with that behind its head.
pub(crate) fn raw(kind: u8, size: usize, rest: &[u8]) -> Vec<u8> {
    let mut head = vec![(kind << 4) | (size & 15) as u8];
    let mut size = size >> 4;
    while size > 0 {
        *head.last_mut().unwrap() |= 0x80;
        head.push((size & 0x7f) as u8);
        size >>= 7;
    }
    [head.as_slice(), rest].concat()
}

/// A delta against the object with that id.
pub(crate) fn delta(base: &str, delta: &[u8]) -> Vec<u8> {
    let rest = [bytes(base), zlib(delta)].concat();
    raw(DELTA, delta.len(), &rest)
}

/// A delta against what begins that many bytes before it; at most 127.
pub(crate) fn delta_before(distance: u8, delta: &[u8]) -> Vec<u8> {
    let rest = [vec![distance], zlib(delta)].concat();
    raw(OFFSET_DELTA, delta.len(), &rest)
}

/// What turns a base of that size into that many copies of its first bytes.
pub(crate) fn copies(base: usize, length: usize, count: usize) -> Vec<u8> {
    let mut delta = [number(base), number(length * count)].concat();
    let size = u32::try_from(length).unwrap().to_le_bytes();
    // From offset 0, with a size of three bytes.
    let copy = [0x80 | 0x70, size[0], size[1], size[2]];
    delta.extend(copy.repeat(count));
    delta
}

/// A number as deltas have it.
pub(crate) fn number(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// The content in zlib's form, not made smaller (RFC 1950, 1951).
pub(crate) fn zlib(content: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut parts = content.chunks(0xffff).peekable();
    if parts.peek().is_none() {
        stream.extend([1, 0, 0, 0xff, 0xff]);
    }
    while let Some(part) = parts.next() {
        let length = u16::try_from(part.len()).unwrap();
        stream.push(u8::from(parts.peek().is_none()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend_from_slice(part);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in content {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    stream.extend((b << 16 | a).to_be_bytes());
    stream
}

/// The id of an object.
pub(crate) fn oid(kind: u8, content: &[u8]) -> String {
    let kind = match kind {
        COMMIT => "commit",
        TREE => "tree",
        _ => "blob",
    };
    let head = format!("{kind} {}\0", content.len());
    hex::encode(sha1(&[head.as_bytes(), content].concat()))
}

/// A tree with one entry.
pub(crate) fn tree(mode: &str, name: &[u8], oid: &str) -> Vec<u8> {
    [mode.as_bytes(), b" ", name, b"\0", &bytes(oid)].concat()
}

/// A commit without parents.
pub(crate) fn commit(tree: &str) -> Vec<u8> {
    format!("tree {tree}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nm\n").into_bytes()
}

/// The bytes of an id.
pub(crate) fn bytes(oid: &str) -> Vec<u8> {
    hex::decode(oid).unwrap()
}

fn sha1(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
}
