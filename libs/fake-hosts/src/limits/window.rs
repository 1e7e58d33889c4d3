//! Windows of time in which so many calls are allowed.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

/// By the name of the limit and who is charged.
#[derive(Default)]
pub(super) struct Windows(BTreeMap<(String, String), Window>);

#[derive(Clone, Copy)]
struct Window {
    ends: Timestamp,
    used: u64,
}

/// How a limit stands after a call.
pub(super) struct Spent {
    pub(super) limit: u64,
    /// With this call; more than the limit if it is refused.
    pub(super) used: u64,
    pub(super) ends: Timestamp,
}

impl Spent {
    pub(super) fn refused(&self) -> bool {
        self.used > self.limit
    }

    pub(super) fn remaining(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}

impl Windows {
    /// How a limit stands before any other call.
    pub(super) fn peek(
        &self,
        name: &str,
        who: &str,
        limit: u64,
        seconds: i64,
        now: Timestamp,
    ) -> Spent {
        let window = self.0.get(&(name.to_owned(), who.to_owned()));
        let window = window.filter(|window| window.ends > now);
        Spent {
            limit,
            used: window.map_or(0, |window| window.used),
            ends: window.map_or(now + SignedDuration::from_secs(seconds), |window| {
                window.ends
            }),
        }
    }

    /// Counts a call in the window that it falls into; the first one opens it.
    pub(super) fn spend(
        &mut self,
        name: &str,
        who: &str,
        limit: u64,
        seconds: i64,
        now: Timestamp,
    ) -> Spent {
        let key = (name.to_owned(), who.to_owned());
        let open = Window {
            ends: now + SignedDuration::from_secs(seconds),
            used: 0,
        };
        let window = self.0.entry(key).or_insert(open);
        if window.ends <= now {
            *window = open;
        }
        window.used = (window.used + 1).min(limit + 1);
        Spent {
            limit,
            used: window.used,
            ends: window.ends,
        }
    }
}
