//! Whether a call is tried again, and when.

use std::time::Duration;

use super::limits::Limits;
use crate::{ApiError, Problem};

/// How often a call is tried.
pub(super) const TRIES: u32 = 3;

/// How long to wait before the next try of a call that may be repeated. `None`: there is none.
///
/// `tried` is how often it was tried. What the host asks for is waited for; otherwise it is a backoff with jitter.
pub(super) fn wait(
    tried: u32,
    error: &ApiError,
    limits: &Limits,
    backoff: Duration,
) -> Option<Duration> {
    if tried >= TRIES {
        return None;
    }
    let backoff = jittered(backoff * tried);
    match (error.problem, error.status) {
        (Problem::RateLimited, _) => Some(limits.wait()),
        (Problem::Network | Problem::Timeout, None) => Some(backoff),
        (Problem::Server, Some(502..=504)) => Some(limits.retry_after.unwrap_or(backoff)),
        _ => None,
    }
}

/// A time between a half and one and a half of it, so that many who failed together do not come back together.
fn jittered(time: Duration) -> Duration {
    let mut random = [0; 2];
    // Without randomness it is the time itself.
    let part = match getrandom::fill(&mut random) {
        Ok(()) => u32::from(u16::from_le_bytes(random)),
        Err(_) => 1 << 15,
    };
    time / 2 + time * part / (1 << 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn waits(problem: Problem, status: Option<u16>, tried: u32) -> Option<Duration> {
        let error = ApiError::new(problem, "");
        let error = match status {
            Some(status) => error.at_status(status),
            None => error,
        };
        wait(tried, &error, &Limits::default(), SECOND)
    }

    #[test]
    fn what_may_pass_is_tried_again_and_what_was_decided_is_not() {
        for (problem, status) in [
            (Problem::Network, None),
            (Problem::Server, Some(502)),
            (Problem::Server, Some(504)),
            (Problem::RateLimited, Some(429)),
        ] {
            assert!(waits(problem, status, 1).is_some(), "{problem:?}");
            assert!(waits(problem, status, 2).is_some(), "{problem:?}");
            assert_eq!(waits(problem, status, 3), None, "{problem:?}");
        }
        for (problem, status) in [
            (Problem::Server, Some(500)),
            (Problem::NotFound, Some(404)),
            (Problem::Unauthorized, Some(401)),
            (Problem::Answer, None),
            (Problem::Tls, None),
            (Problem::Address, None),
        ] {
            assert_eq!(waits(problem, status, 1), None, "{problem:?} {status:?}");
        }
    }

    #[test]
    fn a_wait_is_about_as_long_as_it_should_be() {
        for tried in [1, 2] {
            let wait = waits(Problem::Network, None, tried).unwrap();
            assert!(wait >= SECOND * tried / 2 && wait <= SECOND * tried * 3 / 2);
        }
    }
}
