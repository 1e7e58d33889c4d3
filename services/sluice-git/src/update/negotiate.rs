//! What to ask for, and what to say is here.
//!
//! All of it is said in one request and the remote answers with the pack at once: its list of refs tells already what
//! both sides have.

use std::collections::HashSet;

use git2::ObjectType;
use sluice_git::{Advertised, Oid, job::Update};

use crate::{
    commit,
    mirror::Table,
    objects::{Objects, Peeled, Trouble},
};

/// Most objects that the remote is told of.
const MOST: usize = 4096;

/// For how many pushes it is asked where they ended.
const PASSED: usize = 64;

/// How far back moved refs are followed, in doubling steps, in case the remote has forgotten where they were.
const BACK: u32 = 256;

/// For how many refs that is done.
const FOLLOWED: usize = 16;

/// What the remote has and we do not, each once.
pub(super) fn wants(now: &Advertised, objects: &Objects<'_>) -> Vec<Oid> {
    let mut wants: Vec<_> = now
        .refs
        .iter()
        .map(|at| at.oid)
        .filter(|oid| !objects.has(*oid))
        .collect();
    wants.sort_unstable();
    wants.dedup();
    wants
}

/// Where pushes ended that is not here though everything is that the remote shows, the newest first.
pub(super) fn passed(asked: &Update, objects: &Objects<'_>) -> Vec<Oid> {
    let marks = asked.marks.iter().rev();
    let mut wants: Vec<_> = marks
        .filter_map(|mark| Oid::from_bytes(&mark.oid))
        .filter(|oid| !objects.has(*oid))
        .take(PASSED)
        .collect();
    wants.sort_unstable();
    wants.dedup();
    wants
}

/// What we have: first where moved refs were, then what the remote has for certain, then all else.
pub(super) fn haves(
    now: &Advertised,
    before: &Table,
    objects: &Objects<'_>,
) -> Result<Vec<Oid>, Trouble> {
    let moved = now
        .refs
        .iter()
        .filter_map(|at| Some(before.get(&at.name)?.oid).filter(|oid| *oid != at.oid));
    let moved: Vec<_> = moved.filter(|oid| objects.has(*oid)).take(MOST).collect();
    let common = now.refs.iter().map(|at| at.oid);
    let others = before.values().map(|kept| kept.oid);
    let mut haves = Vec::new();
    let mut seen = HashSet::new();
    for oid in moved
        .iter()
        .copied()
        .chain(common)
        .chain(others)
        .filter(|oid| objects.has(*oid))
    {
        if haves.len() >= MOST {
            break;
        }
        if seen.insert(oid) {
            haves.push(oid);
        }
    }
    for oid in moved.into_iter().take(FOLLOWED) {
        haves.extend(
            back(oid, objects)?
                .into_iter()
                .filter(|oid| seen.insert(*oid)),
        );
    }
    Ok(haves)
}

/// Ancestors by first parents: 1, 2, 4, … back.
fn back(oid: Oid, objects: &Objects<'_>) -> Result<Vec<Oid>, Trouble> {
    let mut back = Vec::new();
    let Peeled::Commit(mut at) = objects.peel(oid)? else {
        return Ok(back);
    };
    for step in 1..=BACK {
        let links = commit::links(objects.read(at, ObjectType::Commit)?.data());
        let Some(parent) = links.parents.first() else {
            break;
        };
        at = *parent;
        if step.is_power_of_two() {
            back.push(at);
        }
    }
    Ok(back)
}
