//! How an event moves something from one place to another: a ref from object to object, a field of a repository from value
//! to value.

use sluice_bus::StoredMessage;
use sluice_events::{
    Address, Timestamp, from_json, ref_filter, repository_filter,
    v1::{RefEvent, RepositoryEvent},
};

/// How an event moves something.
#[derive(Clone)]
pub(crate) struct Move {
    of: Of,
    /// Where it was before; `None` if it was nowhere or nobody says.
    pub(crate) before: Option<String>,
    /// Where it is now; `None` if it is gone.
    pub(crate) after: Option<String>,
    /// When the host says that it moved; `None` if it does not say.
    pub(crate) occurred_at: Option<Timestamp>,
    /// The events among which all moves of it are.
    pub(crate) filter: String,
}

/// What is moved.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    /// A ref: the events have no others.
    Ref,
    /// A field of a repository, by its name.
    Field(&'static str),
}

/// What a stored event tells of the same thing.
pub(crate) struct Told {
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) at: Option<Timestamp>,
}

impl Move {
    /// The move of a ref of the repository at that address.
    pub(crate) fn of_ref(event: &RefEvent, at: Option<Timestamp>, address: Address) -> Self {
        Self {
            of: Of::Ref,
            before: event.before.clone(),
            after: event.after.clone(),
            occurred_at: at,
            filter: ref_filter(address, event.kind(), &event.r#ref),
        }
    }

    /// What became of a repository, if that can come true again. A new name is looked for under the old one, where every
    /// way back to it is told as well.
    pub(crate) fn of_repository(event: &RepositoryEvent, address: Address) -> Option<Self> {
        let field = event.action().field()?;
        let told = told(event, field)?;
        Some(Self {
            of: Of::Field(field),
            before: told.before,
            after: told.after,
            occurred_at: told.at,
            filter: repository_filter(address),
        })
    }

    /// What a stored event tells of the same thing; `None` if it is about another.
    pub(crate) fn read(&self, message: &StoredMessage) -> Option<Told> {
        match self.of {
            Of::Ref => {
                let event: RefEvent = from_json(&message.payload).ok()?;
                Some(Told {
                    before: event.before,
                    after: event.after,
                    at: event
                        .provenance
                        .and_then(|provenance| provenance.occurred_at),
                })
            }
            Of::Field(field) => told(&from_json(&message.payload).ok()?, field),
        }
    }

    /// Whether these later moves, in whichever order they came, lead from where it ends to where it begins. Where nobody
    /// says where a repository's field was, any of them may.
    pub(crate) fn is_led_back(&self, mut later: Vec<Told>) -> bool {
        if self.before.is_none() && self.of != Of::Ref {
            return !later.is_empty();
        }
        let mut reached = vec![self.after.clone()];
        while !reached.contains(&self.before) {
            let Some(next) = later.iter().position(|next| reached.contains(&next.before)) else {
                return false;
            };
            reached.push(later.swap_remove(next).after);
        }
        true
    }
}

fn told(event: &RepositoryEvent, field: &str) -> Option<Told> {
    let change = event.change().filter(|change| change.field == field)?;
    Some(Told {
        before: change.from.clone(),
        after: change.to.clone(),
        at: event.updated_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_of(of: Of, from: &str, to: &str, moves: &[(&str, &str)]) -> bool {
        let at = |name: &str| (name != "-").then(|| name.to_owned());
        let event = Move {
            of,
            before: at(from),
            after: at(to),
            occurred_at: None,
            filter: String::new(),
        };
        let moves = moves.iter().map(|(before, after)| Told {
            before: at(before),
            after: at(after),
            at: None,
        });
        event.is_led_back(moves.collect())
    }

    fn check(from: &str, to: &str, moves: &[(&str, &str)]) -> bool {
        check_of(Of::Ref, from, to, moves)
    }

    #[test]
    fn a_way_back_may_be_long_and_out_of_order() {
        assert!(check("b", "c", &[("c", "b")]));
        assert!(check("b", "c", &[("e", "b"), ("c", "d"), ("d", "e")]));
        assert!(check("-", "c", &[("c", "-")]));
    }

    #[test]
    fn what_goes_on_or_came_late_is_no_way_back() {
        assert!(!check("b", "c", &[]));
        assert!(!check("b", "c", &[("c", "d"), ("d", "e")]));
        assert!(!check("b", "c", &[("c", "d"), ("a", "b")]));
    }

    #[test]
    fn where_nobody_says_where_it_was_any_move_may_have_led_back() {
        let check = |moves| check_of(Of::Field("visibility"), "-", "private", moves);
        assert!(!check(&[]));
        assert!(check(&[("-", "public")]));
    }
}
