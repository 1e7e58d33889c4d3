//! When a repository is swept next.

use std::time::Duration;

use sluice_events::{Timestamp, v1::KnownRefs};

use crate::config::Limits;

/// How long nothing may have been missed where the hook counts as healthy.
const DAY: i64 = 24 * 60 * 60;

/// Most doublings of the interval after failures.
const DOUBLINGS: u32 = 4;

/// When it is due after a sweep: later where the hook is healthy, and after failures. `chance` is from 0 to 1 and spreads
/// repositories that began together.
pub(crate) fn next(record: &KnownRefs, limits: &Limits, now: Timestamp, chance: f64) -> Timestamp {
    let interval = if record.failures > 0 {
        limits.interval * 2_u32.pow(record.failures.min(DOUBLINGS))
    } else if is_healthy(record, now) {
        limits.interval_healthy
    } else {
        limits.interval
    };
    now.plus(spread(interval, chance))
}

/// Whether webhooks come and none was missed.
fn is_healthy(record: &KnownRefs, now: Timestamp) -> bool {
    let within = |at: Option<Timestamp>| at.is_some_and(|at| now.seconds - at.seconds < DAY);
    within(record.heard_at) && !within(record.missed_at)
}

/// Between nine and eleven tenths of it.
fn spread(interval: Duration, chance: f64) -> Duration {
    interval.mul_f64(0.9 + 0.2 * chance.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use sluice_bus::consume::Options;

    use super::*;

    fn after(record: KnownRefs, chance: f64) -> i64 {
        let limits = Limits {
            interval: Duration::from_secs(300),
            interval_healthy: Duration::from_secs(1_800),
            grace: Duration::from_secs(10),
            at_once: 1,
            per_minute: 1,
            consume: Options::default(),
        };
        let now = Timestamp::from_seconds(1_000_000);
        next(&record, &limits, now, chance).seconds - now.seconds
    }

    fn at(seconds: i64) -> Option<Timestamp> {
        Some(Timestamp::from_seconds(seconds))
    }

    #[test]
    fn healthy_hooks_are_swept_less_often() {
        let silent = KnownRefs::default();
        let healthy = KnownRefs {
            heard_at: at(990_000),
            missed_at: at(100),
            ..KnownRefs::default()
        };
        let lossy = KnownRefs {
            missed_at: at(990_000),
            ..healthy.clone()
        };
        let quiet = KnownRefs {
            heard_at: at(900_000),
            ..healthy.clone()
        };
        assert_eq!(after(silent, 0.5), 300);
        assert_eq!(after(healthy, 0.5), 1_800);
        assert_eq!(after(lossy, 0.5), 300);
        assert_eq!(after(quiet, 0.5), 300);
    }

    #[test]
    fn failures_make_it_later_and_chance_spreads() {
        let failing = |failures| KnownRefs {
            failures,
            ..KnownRefs::default()
        };
        assert_eq!(after(failing(1), 0.5), 600);
        assert_eq!(after(failing(u32::MAX), 0.5), 4_800);
        assert_eq!((after(failing(0), 0.0), after(failing(0), 1.0)), (270, 330));
    }
}
