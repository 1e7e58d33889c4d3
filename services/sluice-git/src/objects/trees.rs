//! Trees that were read lately: what is new in a commit is old in the next.

use std::{
    collections::{HashMap, VecDeque},
    rc::Rc,
};

use sluice_git::Oid;

/// Most bytes of them.
const MOST: usize = 2 << 20;

/// Trees, of which the oldest go when there are too many.
#[derive(Default)]
pub(super) struct Trees {
    held: HashMap<Oid, Rc<[u8]>>,
    order: VecDeque<Oid>,
    bytes: usize,
}

impl Trees {
    pub(super) fn get(&self, oid: Oid) -> Option<Rc<[u8]>> {
        self.held.get(&oid).cloned()
    }

    pub(super) fn keep(&mut self, oid: Oid, tree: &Rc<[u8]>) {
        if tree.len() > MOST / 2 || self.held.insert(oid, Rc::clone(tree)).is_some() {
            return;
        }
        self.order.push_back(oid);
        self.bytes += tree.len();
        while self.bytes > MOST {
            let gone = self
                .order
                .pop_front()
                .and_then(|oid| self.held.remove(&oid));
            let Some(gone) = gone else { break };
            self.bytes -= gone.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_go_first_and_the_largest_are_not_kept() {
        let mut trees = Trees::default();
        let oid = |byte| Oid::from_bytes(&[byte; 20]).unwrap();
        let tree: Rc<[u8]> = vec![0; MOST / 2].into();
        for byte in 1..=3 {
            trees.keep(oid(byte), &tree);
            trees.keep(oid(byte), &tree);
        }
        trees.keep(oid(4), &vec![0; MOST / 2 + 1].into());
        let held: Vec<_> = (1..=4).map(|byte| trees.get(oid(byte)).is_some()).collect();
        assert_eq!(held, [false, true, true, false]);
        assert_eq!(trees.bytes, MOST);
    }
}
