//! The entries of trees, side by side.

use std::cmp::Ordering;

use sluice_git::Oid;

use crate::objects::Trouble;

/// One entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'t> {
    pub(super) mode: u32,
    pub(super) name: &'t [u8],
    pub(super) oid: Oid,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Link,
    Submodule,
    Folder,
}

impl Entry<'_> {
    pub(super) fn kind(&self) -> Kind {
        match self.mode & 0o170_000 {
            0o040_000 => Kind::Folder,
            0o120_000 => Kind::Link,
            0o160_000 => Kind::Submodule,
            _ => Kind::File,
        }
    }
}

/// Reads the entries of a tree.
struct Entries<'t>(&'t [u8]);

impl<'t> Iterator for Entries<'t> {
    type Item = Result<Entry<'t>, Trouble>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let read = self.read();
        if read.is_none() {
            self.0 = &[];
        }
        Some(read.ok_or_else(|| Trouble::Damaged("a tree is broken".into())))
    }
}

impl<'t> Entries<'t> {
    fn read(&mut self) -> Option<Entry<'t>> {
        let space = self.0.iter().position(|&byte| byte == b' ')?;
        let (mode, rest) = self.0.split_at_checked(space)?;
        let rest = rest.get(1..)?;
        let end = rest.iter().position(|&byte| byte == 0)?;
        let (name, rest) = rest.split_at_checked(end)?;
        let (oid, rest) = rest.get(1..)?.split_at_checked(20)?;
        self.0 = rest;
        let mode = u32::from_str_radix(std::str::from_utf8(mode).ok()?, 8).ok()?;
        Some(Entry {
            mode,
            name,
            oid: Oid::from_bytes(oid)?,
        })
    }
}

/// Entries of two trees, those of one name together.
pub(super) struct Pairs<'t> {
    old: std::iter::Peekable<Entries<'t>>,
    new: std::iter::Peekable<Entries<'t>>,
}

impl<'t> Pairs<'t> {
    pub(super) fn of(old: &'t [u8], new: &'t [u8]) -> Self {
        Self {
            old: Entries(old).peekable(),
            new: Entries(new).peekable(),
        }
    }
}

impl<'t> Iterator for Pairs<'t> {
    type Item = Result<(Option<Entry<'t>>, Option<Entry<'t>>), Trouble>;

    fn next(&mut self) -> Option<Self::Item> {
        let order = match (self.old.peek(), self.new.peek()) {
            (None, None) => return None,
            (Some(Ok(old)), Some(Ok(new))) => order(old, new),
            // What cannot be read comes out first.
            (Some(Err(_)), _) | (Some(Ok(_)), None) => Ordering::Less,
            (_, Some(_)) => Ordering::Greater,
        };
        let take = |entries: &mut std::iter::Peekable<Entries<'t>>, wanted: bool| match wanted {
            true => entries.next().transpose(),
            false => Ok(None),
        };
        let old = take(&mut self.old, order.is_le());
        let new = take(&mut self.new, order.is_ge());
        Some(old.and_then(|old| Ok((old, new?))))
    }
}

/// The order in a tree: folders as if their names ended in a slash.
fn order(old: &Entry<'_>, new: &Entry<'_>) -> Ordering {
    let bytes = |entry: &Entry<'_>| (entry.kind() == Kind::Folder).then_some(b'/');
    let common = old.name.len().min(new.name.len());
    let (old_start, old_end) = old.name.split_at_checked(common).unwrap_or((old.name, &[]));
    let (new_start, new_end) = new.name.split_at_checked(common).unwrap_or((new.name, &[]));
    let next = |end: &[u8], entry| end.first().copied().or(bytes(entry)).unwrap_or(0);
    let ends = || next(old_end, old).cmp(&next(new_end, new));
    old_start.cmp(new_start).then_with(ends)
}
