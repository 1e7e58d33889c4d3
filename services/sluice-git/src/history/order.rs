//! Commits in an order in which parents come first, each once.

use std::collections::{HashMap, HashSet};

use super::{Graph, Place};
use crate::objects::Trouble;

/// What is to be listed, and what was.
pub(crate) struct Order {
    /// Not listed yet.
    left: HashSet<Place>,
    /// The first mark that each is reachable from.
    marks: HashMap<Place, u64>,
}

impl Order {
    pub(crate) fn of(fresh: HashSet<Place>) -> Self {
        Self {
            left: fresh,
            marks: HashMap::new(),
        }
    }

    /// Gives a mark to what is reachable from a commit and has none.
    pub(crate) fn mark(
        &mut self,
        graph: &mut Graph<'_>,
        tip: Place,
        mark: u64,
    ) -> Result<(), Trouble> {
        let mut todo = vec![tip];
        while let Some(place) = todo.pop() {
            if self.left.contains(&place) && !self.marks.contains_key(&place) {
                self.marks.insert(place, mark);
                todo.extend(graph.parents(place)?);
            }
        }
        Ok(())
    }

    /// The mark of a commit.
    pub(crate) fn mark_of(&self, place: Place) -> Option<u64> {
        self.marks.get(&place).copied()
    }

    /// Whether a commit is still to be listed.
    pub(crate) fn lists(&self, place: Place) -> bool {
        self.left.contains(&place)
    }

    /// Takes what is reachable from a commit and was not taken before, parents first.
    pub(crate) fn take(
        &mut self,
        graph: &mut Graph<'_>,
        tip: Place,
    ) -> Result<Vec<Place>, Trouble> {
        let mut taken = Vec::new();
        // A commit is taken when it is met for the second time: behind everything that it rests on.
        let mut todo = vec![(tip, false)];
        while let Some((place, rests)) = todo.pop() {
            if rests {
                taken.push(place);
            } else if self.left.remove(&place) {
                todo.push((place, true));
                // The first parent's side comes first.
                todo.extend(
                    graph
                        .parents(place)?
                        .iter()
                        .rev()
                        .map(|parent| (*parent, false)),
                );
            }
        }
        Ok(taken)
    }
}
