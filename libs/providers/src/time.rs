//! Times as hosts write them.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};
use sluice_events::Timestamp;

/// 0001-01-01T00:00:00Z, the first second that proto-JSON can write.
const FIRST_SECOND: i64 = -62_135_596_800;

/// Reads a time: RFC 3339, offsets without a colon, and `2015-05-17 18:08:09 UTC`. `None` for anything else.
pub(crate) fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let date_and_time = text
        .strip_suffix("UTC")
        .map(|rest| format!("{}Z", rest.trim_end()));
    let text = date_and_time.as_deref().unwrap_or(text);
    let read = Timestamp::parse(text).or_else(|| {
        // A blank before the offset: `2015-05-17 18:08:09 +0200`.
        let (moment, offset) = text.rsplit_once(' ')?;
        offset
            .starts_with(['+', '-'])
            .then(|| Timestamp::parse(&format!("{moment}{offset}")))?
    });
    read.filter(|time| time.seconds >= FIRST_SECOND)
}

/// A time in a payload: a text that [`time`] reads, or seconds since 1970. `None`: it cannot be read.
///
/// No time decides anything, so an unreadable one is no reason to refuse what the delivery says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) Option<Timestamp>);

struct TimeVisitor;

impl Visitor<'_> for TimeVisitor {
    type Value = Time;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time: a text or seconds since 1970")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Time, E> {
        Ok(Time(time(text)))
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Time, E> {
        let moment = i64::try_from(seconds)
            .ok()
            .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        Ok(Time(moment.map(Timestamp::from)))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TimeVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_hosts_write() {
        for (written, meant) in [
            ("2015-05-17T18:08:09Z", "2015-05-17T18:08:09Z"),
            ("2015-05-17T20:08:09+02:00", "2015-05-17T18:08:09Z"),
            ("2015-05-18T04:08:09+1000", "2015-05-17T18:08:09Z"),
            ("2015-05-17 18:08:09 UTC", "2015-05-17T18:08:09Z"),
            ("2015-05-17 18:08:09UTC", "2015-05-17T18:08:09Z"),
            ("2015-05-17 20:08:09 +0200", "2015-05-17T18:08:09Z"),
            ("2015-05-17 13:08:09 -05:00", "2015-05-17T18:08:09Z"),
            ("2017-08-08T08:44:54.622Z", "2017-08-08T08:44:54.622Z"),
        ] {
            assert_eq!(time(written), Timestamp::parse(meant), "{written}");
        }
    }

    #[test]
    fn anything_else_is_no_time() {
        for written in [
            "",
            "UTC",
            "yesterday",
            "2015-05-17",
            "2015-13-17T18:08:09Z",
            "-000001-01-01T00:00:00Z",
        ] {
            assert_eq!(time(written), None, "{written}");
        }
    }

    #[test]
    fn payloads_may_count_seconds() {
        let read = |json: &str| serde_json::from_str::<Time>(json).ok();
        assert_eq!(read("1431886089"), Some(Time(time("2015-05-17T18:08:09Z"))));
        assert_eq!(read("18446744073709551615"), Some(Time(None)));
        assert_eq!(read(r#""soon""#), Some(Time(None)));
        assert_eq!(read("true"), None);
    }
}
