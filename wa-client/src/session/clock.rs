//! The only clock of the session.

use tokio::time::Instant;

use crate::model::Timestamp;

/// Wall time for what people see, and a steady time for deadlines, which no change of the wall clock disturbs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    started: Instant,
    wall: Timestamp,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { started: Instant::now(), wall: wall() }
    }

    /// Time that only moves on, about equal to the wall's at the start.
    pub(crate) fn steady(&self) -> Timestamp {
        self.wall + self.started.elapsed()
    }

    /// This moment.
    pub(crate) fn now(&self) -> Now {
        Now { steady: self.steady(), wall: wall() }
    }

    /// When the steady time will be `at`.
    pub(crate) fn instant(&self, at: Timestamp) -> Instant {
        self.started + at.saturating_since(self.wall)
    }
}

/// One moment by both clocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    /// For deadlines.
    pub(crate) steady: Timestamp,
    /// What this machine takes for the true time.
    pub(crate) wall: Timestamp,
}

/// The time of the wall clock.
pub(crate) fn wall() -> Timestamp {
    std::time::SystemTime::now().into()
}
