//! What a named set declared before and declares no more.

use std::collections::BTreeSet;

use crate::{Manifest, Object, Snapshot};

/// The objects that were last applied with this set and that these manifests, which are all of it now, leave out: those
/// first that need the others.
///
/// Where nothing is declared, nothing is left out: an empty file is a slip, and what it would take away is everything.
pub fn left_out(set: &str, manifests: &[Manifest], records: &Snapshot) -> Vec<Object> {
    if set.is_empty() || manifests.is_empty() {
        return Vec::new();
    }
    let declared: BTreeSet<_> = manifests.iter().map(Manifest::object).collect();
    let of_set = records.records().filter(|record| record.set() == set);
    let mut left_out: Vec<_> = of_set
        .map(|record| record.object())
        .filter(|object| !declared.contains(object))
        .collect();
    left_out.reverse();
    left_out
}
