use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use crate::error::{Error, ErrorKind};

/// A moment, to the millisecond. Text and JSON are RFC 3339 in UTC: `2026-08-01T12:00:00.000Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The years 0 to 9999, which RFC 3339 can express, in Unix milliseconds.
const RANGE: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;

impl Timestamp {
    /// 1 January 1970.
    pub const UNIX_EPOCH: Self = Self(0);

    /// From Unix milliseconds. What lies outside of the years 0 to 9999 becomes the nearest moment within.
    #[must_use]
    pub fn from_unix_ms(ms: i64) -> Self {
        Self(ms.clamp(*RANGE.start(), *RANGE.end()))
    }

    /// From Unix seconds, as message times are given.
    #[must_use]
    pub fn from_unix_s(s: i64) -> Self {
        Self::from_unix_ms(s.saturating_mul(1000))
    }

    /// Unix milliseconds.
    #[must_use]
    pub const fn unix_ms(self) -> i64 {
        self.0
    }

    /// Unix seconds, rounded down.
    #[must_use]
    pub const fn unix_s(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Time passed since `earlier`; zero when that lies ahead.
    #[must_use]
    pub fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, wait: Duration) -> Self {
        Self::from_unix_ms(self.0.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, wait: Duration) -> Self {
        Self::from_unix_ms(self.0.saturating_sub(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let ms = |d: Duration| i64::try_from(d.as_millis()).unwrap_or(i64::MAX);
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self::from_unix_ms(ms(after)),
            Err(before) => Self::from_unix_ms(-ms(before.duration())),
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
        let text = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .ok()
            .and_then(|moment| moment.format(format).ok())
            .ok_or(fmt::Error)?;
        f.write_str(&text)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|e| {
            Error::new(ErrorKind::InvalidArgument, "parse_timestamp", "not an RFC 3339 time").with_source(e)
        })?;
        i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000))
            .map(Self::from_unix_ms)
            .map_err(|_| Error::new(ErrorKind::InvalidArgument, "parse_timestamp", "out of range"))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_has_milliseconds_and_utc() {
        assert_eq!(Timestamp::from_unix_ms(1_785_585_600_007).to_string(), "2026-08-01T12:00:00.007Z");
        assert_eq!(Timestamp::from_unix_ms(-1).unix_s(), -1);
        assert_eq!("2026-08-01T14:00:00+02:00".parse::<Timestamp>().unwrap().unix_s(), 1_785_585_600);
    }

    proptest! {
        #[test]
        fn text_round_trips(ms in RANGE) {
            let moment = Timestamp::from_unix_ms(ms);
            prop_assert_eq!(moment.to_string().parse::<Timestamp>().unwrap(), moment);
        }

        #[test]
        fn arithmetic_never_panics(ms in any::<i64>(), wait in any::<u64>()) {
            let moment = Timestamp::from_unix_ms(ms);
            prop_assert!(moment + Duration::from_millis(wait) >= moment);
            prop_assert!(moment - Duration::from_millis(wait) <= moment);
        }
    }
}
