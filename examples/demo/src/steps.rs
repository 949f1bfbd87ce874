//! What is printed.

use std::time::Instant;

/// Prints each step with the time it took.
pub(crate) struct Steps {
    started: Instant,
    last: Instant,
}

impl Steps {
    pub(crate) fn start() -> Self {
        let now = Instant::now();
        Self { started: now, last: now }
    }

    /// Ends a step.
    pub(crate) fn done(&mut self, what: &str) {
        println!("  ok  {what:48} {:>6.2} s", self.last.elapsed().as_secs_f64());
        self.last = Instant::now();
    }

    pub(crate) fn close(&self) {
        println!("\nAll steps done in {:.1} s.\n", self.started.elapsed().as_secs_f64());
    }
}
