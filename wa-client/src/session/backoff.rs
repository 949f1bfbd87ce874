//! How long to wait before the next attempt.

use std::time::Duration;

use crate::config::ReconnectPolicy;

/// The wait before quick attempt number `attempt` (from 1): between zero and the longest wait of that attempt, which grows by
/// `factor` up to `cap`. Drawing from the whole range ("full jitter") keeps a fleet from returning in step.
///
/// `random` is in `0.0..1.0`.
pub(crate) fn delay(policy: &ReconnectPolicy, attempt: u32, random: f64) -> Duration {
    longest(policy, attempt).mul_f64(random.clamp(0.0, 1.0))
}

fn longest(policy: &ReconnectPolicy, attempt: u32) -> Duration {
    let growth = policy.factor.powi(i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX));
    // Compared as numbers: far out, the product is beyond what a Duration holds.
    let seconds = policy.base.as_secs_f64() * growth;
    if seconds < policy.cap.as_secs_f64() { Duration::from_secs_f64(seconds) } else { policy.cap }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_longest_wait_doubles_up_to_the_cap() {
        let policy = ReconnectPolicy::default();
        let seconds: Vec<u64> = (1..=9).map(|attempt| longest(&policy, attempt).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn the_whole_range_is_used() {
        let policy = ReconnectPolicy::default();
        assert_eq!(delay(&policy, 4, 0.0), Duration::ZERO);
        assert_eq!(delay(&policy, 4, 0.5), Duration::from_secs(4));
        assert_eq!(delay(&policy, 4, 1.0), Duration::from_secs(8));
    }

    proptest! {
        #[test]
        fn no_attempt_waits_longer_than_the_cap(attempt in any::<u32>(), random in 0.0..1.0, factor in 1.0..100.0) {
            let policy = ReconnectPolicy { factor, ..ReconnectPolicy::default() };
            prop_assert!(delay(&policy, attempt, random) <= policy.cap);
            prop_assert!(longest(&policy, attempt) <= longest(&policy, attempt.saturating_add(1)));
        }
    }
}
