//! How fast messages may go out.

use std::time::Duration;

use crate::config::Pacing;
use crate::model::Timestamp;

const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;

/// Two token buckets, one refilled over a minute and one over a day; a message takes a token of each.
///
/// The clock is an input. When it is set back, buckets neither fill nor empty.
#[derive(Debug, Clone)]
pub(crate) struct Limiter {
    minute: Bucket,
    day: Bucket,
}

impl Limiter {
    /// Both buckets full.
    pub(crate) fn new(pacing: Pacing, now: Timestamp) -> Self {
        Self { minute: Bucket::full(pacing.per_minute, MINUTE_MS, now), day: Bucket::full(pacing.per_day, DAY_MS, now) }
    }

    /// Takes one message's worth, or says how long to wait until that is possible.
    pub(crate) fn try_take(&mut self, now: Timestamp) -> Result<(), Duration> {
        let wait = self.minute.wait(now).max(self.day.wait(now));
        if !wait.is_zero() {
            return Err(wait);
        }
        self.minute.take();
        self.day.take();
        Ok(())
    }

    /// Puts back what a message took that surely has not left.
    pub(crate) fn give_back(&mut self) {
        self.minute.give_back();
        self.day.give_back();
    }
}

/// Counts in parts of a token: one token is `period_ms` parts, and `limit` parts flow in each millisecond. So nothing is rounded.
#[derive(Debug, Clone)]
struct Bucket {
    parts: u64,
    limit: u64,
    period_ms: u64,
    seen: Timestamp,
}

impl Bucket {
    fn full(limit: u32, period_ms: u64, now: Timestamp) -> Self {
        let limit = u64::from(limit);
        Self { parts: limit * period_ms, limit, period_ms, seen: now }
    }

    /// Lets in what has flowed since the last look, then says how long until one token is there.
    fn wait(&mut self, now: Timestamp) -> Duration {
        let passed = u64::try_from(now.saturating_since(self.seen).as_millis()).unwrap_or(u64::MAX);
        self.seen = now;
        self.fill(passed.saturating_mul(self.limit));
        let missing = self.period_ms.saturating_sub(self.parts);
        Duration::from_millis(missing.div_ceil(self.limit.max(1)))
    }

    fn take(&mut self) {
        self.parts = self.parts.saturating_sub(self.period_ms);
    }

    fn give_back(&mut self) {
        self.fill(self.period_ms);
    }

    fn fill(&mut self, parts: u64) {
        self.parts = self.parts.saturating_add(parts).min(self.limit * self.period_ms);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(ms: u64) -> Timestamp {
        Timestamp::UNIX_EPOCH + Duration::from_millis(ms)
    }

    #[test]
    fn a_minutes_worth_at_once_then_one_every_three_seconds() {
        let mut limiter = Limiter::new(Pacing::new(20, 1000), at(0));
        for _ in 0..20 {
            assert_eq!(limiter.try_take(at(0)), Ok(()));
        }
        assert_eq!(limiter.try_take(at(0)), Err(Duration::from_secs(3)));
        assert_eq!(limiter.try_take(at(2_999)), Err(Duration::from_millis(1)));
        assert_eq!(limiter.try_take(at(3_000)), Ok(()));
        assert_eq!(limiter.try_take(at(3_000)), Err(Duration::from_secs(3)));
    }

    #[test]
    fn the_day_limits_as_well() {
        let mut limiter = Limiter::new(Pacing::new(20, 30), at(0));
        let mut now = 0;
        for _ in 0..30 {
            while let Err(wait) = limiter.try_take(at(now)) {
                now += u64::try_from(wait.as_millis()).unwrap();
            }
        }
        assert_eq!(now, 30_000);
        // A thirtieth of a day is 48 minutes, of which half a minute has passed.
        assert_eq!(limiter.try_take(at(now)), Err(Duration::from_millis(DAY_MS / 30 - 30_000)));
    }

    #[test]
    fn what_was_given_back_can_be_taken_again() {
        let mut limiter = Limiter::new(Pacing::new(1, 1), at(0));
        assert_eq!(limiter.try_take(at(0)), Ok(()));
        assert!(limiter.try_take(at(0)).is_err());
        limiter.give_back();
        assert_eq!(limiter.try_take(at(0)), Ok(()));
        limiter.give_back();
        limiter.give_back();
        assert_eq!(limiter.try_take(at(0)), Ok(()));
        assert!(limiter.try_take(at(0)).is_err(), "a bucket holds no more than its limit");
    }

    #[test]
    fn a_clock_set_back_does_not_stop_the_flow() {
        let mut limiter = Limiter::new(Pacing::new(1, 1000), at(DAY_MS));
        assert_eq!(limiter.try_take(at(DAY_MS)), Ok(()));
        assert_eq!(limiter.try_take(at(0)), Err(Duration::from_secs(60)));
        assert_eq!(limiter.try_take(at(60_000)), Ok(()));
    }

    proptest! {
        #[test]
        fn never_more_than_the_bucket_and_what_flowed_in(
            per_minute in 1_u32..50, per_day in 1_u32..200, steps in prop::collection::vec(0_u64..20_000, 1..200),
        ) {
            let mut limiter = Limiter::new(Pacing::new(per_minute, per_day), at(0));
            let (mut now, mut taken) = (0, 0);
            for step in steps {
                now += step;
                taken += u64::from(limiter.try_take(at(now)).is_ok());
                prop_assert!(taken <= u64::from(per_minute) + now * u64::from(per_minute) / MINUTE_MS);
                prop_assert!(taken <= u64::from(per_day) + now * u64::from(per_day) / DAY_MS);
            }
        }

        #[test]
        fn whoever_waits_as_told_is_let_through(per_minute in 1_u32..5000, per_day in 1_u32..5000, count in 1_u32..60) {
            let mut limiter = Limiter::new(Pacing::new(per_minute, per_day), at(0));
            let mut now = at(0);
            for _ in 0..count {
                if let Err(wait) = limiter.try_take(now) {
                    now = now + wait;
                    prop_assert_eq!(limiter.try_take(now), Ok(()));
                }
            }
        }
    }
}
