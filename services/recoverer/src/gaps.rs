//! What was missed: moves of refs that no event has told, from what is known, what events told, and what the remote says.
//!
//! Two pushes between two looks cannot be told apart: they are told as the one move that they come to, never invented.

use sluice_git::{Oid, RefName};
use sluice_repositories::Refs;

/// A ref came from here to there; `None`: it was not there, or is not any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Move {
    /// The ref.
    pub(crate) name: RefName,
    /// Where it was.
    pub(crate) from: Option<Oid>,
    /// Where it is.
    pub(crate) to: Option<Oid>,
}

/// How an event's move stands to what is known.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It begins where the ref is known to be: now it is where the move ends.
    Follows,
    /// The ref is known to be there already.
    Known,
    /// It begins elsewhere: something before it is missing, or it comes late.
    Apart,
}

/// Looks at a move that an event told of. `baseline`: whether the refs were ever read from the remote; before, a ref that
/// is not known may be anywhere.
pub(crate) fn standing(known: &Refs, baseline: bool, moved: &Move) -> Standing {
    let here = known.get(&moved.name).copied();
    if here == moved.to {
        return Standing::Known;
    }
    let unknown = here.is_none() && !baseline;
    if here == moved.from || unknown {
        Standing::Follows
    } else {
        Standing::Apart
    }
}

/// What no event told, where the remote's refs are `now`. `told` are moves that events told of and that stand apart, oldest
/// first: those that lead to where a ref is now are not missing, only what lies before them.
pub(crate) fn missed(known: &Refs, told: &[Move], now: &Refs) -> Vec<Move> {
    let mut names: Vec<_> = known.keys().chain(now.keys()).collect();
    names.sort();
    names.dedup();
    let moves = names.into_iter().filter_map(|name| {
        let (from, to) = (known.get(name).copied(), now.get(name).copied());
        let to = begin(name, from, told, to);
        (from != to).then(|| Move {
            name: name.clone(),
            from,
            to,
        })
    });
    moves.collect()
}

/// Where the moves begin that lead to `to`, going back no further than `known`.
fn begin(name: &RefName, known: Option<Oid>, told: &[Move], to: Option<Oid>) -> Option<Oid> {
    let mut here = to;
    let mut left: Vec<_> = told.iter().filter(|moved| moved.name == *name).collect();
    while here != known {
        let Some(last) = left.iter().rposition(|moved| moved.to == here) else {
            break;
        };
        here = left.remove(last).from;
    }
    here
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> RefName {
        RefName::of("refs/heads/main").unwrap()
    }

    fn oid(letter: char) -> Oid {
        Oid::parse(&letter.to_string().repeat(40)).unwrap()
    }

    /// `.` is nowhere.
    fn place(letter: char) -> Option<Oid> {
        (letter != '.').then(|| oid(letter))
    }

    fn refs(letter: char) -> Refs {
        place(letter).map(|oid| (name(), oid)).into_iter().collect()
    }

    /// `ab` is a move from a to b.
    fn moves(text: &str) -> Vec<Move> {
        let letters: Vec<Vec<char>> = text
            .split_whitespace()
            .map(|word| word.chars().collect())
            .collect();
        let moves = letters.iter().map(|letters| Move {
            name: name(),
            from: place(letters[0]),
            to: place(letters[1]),
        });
        moves.collect()
    }

    #[test]
    fn what_nobody_told_is_missed_and_nothing_else() {
        for (known, told, now, expected) in [
            ('a', "", 'a', ""),
            ('a', "", 'b', "ab"),
            ('.', "", 'a', ".a"),
            ('a', "", '.', "a."),
            // The first of two pushes was not told, the second was.
            ('a', "bc", 'c', "ab"),
            ('a', "bc cd", 'd', "ab"),
            ('a', "cd bc", 'd', "ab"),
            // Everything was told, only late.
            ('a', "bc ab", 'c', ""),
            // Something else happened after what was told: one move, which says what it comes to.
            ('a', "bc", 'd', "ad"),
            // An old event, sent once more, makes nothing missing.
            ('c', "ab", 'c', ""),
            ('c', "ab", 'd', "cd"),
            // There and back again: every move counts once, in whichever order it fits.
            ('a', "bc cb", 'c', "ac"),
            ('a', "bc cb", 'b', "ab"),
            ('a', "bc c.", '.', "ab"),
        ] {
            let found = missed(&refs(known), &moves(told), &refs(now));
            assert_eq!(found, moves(expected), "{known} [{told}] {now}");
        }
    }

    #[test]
    fn an_event_follows_is_known_or_stands_apart() {
        for (known, baseline, told, expected) in [
            ('a', true, "ab", Standing::Follows),
            ('b', true, "ab", Standing::Known),
            ('c', true, "ab", Standing::Apart),
            ('.', true, "ab", Standing::Apart),
            ('.', false, "ab", Standing::Follows),
            ('.', true, ".b", Standing::Follows),
            ('.', true, "a.", Standing::Known),
        ] {
            let told = moves(told).remove(0);
            assert_eq!(
                standing(&refs(known), baseline, &told),
                expected,
                "{known} {told:?}"
            );
        }
    }
}
