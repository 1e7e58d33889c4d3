//! When a repository is swept next.

use std::time::Duration;

use sluice_events::{
    Timestamp,
    v1::{KnownRefs, KnownRepository},
};

use crate::config::Limits;

/// How long nothing may have been missed where the hook counts as healthy.
const DAY: i64 = 24 * 60 * 60;

/// Most doublings of the interval after failures.
const DOUBLINGS: u32 = 4;

/// Most doublings of the grace after questions that were not answered.
const QUESTIONS: u32 = 12;

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

/// When the host is asked for a repository again: soon after a failure that may pass, and then later and later.
pub(crate) fn next_question(
    repository: &KnownRepository,
    limits: &Limits,
    now: Timestamp,
    chance: f64,
) -> Timestamp {
    if repository.failures == 0 {
        return later(limits, now, chance);
    }
    let doubled = 2_u32.pow(repository.failures.min(QUESTIONS));
    let pause = (limits.grace * doubled).min(limits.ask_interval);
    now.plus(spread(pause, chance))
}

/// When the host is asked for a repository again though nothing calls for it.
pub(crate) fn later(limits: &Limits, now: Timestamp, chance: f64) -> Timestamp {
    now.plus(spread(limits.ask_interval, chance))
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

    fn limits() -> Limits {
        Limits {
            interval: Duration::from_secs(300),
            interval_healthy: Duration::from_secs(1_800),
            grace: Duration::from_secs(10),
            ask_interval: Duration::from_secs(86_400),
            at_once: 1,
            per_minute: 1,
            consume: Options::default(),
        }
    }

    fn after(record: KnownRefs, chance: f64) -> i64 {
        let now = Timestamp::from_seconds(1_000_000);
        next(&record, &limits(), now, chance).seconds - now.seconds
    }

    #[test]
    fn questions_are_asked_daily_and_sooner_after_failures() {
        let now = Timestamp::from_seconds(1_000_000);
        let after = |failures| {
            let repository = KnownRepository {
                failures,
                ..KnownRepository::default()
            };
            next_question(&repository, &limits(), now, 0.5).seconds - now.seconds
        };
        assert_eq!([0, 1, 2, 5].map(after), [86_400, 20, 40, 320]);
        assert_eq!(after(u32::MAX), 40_960);
        assert_eq!(later(&limits(), now, 0.0).seconds - now.seconds, 77_760);
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
