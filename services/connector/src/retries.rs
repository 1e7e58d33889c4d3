//! Trying again after failures that may pass: later and later, and not before the host wants it.

use std::time::Duration;

use sluice_events::Timestamp;

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// When it is tried again after so many failures in a row, not before `earliest`, as far as that is not too far. The first
/// pause doubles with every failure.
pub(crate) fn at(
    now: Timestamp,
    first: Duration,
    failures: u32,
    earliest: Option<Timestamp>,
) -> Timestamp {
    let pause = first.saturating_mul(1 << failures.saturating_sub(1).min(20));
    let at = now.plus(pause.min(LONGEST));
    let latest = now.plus(LONGEST);
    earliest.map_or(at, |earliest| earliest.min(latest).max(at))
}

/// When it is looked at again though nothing is wrong: after the interval, give or take a tenth, so that not everything
/// that was added at once is looked at at once.
pub(crate) fn next_check(now: Timestamp, interval: Duration, key: &str) -> Timestamp {
    let tenth = i64::try_from(interval.as_secs() / 10).unwrap_or(0);
    let spread = key.bytes().fold(7_u64, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(byte.into())
    });
    let spread = match tenth {
        0 => 0,
        tenth => i64::try_from(spread % (2 * tenth).unsigned_abs()).unwrap_or(0) - tenth,
    };
    let later = now.plus(interval);
    Timestamp {
        seconds: later.seconds + spread,
        ..later
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour_and_keep_to_what_the_host_wants() {
        let now = Timestamp::from_seconds(1_000);
        let pause = |failures, earliest: Option<i64>| {
            let first = Duration::from_secs(5);
            at(now, first, failures, earliest.map(Timestamp::from_seconds)).seconds - 1_000
        };
        let pauses = [1, 2, 3, 20, u32::MAX].map(|failures| pause(failures, None));
        assert_eq!(pauses, [5, 10, 20, 3_600, 3_600]);
        assert_eq!((pause(1, Some(1_600)), pause(1, Some(900))), (600, 5));
        assert_eq!(pause(1, Some(i64::MAX)), 3_600, "no host says how far");
    }

    #[test]
    fn checks_are_spread() {
        let now = Timestamp::from_seconds(0);
        let day = Duration::from_secs(86_400);
        let times: std::collections::BTreeSet<_> = (0..100)
            .map(|number| next_check(now, day, &format!("default.r{number}")).seconds)
            .collect();
        assert!(times.len() > 50);
        assert!(times.iter().all(|at| (77_760..95_040).contains(at)));
        assert_eq!(next_check(now, Duration::from_secs(1), "a").seconds, 1);
    }
}
