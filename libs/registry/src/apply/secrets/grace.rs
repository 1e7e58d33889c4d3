//! How long a secret that proves less is accepted beside one that signs (rule S20).
//!
//! Whoever holds the weaker secret could otherwise leave the signature away for ever. The grace is seven days at most,
//! and applying again does not prolong it.

use sluice_events::{Timestamp, v1};

use crate::{Problem, SecretSpec, words};

/// Longest grace in days. Rule S20.
const GRACE_DAYS: i64 = 7;

/// The time after which the secret is not accepted any more, and what to warn of.
///
/// `signs`: the endpoint has a secret of a kind that signs.
pub(super) fn accept_until(
    secret: &SecretSpec,
    listed: Option<&v1::HookSecret>,
    signs: bool,
    now: Timestamp,
) -> (Option<Timestamp>, Vec<Problem>) {
    let declared = secret.accept_until;
    let until = if signs && !words::signs(secret.kind) {
        let before = listed.and_then(|listed| listed.accept_until);
        let latest = before.map_or(grace_from(now), |before| before.min(grace_from(now)));
        Some(declared.map_or(latest, |declared| declared.min(latest)))
    } else {
        declared
    };
    let mut warnings = Vec::new();
    // Said when it happens, not each time that the same is applied again.
    let news = listed.is_none_or(|listed| listed.accept_until != until);
    if let Some(until) =
        until.filter(|until| declared != Some(*until) && (news || declared.is_some()))
    {
        warnings.push(Problem::new(
            "acceptUntil",
            format!("beside a secret that signs it is accepted until {until}"),
            "take it out once the host signs",
        ));
    }
    if until.is_some_and(|until| until <= now) {
        let what = "the time is over: it is not accepted any more";
        warnings.push(Problem::new("acceptUntil", what, "take the secret out"));
    }
    (until, warnings)
}

fn grace_from(now: Timestamp) -> Timestamp {
    Timestamp {
        seconds: now.seconds.saturating_add(GRACE_DAYS * 24 * 60 * 60),
        // Whole seconds, so that what is printed reads well.
        nanos: 0,
    }
}
