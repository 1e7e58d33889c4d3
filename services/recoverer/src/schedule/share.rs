//! How much of a host's patience is a recoverer's where Git is spoken: so many repositories at once, and so many in a
//! while. Questions to its API have the budget that its record says, and as many at once.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use super::{LOOK, standing::Work};
use crate::config::Limits;

/// The shares of all hosts, by their names and by what is done there.
#[derive(Default)]
pub(super) struct Shares(HashMap<(String, Work), Share>);

/// A host's share.
#[derive(Debug, Clone, Copy)]
struct Share {
    under_way: usize,
    /// Not before this.
    next: Instant,
}

impl Shares {
    /// Whether one more may be read at a host now.
    pub(super) fn admit(&mut self, host: &str, work: Work, limits: &Limits) -> bool {
        let now = Instant::now();
        // What was not used in a while is used up to one look's worth, and not saved for longer.
        let earliest = now.checked_sub(LOOK).unwrap_or(now);
        let share = self.0.entry((host.to_owned(), work)).or_insert(Share {
            under_way: 0,
            next: earliest,
        });
        if share.under_way >= limits.at_once || share.next > now {
            return false;
        }
        share.under_way += 1;
        share.next = share.next.max(earliest) + pause(work, limits);
        true
    }

    /// One of those that were admitted has ended.
    pub(super) fn free(&mut self, host: &str, work: Work) {
        if let Some(share) = self.0.get_mut(&(host.to_owned(), work)) {
            share.under_way -= 1;
        }
    }
}

/// How long after one the next may begin.
fn pause(work: Work, limits: &Limits) -> Duration {
    match work {
        Work::Sweep => Duration::from_secs(60) / limits.per_minute,
        Work::Ask => Duration::ZERO,
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
            consume: Options::default(),
        }
    }

    fn admitted(limits: &Limits, hosts: &[&str]) -> usize {
        let mut shares = Shares::default();
        let admitted = hosts
            .iter()
            .filter(|host| shares.admit(host, Work::Sweep, limits));
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

    #[test]
    fn questions_and_sweeps_take_nothing_away_from_each_other() {
        let (limits, mut shares) = (limits(1, 60_000), Shares::default());
        assert!(shares.admit("a", Work::Ask, &limits));
        assert!(shares.admit("a", Work::Sweep, &limits));
        assert!(!shares.admit("a", Work::Ask, &limits));
        assert!(!shares.admit("a", Work::Sweep, &limits));
        shares.free("a", Work::Ask);
        assert!(shares.admit("a", Work::Ask, &limits));
        assert!(shares.admit("b", Work::Ask, &limits));
    }
}
