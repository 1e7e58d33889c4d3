//! What was promised against what is there.

use std::collections::{BTreeMap, BTreeSet};

use sluice_bus::{Bus, StoredMessage};
use sluice_events::{from_json, v1::RefEvent};

/// The stream of Git events, and everything in it.
const GIT: (&str, &str) = ("SLUICE_GIT", "sluice.v1.git.>");

/// What the comparison found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Accepted, and not stored.
    pub lost: BTreeSet<String>,
    /// Stored more than once.
    pub doubled: BTreeSet<String>,
}

/// Compares the facts of deliveries that were answered 202, repeats among them, with the facts that are stored.
pub fn check<'f>(
    answered: impl IntoIterator<Item = &'f String>,
    stored: impl IntoIterator<Item = &'f String>,
) -> Findings {
    let mut times = BTreeMap::new();
    for fact in stored {
        *times.entry(fact).or_insert(0) += 1;
    }
    let lost = answered
        .into_iter()
        .filter(|fact| !times.contains_key(fact));
    let lost = lost.cloned().collect();
    let doubled = times.into_iter().filter(|&(_, times)| times > 1);
    Findings {
        lost,
        doubled: doubled.map(|(fact, _)| fact.clone()).collect(),
    }
}

/// The name of the fact that a ref moved. What is all zeros is nowhere, as hosts say it.
pub fn fact(repository: &str, full_ref: &str, before: &str, after: &str) -> String {
    let [before, after] = [before, after].map(|sha| match sha.trim_start_matches('0') {
        "" => "",
        _ => sha,
    });
    format!("{repository} {full_ref} {before}..{after}")
}

/// The fact that a stored event tells, by its content.
pub fn fact_of(message: &StoredMessage) -> String {
    let event: RefEvent = from_json(&message.payload).unwrap();
    let repository = event.repository.unwrap_or_default().full_name;
    let (before, after) = (
        event.before.unwrap_or_default(),
        event.after.unwrap_or_default(),
    );
    fact(&repository, &event.r#ref, &before, &after)
}

/// Everything in the stream of Git events.
pub async fn stored(bus: &Bus) -> Vec<StoredMessage> {
    let (mut all, mut next) = (Vec::new(), 1);
    loop {
        let part = bus.read_forward(GIT.0, GIT.1, next).await.unwrap();
        let Some(last) = part.last() else { return all };
        next = last.sequence + 1;
        all.extend(part);
    }
}

/// The facts of everything in the stream of Git events. The same fact has the same `sluicefact`, and no other has it.
pub async fn stored_facts(bus: &Bus) -> Vec<String> {
    let mut names = BTreeMap::new();
    let messages = stored(bus).await;
    let facts = messages.iter().map(|message| {
        let (fact, hash) = (fact_of(message), message.header("ce-sluicefact").unwrap());
        let first = names.entry(hash.to_owned()).or_insert_with(|| fact.clone());
        assert_eq!(*first, fact, "two facts under one name");
        fact
    });
    facts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn found(answered: &[&str], stored: &[&str]) -> (Vec<String>, Vec<String>) {
        let Findings { lost, doubled } = check(&facts(answered), &facts(stored));
        (lost.into_iter().collect(), doubled.into_iter().collect())
    }

    #[test]
    fn what_is_accepted_twice_and_stored_once_is_well() {
        assert_eq!(
            found(&["a", "b", "a"], &["b", "a"]),
            (facts(&[]), facts(&[]))
        );
    }

    #[test]
    fn what_was_never_answered_may_be_stored() {
        assert_eq!(found(&["a"], &["a", "b"]), (facts(&[]), facts(&[])));
    }

    #[test]
    fn a_planted_loss_is_found() {
        assert_eq!(found(&["a", "b", "b"], &["a"]), (facts(&["b"]), facts(&[])));
    }

    #[test]
    fn a_planted_double_is_found_also_where_nobody_was_answered() {
        assert_eq!(
            found(&["a"], &["a", "a", "c", "c"]),
            (facts(&[]), facts(&["a", "c"]))
        );
    }

    #[test]
    fn one_fact_cannot_stand_for_another() {
        assert_eq!(
            found(&["a", "b"], &["a", "a"]),
            (facts(&["b"]), facts(&["a"]))
        );
    }
}
