//! What lies between commits.

use std::collections::HashSet;

use super::{
    Graph, Place,
    walk::{Colour, Walk},
};
use crate::objects::Trouble;

const ONE: Colour = 1;
const OTHER: Colour = 2;
const BOTH: Colour = ONE | OTHER;

/// How two commits lie to each other.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Compared {
    /// Ancestors of the first alone, itself included, the newest first.
    pub(crate) behind: Vec<Place>,
    /// How many are ancestors of the second alone.
    pub(crate) ahead: usize,
    /// Whether they have no ancestor in common.
    pub(crate) unrelated: bool,
}

impl Graph<'_> {
    /// Compares two commits.
    pub(crate) fn compare(&mut self, from: Place, to: Place) -> Result<Compared, Trouble> {
        let mut walk = Walk::new(|colour| colour == BOTH);
        walk.colour(self, from, ONE)?;
        walk.colour(self, to, OTHER)?;
        let found = walk.finish(self)?;
        Ok(Compared {
            behind: found.of(ONE).collect(),
            ahead: found.of(OTHER).count(),
            unrelated: !found.any(BOTH),
        })
    }

    /// The ancestors of some commits, themselves included, that are no ancestors of others.
    pub(crate) fn beyond(
        &mut self,
        shown: &[Place],
        hidden: &[Place],
    ) -> Result<HashSet<Place>, Trouble> {
        let mut walk = Walk::new(|colour| colour & OTHER != 0);
        if shown.is_empty() {
            return Ok(HashSet::new());
        }
        for place in hidden {
            walk.colour(self, *place, OTHER)?;
        }
        for place in shown {
            walk.colour(self, *place, ONE)?;
        }
        let found = walk.finish(self)?;
        Ok(found.of(ONE).collect())
    }
}
