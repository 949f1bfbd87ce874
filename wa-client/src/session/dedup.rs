//! Which messages have been reported, so that each is reported once.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{MessageKey, Timestamp};

/// The keys of the newest messages, and the time up to which none is missing (the watermark), from which catching up starts.
///
/// The watermark follows the newest message only while there is no gap: a message that arrives live says nothing about
/// those that came before it and were not seen.
///
/// Serialisable, so that a restart neither repeats nor skips messages.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub(crate) struct Seen {
    capacity: usize,
    keys: HashSet<Arc<str>>,
    order: VecDeque<Arc<str>>,
    watermark: Option<Timestamp>,
    /// The watermark is by this machine's clock, which may be ahead of the one that messages have their times from.
    assumed: bool,
    /// The newest message, seen on the far side of a gap or not.
    newest: Option<Timestamp>,
    /// Messages may have come since the watermark that nobody saw.
    gap: bool,
}

impl Seen {
    /// Remembers up to `capacity` keys, at least one.
    pub(crate) fn new(capacity: usize) -> Self {
        let capacity = capacity.max(1);
        Self {
            capacity,
            keys: HashSet::new(),
            order: VecDeque::new(),
            watermark: None,
            assumed: false,
            newest: None,
            gap: true,
        }
    }

    /// Remembers no more than `capacity` keys from now on, whatever was stored.
    pub(crate) fn limit(&mut self, capacity: usize) {
        self.capacity = self.capacity.min(capacity);
        self.forget_oldest();
    }

    /// Notes a message; `false` when it was noted before.
    pub(crate) fn insert(&mut self, key: &MessageKey) -> bool {
        if self.keys.contains(key.as_str()) {
            return false;
        }
        self.remember(key.as_str().into());
        true
    }

    /// A message of the time `at` has come, at `now`. Whoever sends a message dates it; one that lies ahead must not hide
    /// those that come until then.
    pub(crate) fn reached(&mut self, at: Timestamp, now: Timestamp) {
        self.newest = self.newest.max(Some(at.min(now)));
        if !self.gap {
            self.advance();
        }
    }

    fn advance(&mut self) {
        if self.assumed && self.newest.is_some() {
            self.watermark = self.newest;
            self.assumed = false;
        }
        self.watermark = self.watermark.max(self.newest);
    }

    /// From now on messages can come that nobody sees.
    pub(crate) fn open_gap(&mut self) {
        self.gap = true;
    }

    /// Everything that came has been looked through.
    pub(crate) fn close_gap(&mut self) {
        self.gap = false;
        self.advance();
    }

    /// Whether a message was noted.
    pub(crate) fn contains(&self, key: &MessageKey) -> bool {
        self.keys.contains(key.as_str())
    }

    /// Moves the watermark to `at`, by this machine's clock, where it was behind, for an account that starts without any
    /// history to catch up with. The first message tells the true time.
    pub(crate) fn start_at(&mut self, at: Timestamp) {
        if self.watermark < Some(at) {
            self.watermark = Some(at);
            self.assumed = true;
        }
    }

    /// From when on to look for messages that were not reported: `overlap` before the watermark, because messages do not
    /// arrive in the order of their times. `None` when nothing was ever noted.
    pub(crate) fn catch_up_from(&self, overlap: Duration) -> Option<Timestamp> {
        self.watermark.map(|watermark| watermark - overlap)
    }

    fn remember(&mut self, key: Arc<str>) {
        if self.keys.insert(key.clone()) {
            self.order.push_back(key);
        }
        self.forget_oldest();
    }

    fn forget_oldest(&mut self) {
        while self.order.len() > self.capacity {
            if let Some(oldest) = self.order.pop_front() {
                self.keys.remove(&oldest);
            }
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    capacity: usize,
    watermark: Option<Timestamp>,
    #[serde(default)]
    assumed: bool,
    /// Oldest first.
    keys: Vec<String>,
}

impl From<Stored> for Seen {
    fn from(stored: Stored) -> Self {
        let mut seen = Self::new(stored.capacity);
        seen.watermark = stored.watermark;
        seen.assumed = stored.assumed;
        stored.keys.into_iter().for_each(|key| seen.remember(key.into()));
        seen
    }
}

impl From<Seen> for Stored {
    fn from(seen: Seen) -> Self {
        let keys = seen.order.iter().map(ToString::to_string).collect();
        Self { capacity: seen.capacity, watermark: seen.watermark, assumed: seen.assumed, keys }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(n: u32) -> MessageKey {
        format!("false_5511988887777@c.us_{n:X}").parse().unwrap()
    }

    fn at(s: i64) -> Timestamp {
        Timestamp::from_unix_s(s)
    }

    #[test]
    fn a_message_is_new_once() {
        let mut seen = Seen::new(10);
        assert!(seen.insert(&key(1)));
        assert!(!seen.insert(&key(1)));
        assert!(seen.contains(&key(1)));
    }

    #[test]
    fn catching_up_starts_before_the_watermark() {
        let mut seen = Seen::new(10);
        seen.close_gap();
        seen.reached(at(100), at(10_000));
        assert_eq!(seen.catch_up_from(Duration::from_secs(30)), Some(at(70)));
    }

    #[test]
    fn the_watermark_never_falls() {
        let mut seen = Seen::new(10);
        assert_eq!(seen.catch_up_from(Duration::ZERO), None);
        seen.start_at(at(50));
        seen.close_gap();
        seen.reached(at(100), at(10_000));
        seen.reached(at(90), at(10_000));
        seen.start_at(at(80));
        assert_eq!(seen.catch_up_from(Duration::ZERO), Some(at(100)));
    }

    #[test]
    fn what_comes_behind_a_gap_does_not_hide_the_gap() {
        let mut seen = Seen::new(10);
        seen.start_at(at(50));
        seen.close_gap();
        seen.reached(at(60), at(10_000));
        seen.open_gap();
        seen.reached(at(9000), at(10_000));
        assert_eq!(seen.catch_up_from(Duration::ZERO), Some(at(60)));
        let stored = serde_json::to_string(&seen).unwrap();
        let mut back: Seen = serde_json::from_str(&stored).unwrap();
        back.reached(at(9500), at(10_000));
        assert_eq!(back.catch_up_from(Duration::ZERO), Some(at(60)), "a restart is a gap too");
        back.close_gap();
        assert_eq!(back.catch_up_from(Duration::ZERO), Some(at(9500)));
    }

    #[test]
    fn the_oldest_is_forgotten_first() {
        let mut seen = Seen::new(2);
        (1..=3).for_each(|n| assert!(seen.insert(&key(n))));
        assert!(!seen.contains(&key(1)));
        assert!(seen.contains(&key(2)) && seen.contains(&key(3)));
    }

    #[test]
    fn a_file_does_not_say_how_much_is_remembered() {
        let stored = r#"{"capacity":18446744073709551615,"watermark":null,"keys":["a","b","c"]}"#;
        let mut seen: Seen = serde_json::from_str(stored).unwrap();
        seen.limit(2);
        assert_eq!((seen.order.len(), seen.keys.len()), (2, 2));
        (1..=10).for_each(|n| assert!(seen.insert(&key(n))));
        assert_eq!(seen.order.len(), 2);
    }

    #[test]
    fn a_clock_that_is_ahead_hides_nothing() {
        let mut seen = Seen::new(10);
        seen.start_at(at(9000));
        seen.close_gap();
        seen.reached(at(100), at(10_000));
        assert_eq!(seen.catch_up_from(Duration::ZERO), Some(at(100)), "messages have the server's time");
        let mut seen = Seen::new(10);
        seen.start_at(at(9000));
        let stored = serde_json::to_string(&seen).unwrap();
        let mut back: Seen = serde_json::from_str(&stored).unwrap();
        back.reached(at(100), at(10_000));
        assert_eq!(back.catch_up_from(Duration::ZERO), Some(at(9000)), "the gap is still open");
        back.close_gap();
        assert_eq!(back.catch_up_from(Duration::ZERO), Some(at(100)));
        back.reached(at(90), at(10_000));
        assert_eq!(back.catch_up_from(Duration::ZERO), Some(at(100)), "it falls once");
    }

    #[test]
    fn a_message_from_the_future_does_not_hide_what_comes_until_then() {
        let mut seen = Seen::new(10);
        seen.close_gap();
        seen.reached(at(100), at(101));
        seen.reached(at(4_000_000_000), at(102));
        assert_eq!(seen.catch_up_from(Duration::ZERO), Some(at(102)));
        seen.open_gap();
        seen.reached(at(4_000_000_000), at(300));
        seen.close_gap();
        assert_eq!(seen.catch_up_from(Duration::ZERO), Some(at(300)));
    }

    proptest! {
        #[test]
        fn storing_changes_nothing(capacity in 1_usize..20, inserts in prop::collection::vec((0_u32..30, 0_i64..1000), 0..60)) {
            let mut seen = Seen::new(capacity);
            for (n, t) in inserts {
                seen.insert(&key(n));
                seen.reached(at(t), at(10_000));
                prop_assert_eq!(seen.keys.len(), seen.order.len());
                prop_assert!(seen.order.len() <= capacity);
            }
            let stored = serde_json::to_string(&seen).unwrap();
            let back: Seen = serde_json::from_str(&stored).unwrap();
            prop_assert_eq!(&back.order, &seen.order);
            prop_assert_eq!(&back.keys, &seen.keys);
            prop_assert_eq!(back.watermark, seen.watermark);
        }
    }
}
