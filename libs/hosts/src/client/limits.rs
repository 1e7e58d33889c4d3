//! What hosts say of how often they want to be called.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::HeaderMap;
use sluice_events::Timestamp;

/// Where a host says that it was too much and not until when. GitHub asks for a minute.
pub(super) const UNTOLD: Duration = Duration::from_secs(60);

/// A number above this is a moment since 1970, below it a time to wait: hosts have both under one name.
const MOMENTS: u64 = 1_000_000_000;

/// What an answer says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Limits {
    /// Whether nothing is left until the reset.
    pub(super) used_up: bool,
    /// How long until the budget there is full again.
    pub(super) reset: Option<Duration>,
    /// How long it wants to hear nothing.
    pub(super) retry_after: Option<Duration>,
}

impl Limits {
    /// Reads `x-ratelimit-*` (GitHub, Forgejo), `RateLimit-*` (GitLab, proxies) and `Retry-After`.
    pub(super) fn of(headers: &HeaderMap, now: Timestamp) -> Self {
        let number = |names: [&str; 2]| {
            let found = names.iter().find_map(|name| text(headers, name));
            found.and_then(|text| text.parse::<u64>().ok())
        };
        let remaining = number(["x-ratelimit-remaining", "ratelimit-remaining"]);
        let reset = number(["x-ratelimit-reset", "ratelimit-reset"]);
        Self {
            used_up: remaining == Some(0),
            reset: reset.map(|reset| match reset > MOMENTS {
                true => until(reset, now),
                false => Duration::from_secs(reset),
            }),
            retry_after: text(headers, "retry-after").and_then(|text| retry_after(text, now)),
        }
    }

    /// How long to wait before another call, once the host has said that it was too much.
    pub(super) fn wait(&self) -> Duration {
        let reset = self.reset.filter(|_| self.used_up);
        self.retry_after.or(reset).unwrap_or(UNTOLD)
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// Seconds, or a date (RFC 9110, 10.2.3).
fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = DateTimeParser::new().parse_timestamp(text).ok()?;
    let at = u64::try_from(at.as_second()).ok()?;
    Some(until(at, now))
}

fn until(second: u64, now: Timestamp) -> Duration {
    let now = u64::try_from(now.seconds).unwrap_or(0);
    Duration::from_secs(second.saturating_sub(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21T08:00:00Z
    const NOW: Timestamp = Timestamp {
        seconds: 1_795_248_000,
        nanos: 0,
    };

    fn limits(headers: &[(&'static str, &str)]) -> Limits {
        let headers = headers.iter().map(|(name, value)| {
            (
                reqwest::header::HeaderName::from_static(name),
                value.parse().unwrap(),
            )
        });
        Limits::of(&headers.collect(), NOW)
    }

    #[test]
    fn each_host_is_understood() {
        let second = Duration::from_secs(1);
        for (headers, wait) in [
            (
                &[
                    ("x-ratelimit-remaining", "0"),
                    ("x-ratelimit-reset", "1795248090"),
                ][..],
                90 * second,
            ),
            (
                &[
                    ("ratelimit-remaining", "0"),
                    ("ratelimit-reset", "1795248030"),
                ],
                30 * second,
            ),
            (
                &[("ratelimit-remaining", "0"), ("ratelimit-reset", "17")],
                17 * second,
            ),
            (&[("retry-after", "5")], 5 * second),
            (
                &[("retry-after", "Sat, 21 Nov 2026 08:00:20 GMT")],
                20 * second,
            ),
            (
                &[("retry-after", "Sat, 21 Nov 2020 08:00:20 GMT")],
                Duration::ZERO,
            ),
            (&[("retry-after", "soon")], UNTOLD),
            (
                &[
                    ("x-ratelimit-remaining", "7"),
                    ("x-ratelimit-reset", "1795249999"),
                ],
                UNTOLD,
            ),
            (&[], UNTOLD),
        ] {
            assert_eq!(limits(headers).wait(), wait, "{headers:?}");
        }
    }
}
