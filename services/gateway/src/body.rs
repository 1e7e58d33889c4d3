//! Bodies: bounded each, bounded together, bounded in time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use actix_web::web::Payload;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;

use crate::answer::Answer;

/// The largest body that a host sends: GitHub's and GitLab's limit is 25 MB.
pub(crate) const LARGEST: usize = 25 * 1024 * 1024;

/// How much is read for an address that is no endpoint.
pub(crate) const LARGEST_UNKNOWN: usize = 64 * 1024;

/// The bytes of bodies that are in memory, over all requests.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    held: Arc<AtomicU64>,
    limit: u64,
}

/// Bytes taken out of the budget, given back when dropped.
#[derive(Debug)]
pub(crate) struct Held {
    budget: Budget,
    bytes: u64,
    limit: u64,
}

impl Budget {
    pub(crate) fn new(limit: u64) -> Self {
        Self {
            held: Arc::default(),
            limit,
        }
    }

    /// A place for one body. A quarter of the budget is kept for endpoints that verified lately, so that strangers
    /// cannot take it all.
    pub(crate) fn open(&self, verified_lately: bool) -> Held {
        let limit = if verified_lately {
            self.limit
        } else {
            self.limit / 4 * 3
        };
        Held {
            budget: self.clone(),
            bytes: 0,
            limit,
        }
    }
}

impl Held {
    fn take(&mut self, bytes: u64) -> Result<(), Answer> {
        let before = self.budget.held.fetch_add(bytes, Ordering::Relaxed);
        self.bytes += bytes;
        if before + bytes > self.limit {
            Err(Answer::Unavailable("too many bodies at once"))
        } else {
            Ok(())
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Reads a body to its end.
pub(crate) async fn read(
    payload: Payload,
    largest: usize,
    deadline: Duration,
    held: &mut Held,
) -> Result<Bytes, Answer> {
    match tokio::time::timeout(deadline, collect(payload, largest, held)).await {
        Ok(body) => body,
        Err(_) => Err(Answer::Slow),
    }
}

async fn collect(mut payload: Payload, largest: usize, held: &mut Held) -> Result<Bytes, Answer> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Answer::BrokenBody)?;
        if body.len() + chunk.len() > largest {
            return Err(Answer::TooLarge);
        }
        held.take(chunk.len() as u64)?;
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_leave_a_quarter_of_the_budget() {
        let budget = Budget::new(100);
        let mut stranger = budget.open(false);
        assert!(stranger.take(75).is_ok());
        assert!(stranger.take(1).is_err());
        let mut known = budget.open(true);
        assert!(known.take(20).is_ok());
        drop(stranger);
        assert!(known.take(70).is_ok());
        drop(known);
        assert_eq!(budget.held.load(Ordering::Relaxed), 0);
    }
}
