//! What was renamed: of what is gone and what is new, those that are the same or much alike, as Git judges it.

use std::collections::HashMap;

use sluice_events::v1::PathStatus;
use sluice_git::Oid;

use super::{Change, contents::Contents, tree::Kind};
use crate::objects::{Objects, Trouble};

/// Git's own: so much of a file must be the same.
const ALIKE: u32 = 50;

/// Most comparisons of contents; beyond that only what is the same is found.
const MOST_PAIRS: usize = 40_000;

/// Turns pairs of a deletion and an addition into renames.
pub(super) fn find(objects: &Objects<'_>, changes: &mut Vec<Change>) -> Result<(), Trouble> {
    let of = |status| {
        let found = changes
            .iter()
            .enumerate()
            .filter(move |(_, change)| change.status == status);
        found.map(|(number, _)| number).collect::<Vec<_>>()
    };
    let (mut gone, mut fresh) = (of(PathStatus::Deleted), of(PathStatus::Added));
    let mut pairs = same(changes, &mut gone, &mut fresh);
    if gone.len() * fresh.len() <= MOST_PAIRS {
        pairs.extend(alike(objects, changes, &gone, &fresh)?);
    }
    for (old, new) in &pairs {
        let Some(from) = changes.get(*old).map(|change| change.path.clone()) else {
            continue;
        };
        if let Some(change) = changes.get_mut(*new) {
            change.status = PathStatus::Renamed;
            change.old_path = from;
        }
    }
    let mut number = 0;
    changes.retain(|_| {
        number += 1;
        !pairs.iter().any(|(old, _)| old + 1 == number)
    });
    Ok(())
}

/// Those whose contents are the same; of several the one with the same name.
fn same(changes: &[Change], gone: &mut Vec<usize>, fresh: &mut Vec<usize>) -> Vec<(usize, usize)> {
    let mut by_oid: HashMap<(Oid, bool), Vec<usize>> = HashMap::new();
    let key = |thing: Option<(Kind, Oid)>| {
        let (kind, oid) = thing.filter(|(kind, _)| *kind != Kind::Submodule)?;
        Some((oid, kind == Kind::Link))
    };
    for old in gone.iter() {
        if let Some(key) = changes.get(*old).and_then(|change| key(change.old)) {
            by_oid.entry(key).or_default().push(*old);
        }
    }
    let mut pairs = Vec::new();
    for new in fresh.iter() {
        let Some(change) = changes.get(*new) else {
            continue;
        };
        let Some(candidates) = key(change.new).and_then(|key| by_oid.get_mut(&key)) else {
            continue;
        };
        let named = candidates.iter().position(|old| {
            changes
                .get(*old)
                .is_some_and(|old| name(old) == name(change))
        });
        if !candidates.is_empty() {
            pairs.push((candidates.remove(named.unwrap_or(0)), *new));
        }
    }
    gone.retain(|old| !pairs.iter().any(|(taken, _)| taken == old));
    fresh.retain(|new| !pairs.iter().any(|(_, taken)| taken == new));
    pairs
}

/// Those whose contents are alike, the most alike first.
fn alike(
    objects: &Objects<'_>,
    changes: &[Change],
    gone: &[usize],
    fresh: &[usize],
) -> Result<Vec<(usize, usize)>, Trouble> {
    let file = |thing: Option<(Kind, Oid)>| {
        thing
            .filter(|(kind, _)| *kind == Kind::File)
            .map(|(_, oid)| oid)
    };
    let mut contents = Contents::new(objects);
    let mut scored = Vec::new();
    for (old, new) in gone
        .iter()
        .flat_map(|old| fresh.iter().map(move |new| (*old, *new)))
    {
        let (Some(from), Some(to)) = (changes.get(old), changes.get(new)) else {
            continue;
        };
        let (Some(from_oid), Some(to_oid)) = (file(from.old), file(to.new)) else {
            continue;
        };
        let score = contents.score(from_oid, to_oid)?;
        if score >= ALIKE {
            scored.push((score, name(from) == name(to), old, new));
        }
    }
    scored.sort_by(|a, b| {
        (b.0, b.1)
            .cmp(&(a.0, a.1))
            .then((a.2, a.3).cmp(&(b.2, b.3)))
    });
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (_, _, old, new) in scored {
        if !pairs.iter().any(|(a, b)| *a == old || *b == new) {
            pairs.push((old, new));
        }
    }
    Ok(pairs)
}

/// The last part of a path.
fn name(change: &Change) -> &[u8] {
    change
        .path
        .rsplit(|&byte| byte == b'/')
        .next()
        .unwrap_or_default()
}
