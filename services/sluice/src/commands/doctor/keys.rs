//! Whether everything is sealed to the newest key of its class. The ids of keys say it; nothing is opened.

use std::collections::{BTreeMap, HashMap};

use sluice_bus::{RecordError, Records};
use sluice_daemon::Invocation;
use sluice_declared::Declared;
use sluice_events::v1::SealedValue;
use sluice_registry::KeyClass;

use super::{super::public_keys, Finding};
use crate::find::System;

/// What the finding is called.
const CHECK: &str = "keys";

/// How many values are sealed to which key.
type Counts = BTreeMap<String, usize>;

/// A finding for each class of which values are stored.
pub(super) async fn look(
    system: &System,
    declared: &Declared,
    invocation: &Invocation,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let stored = KeyClass::ALL.into_iter();
    for class in stored.filter(|class| class.bucket().is_some()) {
        let newest = public_keys::of(class, None, system, invocation);
        findings.push(match (newest, count(system, declared, class).await) {
            (Ok(newest), Ok(counts)) => {
                verdict(class, &counts, newest.as_ref().map(|key| key.id()))
            }
            (Err(error), _) => Finding::bad(CHECK, error.to_string(), "name the newest public key"),
            (_, Err(error)) => {
                Finding::bad(CHECK, error.to_string(), "see nats and topology above")
            }
        });
    }
    findings
}

/// The values in use; what stands in the bucket besides, nobody opens.
async fn count(
    system: &System,
    declared: &Declared,
    class: KeyClass,
) -> Result<Counts, RecordError> {
    let mut counts = Counts::new();
    let Some(bucket) = class.bucket() else {
        return Ok(counts);
    };
    let values = Records::<SealedValue>::new(&system.bus, bucket);
    let values = values.all().await?;
    let mut sealed_to: HashMap<_, _> = values
        .into_iter()
        .map(|value| (value.key, value.record.key_id))
        .collect();
    for listed in declared.snapshot.listed(class) {
        if let Some(key) = sealed_to.remove(&listed.key) {
            *counts.entry(key).or_default() += 1;
        }
    }
    Ok(counts)
}

/// Where the newest key is not known, there must be one alone.
fn verdict(class: KeyClass, counts: &Counts, newest: Option<&str>) -> Finding {
    let (words, all) = (class.words(), counts.values().sum::<usize>());
    let spread: Vec<_> = counts
        .iter()
        .map(|(key, number)| format!("{number} to {key}"))
        .collect();
    let spread = spread.join(", ");
    let left = match newest {
        Some(newest) => counts.keys().filter(|key| *key != newest).count(),
        None => counts.len().saturating_sub(1),
    };
    if left == 0 {
        let says = match counts.keys().next() {
            Some(key) => format!("{words}: {all}, all sealed to the key {key}"),
            None => format!("{words}: none"),
        };
        return Finding::good(CHECK, says);
    }
    let newest = newest.map_or(String::new(), |newest| {
        format!("; the newest key is {newest}")
    });
    Finding::bad(
        CHECK,
        format!("{words} are not all sealed to the newest key: {spread}{newest}"),
        format!(
            "sluice keys reseal --class {}, where the private keys are",
            class.name()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look_at(counts: &[(&str, usize)], newest: Option<&str>) -> (bool, String) {
        let counts = counts
            .iter()
            .map(|(key, number)| ((*key).to_owned(), *number));
        let found = verdict(KeyClass::Credentials, &counts.collect(), newest);
        (found.ok, found.says)
    }

    #[test]
    fn every_key_but_the_newest_is_named() {
        for (counts, newest, ok, says) in [
            (&[][..], Some("b"), true, "credentials: none"),
            (&[], None, true, "credentials: none"),
            (
                &[("b", 3)],
                Some("b"),
                true,
                "credentials: 3, all sealed to the key b",
            ),
            (
                &[("a", 3)],
                None,
                true,
                "credentials: 3, all sealed to the key a",
            ),
            (
                &[("a", 3)],
                Some("b"),
                false,
                "credentials are not all sealed to the newest key: 3 to a; the newest key is b",
            ),
            (
                &[("a", 1), ("b", 2)],
                Some("b"),
                false,
                "credentials are not all sealed to the newest key: 1 to a, 2 to b; the newest key is b",
            ),
            (
                &[("a", 1), ("b", 2)],
                None,
                false,
                "credentials are not all sealed to the newest key: 1 to a, 2 to b",
            ),
        ] {
            assert_eq!(look_at(counts, newest), (ok, says.to_owned()));
        }
    }
}
