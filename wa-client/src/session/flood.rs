//! How much a page may say. Pure.
//!
//! Generous enough for any page that does its work: a queue of thousands of messages that arrive within a second. A page
//! that says more is broken or hostile, and would have the library work for it alone.

use std::time::Duration;

use crate::model::Timestamp;
use crate::page::protocol::BridgeEvent;

/// What a page may say at once, and what comes back each second.
struct Allowance {
    burst: u64,
    per_second: u64,
}

/// Events of all kinds.
const EVENTS: Allowance = Allowance { burst: 60_000, per_second: 10_000 };
/// For so many events counts a batch that makes no sense.
const NONSENSE: u64 = 10;
/// Events about the session itself: its state, codes, its progress. Each is weighed by the state machine and logged.
const SIGNALS: Allowance = Allowance { burst: 1_000, per_second: 20 };
/// Kibibytes of all of them.
const SIZE: Allowance = Allowance { burst: 512 << 10, per_second: 8 << 10 };

/// What is left of an allowance, in thousandths, so that nothing is rounded.
#[derive(Debug)]
struct Bucket {
    left: u64,
    burst: u64,
    per_second: u64,
}

impl Bucket {
    fn full(Allowance { burst, per_second }: Allowance) -> Self {
        Self { left: burst * 1000, burst: burst * 1000, per_second }
    }

    fn fill(&mut self, ms: u64) {
        self.left = self.left.saturating_add(ms.saturating_mul(self.per_second)).min(self.burst);
    }

    /// Whether there was enough. If not, all that there was is gone.
    fn take(&mut self, amount: u64) -> bool {
        let wanted = amount.saturating_mul(1000);
        let enough = wanted <= self.left;
        self.left = self.left.saturating_sub(wanted);
        enough
    }
}

/// What the present page may still say.
#[derive(Debug)]
pub(super) struct Flood {
    events: Bucket,
    signals: Bucket,
    size: Bucket,
    seen: Timestamp,
}

impl Flood {
    /// All that a page may say at once. It tells its state each time it is asked for it, which is once each `check_interval`.
    pub(super) fn new(check_interval: Duration, now: Timestamp) -> Self {
        let asked = 1000 / u64::try_from(check_interval.as_millis()).unwrap_or(u64::MAX).max(1);
        let signals = Allowance { per_second: SIGNALS.per_second + asked, ..SIGNALS };
        Self { events: Bucket::full(EVENTS), signals: Bucket::full(signals), size: Bucket::full(SIZE), seen: now }
    }

    /// An event, or `None` for something that makes no sense. `bytes`: what it weighs. Whether that is still bearable.
    pub(super) fn bears(&mut self, event: Option<&BridgeEvent>, bytes: usize, now: Timestamp) -> bool {
        let passed = u64::try_from(now.saturating_since(self.seen).as_millis()).unwrap_or(u64::MAX);
        self.seen = now;
        for bucket in [&mut self.events, &mut self.signals, &mut self.size] {
            bucket.fill(passed);
        }
        let kib = u64::try_from(bytes.div_ceil(1024)).unwrap_or(u64::MAX);
        let signal = event.is_some_and(is_signal);
        self.events.take(if event.is_some() { 1 } else { NONSENSE })
            & self.size.take(kib)
            & (!signal || self.signals.take(1))
    }
}

fn is_signal(event: &BridgeEvent) -> bool {
    use BridgeEvent as E;
    match event {
        E::Hello(_)
        | E::Probe(_)
        | E::State(_)
        | E::Qr(_)
        | E::QrIdle
        | E::Pairing(_)
        | E::Progress(_)
        | E::Logout(_)
        | E::Banned(_)
        | E::Restricted(_) => true,
        E::Ack(_)
        | E::SendResult(_)
        | E::Removed(_)
        | E::Reaction(_)
        | E::Call(_)
        | E::Fault(_)
        | E::Message(_)
        | E::Resolved(_)
        | E::Edit(_)
        | E::Revoke(_)
        | E::Unknown { .. }
        | E::Invalid { .. }
        | E::Lost { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(ms)
    }

    fn borne(flood: &mut Flood, event: Option<&BridgeEvent>, bytes: usize, most: u64, now: i64) -> u64 {
        (0..most).take_while(|_| flood.bears(event, bytes, at(now))).count() as u64
    }

    #[test]
    fn five_thousand_messages_in_a_second_pass_again_and_again() {
        let mut flood = Flood::new(SECOND, at(0));
        // Two thousand messages a second with what goes with them, five thousand in the first; then a quiet minute.
        for minute in 0..10 {
            for second in 0..5 {
                let now = minute * 60_000 + second * 1_000;
                assert_eq!(borne(&mut flood, Some(&BridgeEvent::Lost { count: 1 }), 700, 12_000, now), 12_000);
            }
        }
    }

    #[test]
    fn more_than_a_page_can_have_to_say_is_a_flood() {
        let mut flood = Flood::new(SECOND, at(0));
        assert_eq!(borne(&mut flood, Some(&BridgeEvent::Lost { count: 1 }), 0, 1 << 20, 0), EVENTS.burst);
        assert_eq!(borne(&mut flood, None, 0, 1 << 20, 500), EVENTS.per_second / 2 / NONSENSE);
        let mut flood = Flood::new(SECOND, at(0));
        assert_eq!(borne(&mut flood, Some(&BridgeEvent::QrIdle), 0, 1 << 20, 0), SIGNALS.burst);
        let mut flood = Flood::new(SECOND, at(0));
        assert_eq!(borne(&mut flood, None, 1 << 20, 1 << 20, 0), SIZE.burst / 1024);
    }

    #[test]
    fn a_page_that_is_checked_as_often_as_can_be_set_is_none() {
        for interval in [1, 7, 50, 5_000] {
            let mut flood = Flood::new(Duration::from_millis(interval), at(0));
            for n in 0..100_000 {
                let now = at(n * i64::try_from(interval).unwrap());
                assert!(flood.bears(Some(&BridgeEvent::QrIdle), 300, now), "every {interval} ms, after {n}");
            }
        }
    }

    #[test]
    fn a_clock_that_is_set_back_gives_nothing() {
        let mut flood = Flood::new(SECOND, at(1_000_000));
        borne(&mut flood, None, 0, 1 << 20, 1_000_000);
        assert!(!flood.bears(None, 0, at(0)));
        assert!(!flood.bears(None, 0, at(0)));
        assert!(flood.bears(None, 0, at(1_000)));
    }
}
