//! Sealing what a manifest gives.

use sluice_events::Timestamp;

use super::Step;
use crate::{KeyClass, Place, Plaintext, Problem, SealingKeys, Source};

/// The value that is given. `None`: there is none, and the one that is there stays.
pub(super) fn given(source: &Source) -> Result<Option<&Plaintext>, Problem> {
    match source {
        Source::Kept | Source::Made => Ok(None),
        Source::Value(value) => Ok(Some(value)),
        Source::File(_) | Source::Env(_) => Err(unresolved("value")),
    }
}

/// Only whoever applies reads files and variables (rule S6).
pub(super) fn unresolved(place: &str) -> Problem {
    let what = "`file` and `env` are read where manifests are applied, never here";
    Problem::new(place, what, "apply it with the command, or give a value")
}

/// The refusal to keep a value that is not there.
pub(super) fn nothing_to_keep() -> Problem {
    let what = "there is none, and none is there that could stay";
    Problem::new("value", what, "give one by value, file or env")
}

/// The refusal to keep a value that was entered for something else.
pub(super) fn not_to_be_kept(place: &str, what: String) -> Problem {
    Problem::new(place, what, "give one by value, file or env")
}

/// A version that never was before.
///
/// Versions are microseconds since 1970: so two writers at once do not take the same one, a writer that broke off does
/// not block the next, and a secret that was deleted and made anew does not accept what was sealed for the old one.
pub(super) fn next_version(listed: Option<u64>, now: Timestamp) -> u64 {
    let next = listed.map_or(0, |listed| listed.saturating_add(1));
    microseconds(now).max(next)
}

fn microseconds(time: Timestamp) -> u64 {
    let seconds = u64::try_from(time.seconds).unwrap_or(0);
    let within = u64::try_from(time.nanos / 1_000).unwrap_or(0);
    seconds.saturating_mul(1_000_000).saturating_add(within)
}

/// Seals a value for its place, where it stands under `key`.
pub(super) fn seal(
    keys: &SealingKeys,
    class: KeyClass,
    place: &Place<'_>,
    key: String,
    value: &Plaintext,
) -> Result<Step, Problem> {
    let sealing = keys.of(class).ok_or_else(|| {
        let what = format!("there is no key to seal {} with", class.words());
        Problem::new("value", what, "make one with `sluice keys new`")
    })?;
    let value = sealing
        .seal(place, value.expose())
        .map_err(|error| Problem::new("value", error.to_string(), "check the sealing key"))?;
    Ok(Step::Seal {
        bucket: place.bucket,
        key,
        value,
    })
}
