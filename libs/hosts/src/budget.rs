//! How much of a host's patience is ours.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// How many calls may go at once before the pace is kept.
const BURST: u32 = 10;

/// The host counts from when a call arrives, and we from when it leaves: our windows are longer by this part of them.
const LATE: u32 = 200;

/// Longest pause that a host can tell us to make; after it we ask again.
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

/// How often a service may call a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// What the host lets everybody of us together do.
    pub calls_per_hour: u32,
    /// How much of that is this service's, in percent.
    pub share_percent: u8,
}

impl Pace {
    /// The time between two calls.
    fn interval(self) -> Duration {
        let ours = u64::from(self.calls_per_hour) * u64::from(self.share_percent.min(100)) / 100;
        let ours = u32::try_from(ours).unwrap_or(u32::MAX).max(1);
        Duration::from_secs(60 * 60) / ours
    }
}

/// The budget of one host, shared by its clones: calls keep a pace, and when the host says that it was too much, all
/// of them pause.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// Between two calls.
    interval: Duration,
    /// When all the calls made so far are paid for.
    paid: Instant,
    paused_until: Option<Instant>,
    creations: Vec<Window>,
}

/// So many calls in so much time, wherever that time begins.
#[derive(Debug)]
struct Window {
    count: usize,
    time: Duration,
    /// When the last ones of them go or went, oldest first; no more than `count`.
    taken: VecDeque<Instant>,
}

impl Window {
    /// When the next one may go.
    fn next(&self, now: Instant) -> Instant {
        let full = self.taken.len() >= self.count;
        let oldest = self.taken.front().filter(|_| full);
        oldest.map_or(now, |oldest| *oldest + self.time)
    }

    fn take(&mut self, at: Instant) {
        self.taken.push_back(at);
        while self.taken.len() > self.count {
            self.taken.pop_front();
        }
    }

    fn give_back(&mut self, at: Instant) {
        if let Some(place) = self.taken.iter().rposition(|taken| *taken == at) {
            self.taken.remove(place);
        }
    }
}

impl Budget {
    /// With this pace, and at least one call an hour.
    #[must_use]
    pub fn new(pace: Pace) -> Self {
        Self(Arc::new(Mutex::new(State {
            interval: pace.interval(),
            paid: Instant::now(),
            paused_until: None,
            creations: Vec::new(),
        })))
    }

    /// Keeps another pace from now on.
    pub(crate) fn keep(&self, pace: Pace) {
        self.with(|state| state.interval = pace.interval());
    }

    /// With bounds on calls that create something: at most so many of them in so much time, each.
    #[must_use]
    pub fn creating(self, bounds: &[(u32, Duration)]) -> Self {
        let windows = bounds.iter().map(|(count, time)| Window {
            count: usize::try_from(*count).unwrap_or(usize::MAX).max(1),
            time: *time + *time / LATE,
            taken: VecDeque::new(),
        });
        self.with(|state| state.creations = windows.collect());
        self
    }

    /// How long the next call would wait that creates something.
    #[must_use]
    pub fn wait_to_create(&self) -> Duration {
        let now = Instant::now();
        self.with(|state| state.wait(now).max(state.wait_to_create(now)))
    }

    /// How long the next call would wait.
    #[must_use]
    pub fn wait(&self) -> Duration {
        let now = Instant::now();
        self.with(|state| state.wait(now))
    }

    /// How much longer the host wants to hear nothing of us. Zero: it says no such thing.
    #[must_use]
    pub fn pause(&self) -> Duration {
        let now = Instant::now();
        self.with(|state| state.pause(now))
    }

    /// Takes a call out of the budget: how long it has to wait. `creates`: it creates something.
    ///
    /// # Errors
    /// How long it would have to wait, where that is longer than the patience; then nothing is taken.
    pub(crate) fn take(
        &self,
        now: Instant,
        patience: Duration,
        creates: bool,
    ) -> Result<Duration, Duration> {
        self.with(|state| {
            let mut wait = state.wait(now);
            if creates {
                wait = wait.max(state.wait_to_create(now));
            }
            if wait > patience {
                return Err(wait);
            }
            state.paid = state.paid.max(now) + state.interval;
            if creates {
                let windows = state.creations.iter_mut();
                windows.for_each(|window| window.take(now + wait));
            }
            Ok(wait)
        })
    }

    /// Gives back the place of a call that would have created something then, and was not sent, or refused as too much.
    pub(crate) fn give_back(&self, at: Instant) {
        self.with(|state| {
            let windows = state.creations.iter_mut();
            windows.for_each(|window| window.give_back(at));
        });
    }

    /// Lets nobody call for that long.
    pub(crate) fn hold(&self, now: Instant, time: Duration) {
        let until = now + time.min(LONGEST_PAUSE);
        self.with(|state| state.paused_until = state.paused_until.max(Some(until)));
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        // Numbers, each whole at any moment.
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn wait(&self, now: Instant) -> Duration {
        let ahead = self.paid.saturating_duration_since(now);
        let allowed = self.interval * BURST.saturating_sub(1);
        ahead.saturating_sub(allowed).max(self.pause(now))
    }

    fn wait_to_create(&self, now: Instant) -> Duration {
        let nexts = self.creations.iter().map(|window| window.next(now));
        nexts
            .max()
            .map_or(Duration::ZERO, |next| next.saturating_duration_since(now))
    }

    fn pause(&self, now: Instant) -> Duration {
        let until = self.paused_until.unwrap_or(now);
        until.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn one_a_second() -> Budget {
        Budget::new(Pace {
            calls_per_hour: 7200,
            share_percent: 50,
        })
    }

    #[test]
    fn after_a_burst_calls_keep_their_pace() {
        let (budget, start) = (one_a_second(), Instant::now());
        let waits = (0..BURST + 3).map(|_| budget.take(start, 60 * SECOND, false).unwrap());
        let waits: Vec<_> = waits.collect();
        assert!(waits.iter().take(10).all(|wait| wait.as_millis() == 0));
        let late: Vec<_> = waits.iter().skip(10).map(Duration::as_secs_f64).collect();
        for (wait, expected) in late.iter().zip([1.0, 2.0, 3.0]) {
            assert!((wait - expected).abs() < 0.1, "{late:?}");
        }
        let later = start + 60 * SECOND;
        assert_eq!(budget.take(later, SECOND, false), Ok(Duration::ZERO));
    }

    #[test]
    fn a_wait_longer_than_the_patience_takes_nothing() {
        let (budget, start) = (one_a_second(), Instant::now());
        for _ in 0..BURST {
            budget.take(start, Duration::ZERO, false).unwrap();
        }
        let refused = budget.take(start, Duration::ZERO, false).unwrap_err();
        assert_eq!(budget.take(start, Duration::ZERO, false), Err(refused));
        assert_eq!(
            budget.take(start + SECOND, Duration::ZERO, false),
            Ok(Duration::ZERO)
        );
    }

    #[test]
    fn what_creates_something_keeps_to_every_bound_at_once() {
        let start = Instant::now();
        let fast = Pace {
            calls_per_hour: 3_600_000,
            share_percent: 100,
        };
        let budget = Budget::new(fast).creating(&[(2, SECOND), (3, 10 * SECOND)]);
        let take = |at: Instant| budget.take(at, 60 * SECOND, true).unwrap();
        let waits = [take(start), take(start), take(start), take(start)];
        let waits = waits.map(|wait| wait.as_secs_f64().round());
        assert_eq!(waits, [0.0, 0.0, 1.0, 10.0]);
        // What only reads need not wait for that.
        assert_eq!(
            budget.take(start, Duration::ZERO, false),
            Ok(Duration::ZERO)
        );
        assert!(budget.wait_to_create() > 5 * SECOND);
    }

    #[test]
    fn what_was_refused_has_created_nothing() {
        let (start, hour) = (Instant::now(), 3600 * SECOND);
        let budget = one_a_second().creating(&[(2, hour)]);
        let take = |at| budget.take(at, Duration::ZERO, true);
        assert!(take(start).is_ok() && take(start + SECOND).is_ok());
        budget.give_back(start + 5 * SECOND);
        assert!(take(start + 2 * SECOND).is_err(), "it was none of those");
        budget.give_back(start + SECOND);
        assert_eq!(take(start + 2 * SECOND), Ok(Duration::ZERO));
        assert!(take(start + hour).is_err(), "the host is asked a bit later");
        assert_eq!(take(start + hour + hour / LATE), Ok(Duration::ZERO));
        assert!(take(start + hour + hour / LATE).is_err());
    }

    #[test]
    fn a_pause_holds_every_clone_and_cannot_be_longer_than_an_hour() {
        let (budget, start) = (one_a_second(), Instant::now());
        let clone = budget.clone();
        budget.hold(start, 20 * SECOND);
        budget.hold(start, 5 * SECOND);
        assert_eq!(clone.take(start, SECOND, false), Err(20 * SECOND));
        assert!(clone.pause() > 10 * SECOND && clone.wait() > 10 * SECOND);
        assert_eq!(
            clone.take(start + 20 * SECOND, SECOND, false),
            Ok(Duration::ZERO)
        );
        budget.hold(start, Duration::from_secs(u64::from(u32::MAX)));
        assert_eq!(clone.take(start, SECOND, false), Err(LONGEST_PAUSE));
    }
}
