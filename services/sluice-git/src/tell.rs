//! Tells every move, and behind it the commits that are new with it.

use std::collections::{BTreeMap, HashSet};

use git2::ObjectType;
use sluice_events::v1::{ChangedPaths, RefMove};
use sluice_git::{
    Advertised, Oid, RefName,
    job::{self, Update},
    moves::{Moved, moved},
};

use crate::{
    changes, commit,
    history::{Graph, Order, Place},
    objects::{Objects, Peeled, Trouble},
    say::Say,
};

/// Most commits that are named of those that were taken off a ref.
const MOST_REMOVED: usize = 1000;

/// What is to be told, worked out as far as the graph of commits is concerned.
pub(crate) struct News<'o> {
    objects: &'o Objects<'o>,
    graph: Graph<'o>,
    moves: Vec<Moved>,
    order: Order,
    /// Commits that no branch and no tag leads to any more.
    lost: HashSet<Place>,
}

impl<'o> News<'o> {
    /// Works it out. Every commit that is new is read, so that a missing one is found here.
    pub(crate) fn of(
        objects: &'o Objects<'o>,
        now: &Advertised,
        asked: &Update,
    ) -> Result<Self, Trouble> {
        let synced = synced(&asked.synced);
        let moves = moved(now, &synced);
        let mut graph = Graph::of(objects);
        let hidden = if moves.is_empty() {
            Vec::new()
        } else {
            commits(objects, &mut graph, synced.values(), true)?
        };
        let tips = commits(
            objects,
            &mut graph,
            moves.iter().filter_map(|moved| moved.to.as_ref()),
            false,
        )?;
        let mut order = Order::of(graph.beyond(&tips, &hidden)?);
        for (number, mark) in (0..).zip(&asked.marks) {
            if let Some(oid) = Oid::from_bytes(&mark.oid)
                && let Peeled::Commit(tip) = objects.peel(oid)?
                && let Some(place) = graph.seen(tip)
            {
                order.mark(&mut graph, place, number)?;
            }
        }
        let gone: Vec<_> = moves
            .iter()
            .filter(|moved| moved.to.is_none())
            .filter_map(|moved| moved.from)
            .collect();
        let lost = match gone.is_empty() {
            true => HashSet::new(),
            false => {
                let gone = commits(objects, &mut graph, gone.iter(), true)?;
                let present =
                    commits(objects, &mut graph, now.refs.iter().map(|at| &at.oid), true)?;
                graph.beyond(&gone, &present)?
            }
        };
        Ok(Self {
            objects,
            graph,
            moves,
            order,
            lost,
        })
    }

    /// Tells all of it.
    pub(crate) fn tell(mut self, say: &mut Say) -> Result<(), Trouble> {
        for moved in std::mem::take(&mut self.moves) {
            let tip = self.commit_of(moved.to)?;
            let fresh = match tip {
                Some(tip) => self.order.take(&mut self.graph, tip)?,
                None => Vec::new(),
            };
            say.moved(self.told(&moved, tip, fresh.len())?)?;
            for place in fresh {
                self.tell_commit(place, say)?;
            }
        }
        Ok(())
    }

    fn tell_commit(&mut self, place: Place, say: &mut Say) -> Result<(), Trouble> {
        let Some(oid) = self.graph.oid(place) else {
            return Ok(());
        };
        let object = self.objects.read(oid, ObjectType::Commit)?;
        let first = self.graph.parents(place)?.first().copied();
        let old = match first.and_then(|parent| self.graph.oid(parent)) {
            Some(parent) => self.tree_of(parent)?,
            None => None,
        };
        let paths = changes::plain(self.objects, old, commit::tree(object.data()))?;
        let record = commit::record(oid, object.data(), paths);
        Ok(say.commit(record, self.order.mark_of(place))?)
    }

    fn told(
        &mut self,
        moved: &Moved,
        tip: Option<Place>,
        fresh: usize,
    ) -> Result<RefMove, Trouble> {
        let mut told = moved.told();
        told.peeled = match tip
            .and_then(|tip| self.graph.oid(tip))
            .filter(|tip| Some(*tip) != moved.to)
        {
            Some(commit) => commit.to_string(),
            None => String::new(),
        };
        told.added = fresh as u64;
        let before = self.commit_of(moved.from)?;
        match (before, tip) {
            (Some(before), Some(tip)) => {
                let compared = self.graph.compare(before, tip)?;
                told.added = compared.ahead as u64;
                told.forced = Some(!compared.behind.is_empty());
                told.unrelated = compared.unrelated;
                self.name_removed(&mut told, &compared.behind);
            }
            // The commits that nothing leads to any more are those that it took with it.
            (Some(before), None) if moved.to.is_none() => {
                let removed = self.lost_with(before)?;
                self.name_removed(&mut told, &removed);
            }
            _ => {}
        }
        if let (Some(from), Some(to)) = (moved.from, moved.to) {
            told.paths = self.changed(from, to)?;
        }
        Ok(told)
    }

    fn name_removed(&self, told: &mut RefMove, removed: &[Place]) {
        let named = removed
            .iter()
            .take(MOST_REMOVED)
            .filter_map(|place| self.graph.oid(*place));
        told.removed = named.map(|oid| oid.to_string()).collect();
        told.removed_total = removed.len() as u64;
    }

    /// What was lost with a ref, the newest first.
    fn lost_with(&mut self, tip: Place) -> Result<Vec<Place>, Trouble> {
        let mut order = Order::of(self.lost.clone());
        let mut lost = order.take(&mut self.graph, tip)?;
        lost.reverse();
        Ok(lost)
    }

    /// What differs between both sides; nothing is known where one is not there or has no files.
    fn changed(&self, from: Oid, to: Oid) -> Result<Option<ChangedPaths>, Trouble> {
        match (self.tree_of_any(from)?, self.tree_of_any(to)?) {
            (Some(old), Some(new)) => Ok(Some(changes::with_renames(
                self.objects,
                Some(old),
                Some(new),
            )?)),
            _ => Ok(None),
        }
    }

    fn tree_of_any(&self, oid: Oid) -> Result<Option<Oid>, Trouble> {
        match self.objects.peel(oid)? {
            Peeled::Commit(commit) => self.tree_of(commit),
            Peeled::Tree(tree) => Ok(Some(tree)),
            Peeled::Blob(_) | Peeled::Missing => Ok(None),
        }
    }

    fn tree_of(&self, commit: Oid) -> Result<Option<Oid>, Trouble> {
        Ok(commit::tree(
            self.objects.read(commit, ObjectType::Commit)?.data(),
        ))
    }

    fn commit_of(&mut self, oid: Option<Oid>) -> Result<Option<Place>, Trouble> {
        match oid.map(|oid| self.objects.peel(oid)).transpose()? {
            Some(Peeled::Commit(commit)) => Ok(Some(self.graph.place(commit))),
            _ => Ok(None),
        }
    }
}

fn synced(refs: &[job::Ref]) -> BTreeMap<RefName, Oid> {
    refs.iter()
        .filter_map(|at| Some((RefName::of(at.name.clone())?, Oid::from_bytes(&at.oid)?)))
        .collect()
}

/// The commits that objects lead to, each once. One that is not there counts for nothing where it may be missing.
fn commits<'r>(
    objects: &Objects<'_>,
    graph: &mut Graph<'_>,
    oids: impl Iterator<Item = &'r Oid>,
    may_be_missing: bool,
) -> Result<Vec<Place>, Trouble> {
    let mut seen = HashSet::new();
    let mut places = Vec::new();
    for oid in oids.filter(|oid| seen.insert(**oid)) {
        match objects.peel(*oid)? {
            Peeled::Commit(commit) => places.push(graph.place(commit)),
            Peeled::Missing if !may_be_missing => {
                return Err(Trouble::Damaged(format!("{oid} is missing")));
            }
            _ => {}
        }
    }
    Ok(places)
}
