//! The host's clock, which a test may hasten or put forward.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// Starts at the real time; runs as fast as it is told to.
pub(crate) struct Clock {
    origin: Timestamp,
    since: Instant,
    faster: u32,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self {
            origin: Timestamp::now(),
            since: Instant::now(),
            faster: 1,
        }
    }

    /// What the host takes for the present time.
    pub(crate) fn now(&self) -> Timestamp {
        self.after(self.since.elapsed() * self.faster)
    }

    /// Lets it run so many times faster from now on.
    pub(crate) fn run(&mut self, faster: u32) {
        self.put_forward(Duration::ZERO);
        self.faster = faster.max(1);
    }

    /// How many times faster than real time it runs.
    pub(crate) fn faster(&self) -> u32 {
        self.faster
    }

    pub(crate) fn put_forward(&mut self, by: Duration) {
        self.origin = self.after(self.since.elapsed() * self.faster + by);
        self.since = Instant::now();
    }

    /// A time that no calendar has anymore is the last one.
    fn after(&self, elapsed: Duration) -> Timestamp {
        later(self.origin, elapsed)
    }
}

/// That much later.
pub(crate) fn later(time: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// As hosts write it: `2026-11-21T07:53:06Z`.
pub(crate) fn written(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
