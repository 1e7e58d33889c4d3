//! `google.protobuf.Timestamp`, with the JSON form that proto-JSON asks for.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The first second of the year 1, where proto-JSON begins.
const FIRST_SECOND: i64 = -62_135_596_800;

/// A moment in UTC, to the nanosecond. Stands for `google.protobuf.Timestamp`.
///
/// In JSON it is RFC 3339 with `Z` and 0, 3, 6 or 9 digits after the second, as proto-JSON says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Message)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z.
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    /// Nanoseconds within the second, 0 to 999,999,999.
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}

impl Timestamp {
    /// From the system's clock.
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// From whole seconds since 1970.
    pub fn from_seconds(seconds: i64) -> Self {
        Self { seconds, nanos: 0 }
    }

    /// That much later.
    #[must_use]
    pub fn plus(self, time: Duration) -> Self {
        let nanos = self.nanos.saturating_add_unsigned(time.subsec_nanos());
        let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        Self {
            seconds: self
                .seconds
                .saturating_add(seconds)
                .saturating_add(i64::from(nanos / 1_000_000_000)),
            nanos: nanos % 1_000_000_000,
        }
    }

    /// How much later it is than another; nothing if it is not.
    pub fn since(self, earlier: Self) -> Duration {
        let nanos = |time: Self| i128::from(time.seconds) * 1_000_000_000 + i128::from(time.nanos);
        let between = nanos(self).saturating_sub(nanos(earlier)).max(0);
        Duration::from_nanos(u64::try_from(between).unwrap_or(u64::MAX))
    }

    /// Reads RFC 3339 with any offset, of the years 1 to 9999.
    pub fn parse(text: &str) -> Option<Self> {
        let moment: jiff::Timestamp = text.parse().ok()?;
        Some(Self::from(moment)).filter(|moment| moment.seconds >= FIRST_SECOND)
    }

    /// `None` outside the years 1 to 9999.
    fn moment(self) -> Option<jiff::Timestamp> {
        let moment = jiff::Timestamp::new(self.seconds, self.nanos).ok();
        moment.filter(|_| self.seconds >= FIRST_SECOND)
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A time that nobody can mean prints as the limit next to it: printing does not fail.
        let limit = || match self.seconds {
            ..0 => jiff::Timestamp::from_second(FIRST_SECOND).unwrap_or(jiff::Timestamp::MIN),
            0.. => jiff::Timestamp::MAX,
        };
        let moment = self.moment().unwrap_or_else(limit);
        match moment.subsec_nanosecond() {
            0 => write!(f, "{moment:.0}"),
            nanos if nanos % 1_000_000 == 0 => write!(f, "{moment:.3}"),
            nanos if nanos % 1_000 == 0 => write!(f, "{moment:.6}"),
            _ => write!(f, "{moment:.9}"),
        }
    }
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(moment: jiff::Timestamp) -> Self {
        // Before 1970 jiff counts nanoseconds downwards, protobuf always upwards.
        let nanos = moment.as_nanosecond();
        let seconds = nanos.div_euclid(1_000_000_000);
        Self {
            seconds: i64::try_from(seconds).unwrap_or(i64::MAX),
            nanos: i32::try_from(nanos.rem_euclid(1_000_000_000)).unwrap_or(0),
        }
    }
}

impl From<SystemTime> for Timestamp {
    fn from(moment: SystemTime) -> Self {
        jiff::Timestamp::try_from(moment)
            .unwrap_or(jiff::Timestamp::MAX)
            .into()
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.moment().is_none() {
            return Err(serde::ser::Error::custom("timestamp is out of range"));
        }
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| de::Error::custom(format!("`{text}` is not an RFC 3339 time")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_few_groups_of_three_digits_as_it_needs() {
        for (nanos, text) in [
            (0, "2026-11-21T08:00:00Z"),
            (500_000_000, "2026-11-21T08:00:00.500Z"),
            (1_000, "2026-11-21T08:00:00.000001Z"),
            (1, "2026-11-21T08:00:00.000000001Z"),
        ] {
            let moment = Timestamp {
                seconds: 1_795_248_000,
                nanos,
            };
            assert_eq!(moment.to_string(), text);
            assert_eq!(Timestamp::parse(text), Some(moment));
        }
    }

    #[test]
    fn counts_nanoseconds_upwards_before_1970() {
        let moment = Timestamp::parse("1969-12-31T23:59:59.250Z");
        assert_eq!(
            moment,
            Some(Timestamp {
                seconds: -1,
                nanos: 250_000_000
            })
        );
        assert_eq!(
            moment.map(|m| m.to_string()).as_deref(),
            Some("1969-12-31T23:59:59.250Z")
        );
    }

    #[test]
    fn a_time_out_of_range_prints_and_is_no_json() {
        for (seconds, text) in [
            (i64::MIN, "0001-01-01T00:00:00Z"),
            (i64::MAX, "9999-12-30T22:00:00.999999999Z"),
        ] {
            let moment = Timestamp::from_seconds(seconds);
            assert_eq!(moment.to_string(), text);
            assert!(crate::to_json(&moment).is_err());
        }
        assert_eq!(Timestamp::parse("0000-12-31T23:59:59Z"), None);
    }

    #[test]
    fn reads_offsets() {
        assert_eq!(
            Timestamp::parse("1970-01-01T01:00:00+01:00"),
            Some(Timestamp::default())
        );
        assert_eq!(Timestamp::parse("yesterday"), None);
    }
}
