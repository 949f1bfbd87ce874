//! When a browser that has run for long is replaced by a fresh one: only while nobody would notice.

use std::time::Duration;

use super::state::{Stage, Step};
use crate::model::Timestamp;

/// Nothing may have been sent or received for so long.
const QUIET: Duration = Duration::from_secs(30);

/// How long the browser has run, and how long nothing has happened in it.
#[derive(Debug)]
pub(crate) struct Recycle {
    after: Option<Duration>,
    /// When the browser was started.
    since: Option<Timestamp>,
    last_traffic: Timestamp,
}

impl Recycle {
    /// `after`: how long a browser may run; `None` leaves it alone.
    pub(crate) fn new(after: Option<Duration>, now: Timestamp) -> Self {
        Self { after, since: None, last_traffic: now }
    }

    /// A browser has started.
    pub(crate) fn started(&mut self, now: Timestamp) {
        (self.since, self.last_traffic) = (Some(now), now);
    }

    /// The browser is gone, or about to go.
    pub(crate) fn ended(&mut self) {
        self.since = None;
    }

    /// Something was sent or received.
    pub(crate) fn traffic(&mut self, now: Timestamp) {
        self.last_traffic = now;
    }

    /// From when on the browser is replaced, unless something happens until then.
    pub(crate) fn due_at(&self) -> Option<Timestamp> {
        let (after, since) = (self.after?, self.since?);
        Some((since + after).max(self.last_traffic + QUIET.min(after)))
    }

    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.due_at().is_some_and(|at| at <= now)
    }
}

impl Step<'_> {
    /// A fresh browser for a session that is ready. Calls wait meanwhile; whatever arrives is found afterwards.
    pub(super) fn recycle(&mut self) {
        if self.s.stage != Stage::Ready || self.s.logging_out || self.s.page_logout.is_some() {
            return;
        }
        self.leave_document();
        self.close_browser();
        self.launch();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn at(s: u64) -> Timestamp {
        Timestamp::UNIX_EPOCH + Duration::from_secs(s)
    }

    #[test]
    fn a_browser_is_replaced_when_it_is_old_and_nothing_happens() {
        let mut recycle = Recycle::new(Some(HOUR), at(0));
        assert_eq!(recycle.due_at(), None, "there is no browser");
        recycle.started(at(100));
        assert_eq!(recycle.due_at(), Some(at(3700)));
        recycle.traffic(at(3690));
        assert!(!recycle.is_due(at(3719)) && recycle.is_due(at(3720)), "quiet for half a minute");
        recycle.ended();
        assert!(!recycle.is_due(at(10_000)));
        recycle.started(at(10_000));
        assert_eq!(recycle.due_at(), Some(at(13_600)));
    }

    #[test]
    fn nothing_is_replaced_unless_asked_for() {
        let mut recycle = Recycle::new(None, at(0));
        recycle.started(at(0));
        assert_eq!(recycle.due_at(), None);
    }

    #[test]
    fn a_short_life_needs_a_short_quiet() {
        let mut recycle = Recycle::new(Some(Duration::from_secs(2)), at(0));
        recycle.started(at(0));
        recycle.traffic(at(5));
        assert_eq!(recycle.due_at(), Some(at(7)));
    }
}
