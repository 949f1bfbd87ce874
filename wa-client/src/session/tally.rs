//! Telling of what can happen any number of times without filling the log.

use crate::model::Timestamp;

/// Told each time up to here, then at each power of two.
const ALWAYS: u64 = 8;

/// Counts one kind of thing.
#[derive(Debug, Default)]
pub(crate) struct Tally(u64);

impl Tally {
    /// Counts one more; the number when it is to be told.
    pub(crate) fn told(&mut self) -> Option<u64> {
        self.0 = self.0.saturating_add(1);
        is_told(self.0).then_some(self.0)
    }
}

/// Whether the event of this number is told.
pub(crate) const fn is_told(number: u64) -> bool {
    number <= ALWAYS || number.is_power_of_two()
}

/// Lines that may be written at once.
const LINES: u64 = 100;
/// One more may be written after so long.
const LINE_MS: u64 = 1_000;

/// Lines about what matters each time it happens, but must not fill the log when it happens all the time.
#[derive(Debug)]
pub(crate) struct Lines {
    /// In milliseconds that have passed, so that nothing is rounded.
    left: u64,
    seen: Timestamp,
    left_out: u64,
}

impl Lines {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self { left: LINES * LINE_MS, seen: now, left_out: 0 }
    }

    /// How many lines were left out before this one, when it may be written.
    pub(crate) fn next(&mut self, now: Timestamp) -> Option<u64> {
        let passed = u64::try_from(now.saturating_since(self.seen).as_millis()).unwrap_or(u64::MAX);
        self.seen = now;
        self.left = self.left.saturating_add(passed).min(LINES * LINE_MS);
        if self.left < LINE_MS {
            self.left_out += 1;
            return None;
        }
        self.left -= LINE_MS;
        Some(std::mem::take(&mut self.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_each_second_and_a_hundred_at_once() {
        let at = |s| Timestamp::from_unix_s(s);
        let mut lines = Lines::new(at(0));
        assert_eq!((0..10_000).filter_map(|_| lines.next(at(0))).count(), 100);
        assert_eq!(lines.next(at(1)), Some(9_900));
        assert_eq!(lines.next(at(1)), None);
        assert_eq!(lines.next(at(2)), Some(1));
        assert!((0..1_000).all(|second| lines.next(at(3 + second)) == Some(0)), "none is left out of a quiet session");
    }

    #[test]
    fn the_first_eight_then_powers_of_two() {
        let mut tally = Tally::default();
        let told: Vec<u64> = (0..100_000).filter_map(|_| tally.told()).collect();
        assert_eq!(told[..10], [1, 2, 3, 4, 5, 6, 7, 8, 16, 32]);
        assert_eq!(told.len(), 21, "a hundred thousand times make a page of lines");
    }
}
