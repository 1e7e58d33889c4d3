//! What moved, from two tables of refs alone.

use std::collections::{BTreeMap, BTreeSet};

use sluice_events::v1;

use crate::{Advertised, Oid, RefName};

/// A ref that stands elsewhere than it was known to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The ref.
    pub name: RefName,
    /// Where it was; nowhere if it is new.
    pub from: Option<Oid>,
    /// Where it is; nowhere if it is gone.
    pub to: Option<Oid>,
    /// What an annotated tag leads to, as the remote says.
    pub peeled: Option<Oid>,
}

/// Every ref that differs: the default branch first, then the other branches by name, then the tags by name.
#[must_use]
pub fn moved(now: &Advertised, before: &BTreeMap<RefName, Oid>) -> Vec<Moved> {
    let mut found = Vec::new();
    for at in &now.refs {
        let from = before.get(&at.name).copied();
        if from != Some(at.oid) {
            found.push(Moved {
                name: at.name.clone(),
                from,
                to: Some(at.oid),
                peeled: at.peeled,
            });
        }
    }
    let present: BTreeSet<_> = now.refs.iter().map(|at| &at.name).collect();
    for (name, oid) in before.iter().filter(|(name, _)| !present.contains(name)) {
        found.push(Moved {
            name: name.clone(),
            from: Some(*oid),
            to: None,
            peeled: None,
        });
    }
    // `refs/heads/` sorts before `refs/tags/`.
    found.sort_by(|a, b| {
        let rank = |moved: &Moved| now.head.as_ref() != Some(&moved.name);
        (rank(a), &a.name).cmp(&(rank(b), &b.name))
    });
    found
}

impl Moved {
    /// As far as it can be told without the history.
    #[must_use]
    pub fn told(&self) -> v1::RefMove {
        v1::RefMove {
            r#ref: self.name.lossy().into_owned(),
            ref_raw: self.name.raw().to_vec().into(),
            kind: self.name.kind().into(),
            from: self.from.map(|oid| oid.to_string()),
            to: self.to.map(|oid| oid.to_string()),
            peeled: self.peeled.map(|oid| oid.to_string()).unwrap_or_default(),
            ..v1::RefMove::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AdvertisedRef;

    fn oid(byte: u8) -> Oid {
        Oid::from_bytes(&[byte; 20]).unwrap()
    }

    fn name(text: &str) -> RefName {
        RefName::of(text).unwrap()
    }

    #[test]
    fn what_differs_is_told_in_its_order() {
        let at = |text: &str, byte| AdvertisedRef {
            name: name(text),
            oid: oid(byte),
            peeled: None,
        };
        let now = Advertised {
            head: Some(name("refs/heads/main")),
            refs: vec![
                at("refs/heads/a", 1),
                at("refs/heads/main", 2),
                at("refs/heads/same", 3),
                at("refs/tags/v1", 4),
            ],
        };
        let before = [
            ("refs/heads/main", 1),
            ("refs/heads/same", 3),
            ("refs/heads/gone", 5),
            ("refs/tags/old", 6),
        ];
        let before = before
            .into_iter()
            .map(|(text, byte)| (name(text), oid(byte)))
            .collect();
        let found: Vec<_> = moved(&now, &before)
            .into_iter()
            .map(|moved| (moved.name.short().into_owned(), moved.from, moved.to))
            .collect();
        assert_eq!(
            found,
            [
                ("main".to_owned(), Some(oid(1)), Some(oid(2))),
                ("a".to_owned(), None, Some(oid(1))),
                ("gone".to_owned(), Some(oid(5)), None),
                ("old".to_owned(), Some(oid(6)), None),
                ("v1".to_owned(), None, Some(oid(4))),
            ]
        );
    }
}
