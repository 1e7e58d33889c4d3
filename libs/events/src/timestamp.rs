//! `google.protobuf.Timestamp`, with the JSON form that proto-JSON asks for.

use std::time::SystemTime;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

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

    /// Reads RFC 3339 with any offset.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(Self::from)
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let moment = jiff::Timestamp::new(self.seconds, self.nanos).map_err(|_| std::fmt::Error)?;
        match self.nanos {
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
        if jiff::Timestamp::new(self.seconds, self.nanos).is_err() {
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
    fn reads_offsets() {
        assert_eq!(
            Timestamp::parse("1970-01-01T01:00:00+01:00"),
            Some(Timestamp::default())
        );
        assert_eq!(Timestamp::parse("yesterday"), None);
    }
}
