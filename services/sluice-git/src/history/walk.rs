//! Walking from commits to their ancestors, the newest first, until nothing can change any more.
//!
//! Times are what people's clocks said. A walk that stopped as soon as only uninteresting commits are left would be
//! wrong where a commit is older than its parent. So it goes on as long as what is left is newer than the oldest that it
//! found, and a while longer; but, for a commit of 1970, not through all of a long history.

use std::collections::{BinaryHeap, HashMap};

use super::{Graph, Place};
use crate::objects::Trouble;

/// How many commits are looked at after nothing but uninteresting ones are left,
const SLACK: usize = 20_000;

/// and how many of these may be older than everything that was found. Git looks at five.
const OLDER: usize = 256;

/// Colours of commits; those of its descendants are a commit's own, too.
pub(super) type Colour = u8;

/// Where a walk is.
pub(super) struct Walk {
    states: HashMap<Place, State>,
    queue: BinaryHeap<(i64, Place)>,
    /// Whether a commit of that colour is of no interest.
    dull: fn(Colour) -> bool,
    /// How many in the queue are of interest.
    live: usize,
    /// Those that were of interest when their time came.
    found: Vec<Place>,
    oldest: i64,
}

#[derive(Default)]
struct State {
    colour: Colour,
    queued: bool,
}

/// What a walk found.
pub(super) struct Finished {
    states: HashMap<Place, State>,
    found: Vec<Place>,
}

impl Walk {
    pub(super) fn new(dull: fn(Colour) -> bool) -> Self {
        Self {
            states: HashMap::new(),
            queue: BinaryHeap::new(),
            dull,
            live: 0,
            found: Vec::new(),
            oldest: i64::MAX,
        }
    }

    /// Gives a commit a colour, and looks at it when its time comes.
    pub(super) fn colour(
        &mut self,
        graph: &mut Graph<'_>,
        place: Place,
        colour: Colour,
    ) -> Result<(), Trouble> {
        let state = self.states.entry(place).or_default();
        let (before, after) = (state.colour, state.colour | colour);
        if before == after {
            return Ok(());
        }
        state.colour = after;
        if state.queued {
            self.live -= usize::from(!(self.dull)(before) && (self.dull)(after));
        } else {
            state.queued = true;
            self.live += usize::from(!(self.dull)(after));
            self.queue.push((graph.time(place)?, place));
        }
        Ok(())
    }

    /// Goes on until nothing of interest is left to find.
    pub(super) fn finish(mut self, graph: &mut Graph<'_>) -> Result<Finished, Trouble> {
        let (mut slack, mut older) = (SLACK, OLDER);
        while let Some((time, place)) = self.queue.pop() {
            if self.live == 0 {
                slack -= 1;
                older -= usize::from(time < self.oldest);
                if slack == 0 || older == 0 {
                    break;
                }
            }
            let state = self.states.entry(place).or_default();
            state.queued = false;
            let colour = state.colour;
            if !(self.dull)(colour) {
                self.live -= 1;
                self.oldest = self.oldest.min(time);
                self.found.push(place);
            }
            for parent in graph.parents(place)? {
                self.colour(graph, parent, colour)?;
            }
        }
        Ok(Finished {
            states: self.states,
            found: self.found,
        })
    }
}

impl Finished {
    /// What was found and is of that colour alone, the newest first.
    pub(super) fn of(&self, colour: Colour) -> impl Iterator<Item = Place> {
        let found = self.found.iter().copied();
        found.filter(move |place| {
            self.states
                .get(place)
                .is_some_and(|state| state.colour == colour)
        })
    }

    /// Whether anything is of that colour.
    pub(super) fn any(&self, colour: Colour) -> bool {
        self.states.values().any(|state| state.colour == colour)
    }
}
