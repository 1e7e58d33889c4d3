//! Limits of rate, off until a test asks for them.
//!
//! They are counted by the host's clock, which [`Limits::faster`] hastens: with `faster(60)` an hour's window ends after
//! a minute. What the host tells, `x-ratelimit-reset` and `retry-after`, is told by that clock, too: a client under test
//! either takes its time from [`crate::FakeHost::now`] and waits as many times shorter, or the limits are told
//! [`Limits::in_real_time`]: then `reset` is the real time at which the window ends, and `retry-after` the real seconds
//! until then, rounded up.

mod github;
mod gitlab;
mod window;

use jiff::{SignedDuration, Timestamp};

use crate::{
    Kind,
    http::{Answer, Request},
    state::{Caller, State},
};
use window::{Spent, Windows};

/// Which limits are enforced, and how fast the host's clock runs.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    faster: u32,
    real_time: bool,
}

impl Limits {
    /// Those that the kind of host documents.
    pub fn documented() -> Self {
        Self {
            faster: 1,
            real_time: false,
        }
    }

    /// On a clock that runs so many times faster.
    #[must_use]
    pub fn faster(mut self, times: u32) -> Self {
        self.faster = times.max(1);
        self
    }

    /// Tells times as those see them who have no faster clock.
    #[must_use]
    pub fn in_real_time(mut self) -> Self {
        self.real_time = true;
        self
    }

    pub(crate) fn clock_runs(self) -> u32 {
        self.faster
    }
}

/// What was spent.
#[derive(Default)]
pub(crate) struct Limiter {
    limits: Option<Limits>,
    windows: Windows,
}

impl Limiter {
    pub(crate) fn enforce(&mut self, limits: Limits) {
        self.limits = Some(limits);
    }
}

/// Headers that go with every answer.
pub(crate) type Told = Vec<(String, String)>;

impl State {
    /// Counts a call. What the host tells of it, or its refusal.
    pub(crate) fn charge(&mut self, caller: &Caller, request: &Request) -> Result<Told, Answer> {
        if self.limiter.limits.is_none() {
            return Ok(Told::new());
        }
        match self.kind {
            Kind::GitHub => self.charge_github(caller, request),
            Kind::GitLab => self.charge_gitlab(caller, request),
            Kind::Gitea | Kind::Forgejo => Ok(Told::new()),
        }
    }

    fn spend(&mut self, name: &str, caller: &Caller, limit: u64, seconds: i64) -> Spent {
        let now = self.now();
        let who = caller.name().unwrap_or_default();
        self.limiter.windows.spend(name, &who, limit, seconds, now)
    }

    /// A time of the host as it is told, in seconds since 1970.
    fn told_time(&self, at: Timestamp) -> i64 {
        if !self.tells_real_time() {
            return at.as_second();
        }
        Timestamp::now().as_second() + self.told_seconds(at)
    }

    /// How many seconds until then, as it is told; at least one.
    fn told_seconds(&self, at: Timestamp) -> i64 {
        let left: SignedDuration = at.duration_since(self.now());
        let divisor = if self.tells_real_time() {
            f64::from(self.clock.faster())
        } else {
            1.0
        };
        // Rounded up: who comes at the told time must not be too early.
        ((left.as_secs_f64() / divisor).ceil() as i64).max(1)
    }

    fn tells_real_time(&self) -> bool {
        self.limiter.limits.is_some_and(|limits| limits.real_time)
    }

    /// The refusal of a call that comes too early by so many seconds.
    pub(crate) fn limited(&self, seconds: i64) -> Answer {
        match self.kind {
            Kind::GitHub => github::secondary(403, seconds),
            Kind::GitLab => gitlab::refusal().with("retry-after", seconds.to_string()),
            Kind::Gitea | Kind::Forgejo => {
                crate::gitea::trouble(429).with("retry-after", seconds.to_string())
            }
        }
    }
}
