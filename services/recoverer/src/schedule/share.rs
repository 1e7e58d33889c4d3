//! How much of a host's patience is a recoverer's: so many repositories at once, and so many in a minute.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use super::LOOK;
use crate::config::Limits;

/// The shares of all hosts, by their names.
#[derive(Default)]
pub(super) struct Shares(HashMap<String, Share>);

/// A host's share.
#[derive(Debug, Clone, Copy)]
struct Share {
    under_way: usize,
    /// Not before this.
    next: Instant,
}

impl Shares {
    /// Whether one more may be read at a host now.
    pub(super) fn admit(&mut self, host: &str, limits: &Limits) -> bool {
        let now = Instant::now();
        // What was not used in a while is used up to one look's worth, and not saved for longer.
        let earliest = now.checked_sub(LOOK).unwrap_or(now);
        let share = self.0.entry(host.to_owned()).or_insert(Share {
            under_way: 0,
            next: earliest,
        });
        if share.under_way >= limits.at_once || share.next > now {
            return false;
        }
        share.under_way += 1;
        let pause = Duration::from_secs(60) / limits.per_minute;
        share.next = share.next.max(earliest) + pause;
        true
    }

    /// One of those that were admitted has ended.
    pub(super) fn free(&mut self, host: &str) {
        if let Some(share) = self.0.get_mut(host) {
            share.under_way -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use sluice_bus::consume::Options;

    use super::*;

    fn limits(at_once: usize, per_minute: u32) -> Limits {
        Limits {
            interval: Duration::from_secs(300),
            interval_healthy: Duration::from_secs(300),
            grace: Duration::from_secs(10),
            ask_interval: Duration::from_secs(300),
            at_once,
            per_minute,
            calls_per_hour: 1,
            consume: Options::default(),
        }
    }

    fn admitted(limits: &Limits, hosts: &[&str]) -> usize {
        let mut shares = Shares::default();
        let admitted = hosts.iter().filter(|host| shares.admit(host, limits));
        admitted.count()
    }

    #[test]
    fn each_host_has_its_own_share() {
        assert_eq!(
            admitted(&limits(2, 60_000), &["a", "a", "a", "b", "b", "b"]),
            4
        );
        // One a second, and never a burst.
        assert_eq!(admitted(&limits(100, 60), &["a", "a", "a", "b"]), 2);
    }
}
