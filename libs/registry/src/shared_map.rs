//! An ordered map whose copies cost little: they share whatever has not changed since.
//!
//! Its entries stand in parts, each of some hundreds. A copy takes a share of every part; a change copies the one part
//! that it is in, if somebody else has a share of it.

use std::{
    borrow::Borrow,
    fmt, mem,
    sync::{Arc, OnceLock},
};

/// Most entries of a part.
const MOST: usize = 512;

/// An ordered map. `N` is what somebody works out about a part and wants kept until it changes.
pub struct SharedMap<K, V, N = ()> {
    /// In order; none is empty.
    parts: Vec<Arc<Part<K, V, N>>>,
    len: usize,
}

/// Some entries that stand beside each other.
#[derive(Debug)]
pub struct Part<K, V, N> {
    entries: Vec<(K, V)>,
    noted: OnceLock<N>,
}

impl<K: Ord + Clone, V: Clone, N> SharedMap<K, V, N> {
    /// What stands under a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let part = self.parts.get(self.part_of(key))?;
        let at = part.find(key).ok()?;
        part.entries.get(at).map(|(_, value)| value)
    }

    /// Puts a value under a key, and returns what stood there.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let at = self.part_of(&key);
        let Some(part) = self.parts.get_mut(at) else {
            self.parts.push(Arc::new(Part::of(vec![(key, value)])));
            self.len = 1;
            return None;
        };
        let part = Part::own(part);
        match part.find(&key) {
            Ok(found) => part
                .entries
                .get_mut(found)
                .map(|(_, old)| mem::replace(old, value)),
            Err(place) => {
                part.entries.insert(place, (key, value));
                let later = (part.entries.len() > MOST)
                    .then(|| part.entries.split_off(part.entries.len() / 2));
                if let Some(later) = later {
                    self.parts.insert(at + 1, Arc::new(Part::of(later)));
                }
                self.len += 1;
                None
            }
        }
    }

    /// Takes a key away, and returns what stood there.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let at = self.part_of(key);
        let found = self.parts.get(at)?.find(key).ok()?;
        let part = Part::own(self.parts.get_mut(at)?);
        let (_, value) = part.entries.remove(found);
        if part.entries.is_empty() {
            self.parts.remove(at);
        }
        self.len -= 1;
        Some(value)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All values, in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.parts.iter().flat_map(|part| part.values())
    }

    /// The parts in order: all that may have something behind a key, or all.
    pub fn parts_after(&self, key: Option<&K>) -> impl Iterator<Item = &Part<K, V, N>> {
        let first = key.map_or(0, |key| self.part_of(key));
        self.parts.iter().skip(first).map(AsRef::as_ref)
    }

    /// The part that a key stands in, or would.
    fn part_of<Q: Ord + ?Sized>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
    {
        let begins_before =
            |part: &Arc<Part<K, V, N>>| part.first().is_some_and(|first| first.borrow() <= key);
        self.parts.partition_point(begins_before).saturating_sub(1)
    }
}

impl<K: Ord + Clone, V: Clone, N> Part<K, V, N> {
    fn of(entries: Vec<(K, V)>) -> Self {
        Self {
            entries,
            noted: OnceLock::new(),
        }
    }

    /// The part itself where nobody else has a share of it, else a copy; without what was worked out about it.
    fn own(part: &mut Arc<Self>) -> &mut Self {
        let part = Arc::make_mut(part);
        part.noted = OnceLock::new();
        part
    }

    /// Its first key.
    pub fn first(&self) -> Option<&K> {
        self.entries.first().map(|(key, _)| key)
    }

    /// Its last key.
    pub fn last(&self) -> Option<&K> {
        self.entries.last().map(|(key, _)| key)
    }

    /// Its entries in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// Their values.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.iter().map(|(_, value)| value)
    }

    /// What is worked out about it, once for each time that it changes.
    pub fn noted(&self, work_out: impl FnOnce(&Self) -> N) -> &N {
        self.noted.get_or_init(|| work_out(self))
    }

    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        let found = |(other, _): &(K, V)| other.borrow().cmp(key);
        self.entries.binary_search_by(found)
    }
}

impl<K: Clone, V: Clone, N> Clone for Part<K, V, N> {
    fn clone(&self) -> Self {
        // Whoever copies it changes it next.
        Self {
            entries: self.entries.clone(),
            noted: OnceLock::new(),
        }
    }
}

impl<K, V, N> Clone for SharedMap<K, V, N> {
    fn clone(&self) -> Self {
        Self {
            parts: self.parts.clone(),
            len: self.len,
        }
    }
}

impl<K, V, N> Default for SharedMap<K, V, N> {
    fn default() -> Self {
        Self {
            parts: Vec::new(),
            len: 0,
        }
    }
}

impl<K: Ord + Clone, V: Clone, N> FromIterator<(K, V)> for SharedMap<K, V, N> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::default();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}

impl<K: fmt::Debug, V: fmt::Debug, N> fmt::Debug for SharedMap<K, V, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.parts.iter().flat_map(|part| &part.entries);
        f.debug_map()
            .entries(entries.map(|(key, value)| (key, value)))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn listed<N>(map: &SharedMap<u16, u16, N>) -> Vec<(u16, u16)> {
        let parts = map.parts_after(None);
        let entries = parts.flat_map(|part| part.iter());
        entries.map(|(key, value)| (*key, *value)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// As std's map does, whatever is put and taken away; and what was copied stays as it was.
        #[test]
        fn it_holds_what_an_ordered_map_holds(steps in vec((0u16..3000, prop::bool::weighted(0.7), 0u16..9), 0..6000)) {
            let mut map = SharedMap::<u16, u16>::default();
            let mut expected = BTreeMap::new();
            let mut copies = Vec::new();
            for (number, (key, put, value)) in steps.into_iter().enumerate() {
                if number % 1000 == 0 {
                    copies.push((map.clone(), expected.clone()));
                }
                match put {
                    true => prop_assert_eq!(map.insert(key, value), expected.insert(key, value)),
                    false => prop_assert_eq!(map.remove(&key), expected.remove(&key)),
                }
            }
            copies.push((map, expected));
            for (map, expected) in copies {
                prop_assert_eq!(map.len(), expected.len());
                for key in 0..3000 {
                    prop_assert_eq!(map.get(&key), expected.get(&key));
                }
                prop_assert_eq!(listed(&map), expected.into_iter().collect::<Vec<_>>());
            }
        }
    }

    fn long() -> SharedMap<u16, u16, u16> {
        (0..5000).map(|key| (key, key)).collect()
    }

    #[test]
    fn what_stands_behind_a_key_is_in_the_parts_from_it_on() {
        let map = long();
        for key in [0, 1, 700, 4999] {
            let parts = map.parts_after(Some(&key));
            let behind = parts
                .flat_map(|part| part.iter())
                .filter(|(one, _)| **one > key);
            assert_eq!(behind.count(), 4999 - usize::from(key));
        }
        let skipped = map.parts_after(Some(&4999)).count();
        assert!(skipped < map.parts_after(None).count());
    }

    #[test]
    fn a_change_copies_one_part_and_no_other() {
        let map = long();
        let mut changed = map.clone();
        changed.insert(700, 0);
        let pairs = map.parts.iter().zip(&changed.parts);
        let copied = pairs.filter(|(one, other)| !Arc::ptr_eq(one, other));
        assert_eq!(copied.count(), 1);
        assert_eq!(map.get(&700), Some(&700));
    }

    #[test]
    fn what_was_worked_out_is_kept_until_the_part_changes() {
        let mut map = long();
        let first = |map: &SharedMap<u16, u16, u16>, sum: u16| {
            let part = map.parts_after(None).next();
            part.map(|part| *part.noted(|_| sum))
        };
        assert_eq!(first(&map, 1), Some(1));
        assert_eq!(first(&map.clone(), 2), Some(1));
        map.insert(4999, 0);
        assert_eq!(first(&map, 3), Some(1), "it is another part");
        map.insert(0, 1);
        assert_eq!(first(&map, 4), Some(4));
    }
}
