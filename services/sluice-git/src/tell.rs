//! Tells every move, and behind it the commits that are new with it.

use std::collections::{BTreeMap, HashMap, HashSet};

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
    /// Where pushes ended that the remote may have gone past since, by their refs, in the order of the pushes.
    passed: HashMap<RefName, Vec<Place>>,
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
        let mut moves = moved(now, &synced);
        let mut graph = Graph::of(objects);
        let marks = marks(objects, &mut graph, asked)?;
        let hidden = if moves.is_empty() && marks.is_empty() {
            Vec::new()
        } else {
            commits(objects, &mut graph, synced.values(), true)?
        };
        let mut tips = commits(
            objects,
            &mut graph,
            moves.iter().filter_map(|moved| moved.to.as_ref()),
            false,
        )?;
        tips.extend(marks.iter().map(|(_, _, place)| *place));
        let mut order = Order::of(graph.beyond(&tips, &hidden)?);
        let mut passed: HashMap<RefName, Vec<Place>> = HashMap::new();
        for (number, name, place) in marks {
            order.mark(&mut graph, place, number)?;
            if order.lists(place) {
                passed.entry(name).or_default().push(place);
            }
        }
        came_back(&mut moves, passed.keys(), now, &synced);
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
            passed,
            lost,
        })
    }

    /// Tells all of it.
    pub(crate) fn tell(mut self, say: &mut Say) -> Result<(), Trouble> {
        for moved in std::mem::take(&mut self.moves) {
            let tip = self.commit_of(moved.to)?;
            let mut fresh = match tip {
                Some(tip) => self.order.take(&mut self.graph, tip)?,
                None => Vec::new(),
            };
            say.moved(self.told(&moved, tip, fresh.len())?)?;
            for place in self.passed.remove(&moved.name).unwrap_or_default() {
                fresh.extend(self.order.take(&mut self.graph, place)?);
            }
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
        let text = self.graph.text(place)?;
        let old = match self.graph.parents(place)?.first() {
            Some(parent) => self.graph.tree(*parent)?,
            None => None,
        };
        let paths = changes::plain(self.objects, old, self.graph.tree(place)?)?;
        let record = commit::record(oid, &text, paths);
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
    fn changed(&mut self, from: Oid, to: Oid) -> Result<Option<ChangedPaths>, Trouble> {
        match (self.tree_of(from)?, self.tree_of(to)?) {
            (Some(old), Some(new)) => Ok(Some(changes::with_renames(
                self.objects,
                Some(old),
                Some(new),
            )?)),
            _ => Ok(None),
        }
    }

    fn tree_of(&mut self, oid: Oid) -> Result<Option<Oid>, Trouble> {
        match self.objects.peel(oid)? {
            Peeled::Commit(commit) => {
                let place = self.graph.place(commit);
                self.graph.tree(place)
            }
            Peeled::Tree(tree) => Ok(Some(tree)),
            Peeled::Blob(_) | Peeled::Missing => Ok(None),
        }
    }

    fn commit_of(&mut self, oid: Option<Oid>) -> Result<Option<Place>, Trouble> {
        match oid.map(|oid| self.objects.peel(oid)).transpose()? {
            Some(Peeled::Commit(commit)) => Ok(Some(self.graph.place(commit))),
            _ => Ok(None),
        }
    }
}

/// The commits that pushes are known to have ended at, as far as they are here, with the numbers of their marks.
fn marks(
    objects: &Objects<'_>,
    graph: &mut Graph<'_>,
    asked: &Update,
) -> Result<Vec<(u64, RefName, Place)>, Trouble> {
    let mut marks = Vec::new();
    for (number, mark) in (0..).zip(&asked.marks) {
        if let Some(oid) = Oid::from_bytes(&mark.oid)
            && let Some(name) = RefName::of(mark.name.clone())
            && let Peeled::Commit(tip) = objects.peel(oid)?
        {
            marks.push((number, name, graph.place(tip)));
        }
    }
    Ok(marks)
}

/// Adds the refs that stand where they stood, or are not there now as they were not before, though a push to them
/// brought commits: they moved and came back.
fn came_back<'n>(
    moves: &mut Vec<Moved>,
    passed: impl Iterator<Item = &'n RefName>,
    now: &Advertised,
    synced: &BTreeMap<RefName, Oid>,
) {
    let told: HashSet<_> = moves.iter().map(|moved| moved.name.clone()).collect();
    let mut back: Vec<_> = passed.filter(|name| !told.contains(*name)).collect();
    back.sort_unstable();
    moves.extend(back.into_iter().map(|name| {
        let at = now.refs.iter().find(|at| at.name == *name);
        Moved {
            name: name.clone(),
            from: synced.get(name).copied(),
            to: at.map(|at| at.oid),
            peeled: at.and_then(|at| at.peeled),
        }
    }));
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
