//! Times as people write them.

use std::time::Duration;

use anyhow::{Context, anyhow};
use sluice_daemon::settings::parse::duration;
use sluice_events::Timestamp;

/// A time, or how long before `now` it was.
pub(super) fn ago(text: &str, now: Timestamp) -> anyhow::Result<Timestamp> {
    read(text, now, |seconds, length| seconds.checked_sub(length))
}

/// A time, or how long after `now` it will be.
pub(super) fn ahead(text: &str, now: Timestamp) -> anyhow::Result<Timestamp> {
    read(text, now, |seconds, length| seconds.checked_add(length))
}

/// A time so long after `now`.
pub(crate) fn after(now: Timestamp, length: Duration) -> Timestamp {
    let length = i64::try_from(length.as_secs()).unwrap_or(i64::MAX);
    Timestamp {
        seconds: now.seconds.saturating_add(length),
        ..now
    }
}

fn read(
    text: &str,
    now: Timestamp,
    shift: impl Fn(i64, i64) -> Option<i64>,
) -> anyhow::Result<Timestamp> {
    if let Some(time) = Timestamp::parse(text) {
        return Ok(time);
    }
    let length = duration(text).map_err(|_| {
        anyhow!("`{text}` is no time, expected one like 2026-01-31T12:00:00Z or a length like 2d")
    })?;
    let seconds = i64::try_from(length.as_secs())
        .ok()
        .and_then(|length| shift(now.seconds, length));
    let time = seconds.map(Timestamp::from_seconds);
    // What a clock cannot show nobody means.
    time.filter(|time| Timestamp::parse(&time.to_string()) == Some(*time))
        .with_context(|| format!("`{text}` leads out of all time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_or_counted_from_now() {
        let now = Timestamp::parse("2026-11-21T12:00:00.5Z").unwrap();
        for (text, before, later) in [
            (
                "2026-01-31T12:00:00Z",
                "2026-01-31T12:00:00Z",
                "2026-01-31T12:00:00Z",
            ),
            ("2d", "2026-11-19T12:00:00Z", "2026-11-23T12:00:00Z"),
            ("1h30m", "2026-11-21T10:30:00Z", "2026-11-21T13:30:00Z"),
        ] {
            assert_eq!(ago(text, now).unwrap().to_string(), before);
            assert_eq!(ahead(text, now).unwrap().to_string(), later);
        }
        for text in [
            "",
            "yesterday",
            "2",
            "-2d",
            "99999999d",
            "18446744073709551615ms",
        ] {
            assert!(ago(text, now).is_err(), "{text}");
            let shown = ahead(text, now).map(|time| time.to_string());
            assert!(
                shown.is_err() || text == "18446744073709551615ms",
                "{text}: {shown:?}"
            );
        }
    }
}
