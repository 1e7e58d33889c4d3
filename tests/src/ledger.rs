//! What was answered against what is stored: nothing lost, nothing twice.

use std::collections::{BTreeMap, BTreeSet};

use sluice_bus::{Bus, StoredMessage};
use sluice_events::{from_json, v1::RefEvent};

/// What a comparison finds wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// What was accepted and is not stored.
    pub lost: BTreeSet<String>,
    /// What is stored more than once.
    pub doubled: BTreeSet<String>,
}

/// The name of a fact in the words of whoever sees it happen: a ref of a repository moves from one object to another.
/// The system's own `sluicefact` would prove nothing here.
pub fn fact(repository: &str, name: &str, before: &str, after: &str) -> String {
    format!("{repository} {name} {before}..{after}")
}

/// Compares the facts that were answered 202, each as often as it was, with the facts that are stored.
pub fn check(accepted: &[String], stored: &[String]) -> Findings {
    let mut standing = BTreeMap::new();
    for fact in stored {
        *standing.entry(fact).or_insert(0) += 1;
    }
    let lost = accepted.iter().filter(|fact| !standing.contains_key(fact));
    let lost = lost.cloned().collect();
    let doubled = standing.iter().filter(|(_, times)| **times > 1);
    let doubled = doubled.map(|(fact, _)| (*fact).clone()).collect();
    Findings { lost, doubled }
}

/// Everything in the stream of Git events.
pub async fn stored(bus: &Bus) -> Vec<StoredMessage> {
    let mut all = Vec::new();
    loop {
        let next = all
            .last()
            .map_or(1, |last: &StoredMessage| last.sequence + 1);
        let messages = bus.read_forward("SLUICE_GIT", "sluice.v1.git.>", next);
        let messages = messages.await.unwrap();
        if messages.is_empty() {
            return all;
        }
        all.extend(messages);
    }
}

/// The facts in the stream of Git events.
pub async fn stored_facts(bus: &Bus) -> Vec<String> {
    stored(bus).await.iter().map(fact_of).collect()
}

/// The fact that a ref's event tells, read from its data.
pub fn fact_of(message: &StoredMessage) -> String {
    let event: RefEvent = from_json(&message.payload).unwrap();
    let repository = event.repository.unwrap_or_default().full_name;
    let (before, after) = (event.before, event.after);
    fact(
        &repository,
        &event.r#ref,
        &before.unwrap_or_default(),
        &after.unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(accepted: &[&str], stored: &[&str], lost: &[&str], doubled: &[&str]) {
        let owned = |facts: &[&str]| facts.iter().map(ToString::to_string).collect::<Vec<_>>();
        let expected = Findings {
            lost: owned(lost).into_iter().collect(),
            doubled: owned(doubled).into_iter().collect(),
        };
        assert_eq!(check(&owned(accepted), &owned(stored)), expected);
    }

    #[test]
    fn repeats_of_what_is_stored_once_are_well() {
        finds(&["a", "b", "a"], &["b", "a"], &[], &[]);
    }

    #[test]
    fn a_planted_loss_is_found() {
        finds(&["a", "b"], &["a"], &["b"], &[]);
        finds(&["a"], &[], &["a"], &[]);
    }

    #[test]
    fn a_planted_double_is_found() {
        finds(&["a", "a"], &["a", "a"], &[], &["a"]);
    }

    #[test]
    fn one_fact_does_not_stand_for_another() {
        finds(&["a", "b"], &["a", "a"], &["b"], &["a"]);
    }

    #[test]
    fn what_was_never_answered_may_be_stored_once() {
        finds(&["a"], &["a", "b"], &[], &[]);
        finds(&["a"], &["a", "b", "b"], &[], &["b"]);
    }
}
