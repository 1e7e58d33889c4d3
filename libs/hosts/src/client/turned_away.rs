//! Credentials that the host does not take: it is not shown them again for a while, whoever asks for what. Hosts lock out
//! whoever goes on with them, and one credential may open thousands of repositories.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

/// How long: whoever has mended it at the host need not wait for long.
pub(crate) const LEFT_ALONE: Duration = Duration::from_secs(60);

/// Most credentials that are known.
const MOST: usize = 10_000;

/// When, by the digest of the credential.
#[derive(Default)]
pub(super) struct TurnedAway(HashMap<[u8; 32], Instant>);

impl TurnedAway {
    /// Whether the host has turned it away lately.
    pub(super) fn knows(&self, who: &[u8; 32], now: Instant) -> bool {
        self.0.get(who).is_some_and(|at| now < *at + LEFT_ALONE)
    }

    /// Notes one that it does not take.
    pub(super) fn note(&mut self, who: [u8; 32], now: Instant) {
        if self.0.len() >= MOST {
            self.0.retain(|_, at| now < *at + LEFT_ALONE);
        }
        if self.0.len() < MOST {
            self.0.insert(who, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_forgotten_after_a_while_and_room_is_made() {
        let (mut turned_away, start) = (TurnedAway::default(), Instant::now());
        let who = |number: usize| {
            let mut who = [0; 32];
            who[..8].copy_from_slice(&number.to_be_bytes());
            who
        };
        for number in 0..=MOST {
            turned_away.note(who(number), start);
        }
        assert!(turned_away.knows(&who(0), start));
        assert!(!turned_away.knows(&who(MOST), start), "there is no room");
        assert!(!turned_away.knows(&who(0), start + LEFT_ALONE));
        turned_away.note(who(MOST), start + LEFT_ALONE);
        assert_eq!(turned_away.0.len(), 1);
    }
}
