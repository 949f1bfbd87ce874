//! What is printed, and waiting for what happens.

use std::time::{Duration, Instant};

use wa_client::{Event, EventStream};

use crate::Result;

/// No step of the demonstration takes this long on any machine; a browser's first start takes longest.
const PATIENCE: Duration = Duration::from_secs(60);

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

/// Waits for the event that `wanted` picks. Fails when the session ends instead, or nothing comes.
pub(crate) async fn wait<T>(events: &EventStream, what: &str, wanted: impl Fn(&Event) -> Option<T>) -> Result<T> {
    let picked = async {
        loop {
            let envelope = events.next().await.ok_or_else(|| format!("the session ended before {what}"))?;
            if let Some(value) = wanted(&envelope.event) {
                return Ok(value);
            }
            if let Event::AuthFailure(_) | Event::Disconnected(_) = &envelope.event {
                return Err(format!("instead of {what}: {:?}", envelope.event).into());
            }
        }
    };
    tokio::time::timeout(PATIENCE, picked).await.map_err(|_| format!("{what} did not come"))?
}
