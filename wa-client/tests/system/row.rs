//! One line of the table: what the application sees of a fault of the system.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use wa_client::{Config, Error, Event, Timestamp};

use crate::document::blessing;
use crate::support::Events;

/// Machines are busy, and this one runs tests.
const SLACK: Duration = Duration::from_secs(5);

/// A line of the table, before anything has been seen.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// How soon it is known at the latest, by the settings; `None` when there is nothing to see.
    pub(crate) within: Option<fn(&Config) -> Duration>,
}

/// What was seen. Times are those of the run that wrote the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    /// The statuses, each once, in order.
    pub(crate) statuses: Vec<String>,
    /// Reasons of `disconnected` and `reconnecting`, each once.
    pub(crate) reasons: Vec<String>,
    /// What became of the call that was under way, or of the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) call: Option<String>,
    pub(crate) noticed_ms: Option<u64>,
    /// By what it is over.
    pub(crate) over: String,
    /// From the end of the cause to a session that works.
    pub(crate) back_ms: Option<u64>,
    pub(crate) lost: String,
}

impl Row {
    pub(crate) fn path(name: &str) -> PathBuf {
        crate::tree::root().join("wa-client/tests/system/rows").join(format!("{name}.json"))
    }

    pub(crate) fn stored(name: &str) -> Option<Self> {
        let text = fs::read_to_string(Self::path(name)).ok()?;
        Some(serde_json::from_str(&text).expect("a row of the table"))
    }

    fn without_times(&self) -> Self {
        Self { noticed_ms: self.noticed_ms.map(|_| 0), back_ms: self.back_ms.map(|_| 0), ..self.clone() }
    }
}

/// A test on its way to a row.
pub(crate) struct Trial {
    fault: &'static Fault,
    within: Option<Duration>,
    struck: (Instant, Timestamp),
    healed: Instant,
    since: usize,
    row: Row,
}

impl Trial {
    /// The fault strikes now. Of the events, those count that come from here on.
    pub(crate) fn of(name: &str, config: &Config, events: Option<&mut Events>) -> Self {
        let fault = crate::FAULTS.iter().find(|fault| fault.name == name).expect("a row of the table");
        let now = Instant::now();
        let row = Row {
            statuses: Vec::new(),
            reasons: Vec::new(),
            call: None,
            noticed_ms: None,
            over: "–".to_owned(),
            back_ms: None,
            lost: "nothing".to_owned(),
        };
        let within = fault.within.map(|within| within(config));
        let mut trial = Self { fault, within, struck: (now, wall()), healed: now, since: 0, row };
        trial.since = events.map_or(0, |events| events.so_far().len());
        trial
    }

    /// It is known now, if it was not before.
    pub(crate) fn noticed(&mut self) {
        let took = self.struck.0.elapsed();
        self.row.noticed_ms.get_or_insert(ms(took));
    }

    /// A call was told of it.
    pub(crate) fn told(&mut self, error: &Error) {
        self.noticed();
        let doubt = if error.maybe_sent() == Some(true) { ", maybe sent" } else { "" };
        self.row.call = Some(format!("`{}`{doubt}", error.kind().code()));
    }

    pub(crate) fn call(&mut self, outcome: &str) {
        self.row.call = Some(outcome.to_owned());
    }

    /// What the events have told so far.
    pub(crate) fn look(&mut self, events: &mut Events) {
        let struck = self.struck.1;
        let seen = events.so_far();
        for envelope in &seen[self.since.min(seen.len())..] {
            let reason = match &envelope.event {
                Event::ChangeState(change) => {
                    if self.row.statuses.is_empty() {
                        self.row.statuses.push(change.previous.to_string());
                    }
                    let status = change.status.to_string();
                    let new = self.row.statuses.last() != Some(&status);
                    if new && !self.row.statuses.iter().skip(1).any(|known| *known == status) {
                        self.row.statuses.push(status);
                    }
                    continue;
                }
                Event::Disconnected(data) => data.reason.code(),
                Event::Reconnecting(data) => data.reason.code(),
                _ => continue,
            };
            self.row.noticed_ms.get_or_insert_with(|| ms(envelope.at.saturating_since(struck)));
            if !self.row.reasons.iter().any(|known| known == reason) {
                self.row.reasons.push(reason.to_owned());
            }
        }
        self.since = seen.len();
    }

    /// The cause is over.
    pub(crate) fn healed(&mut self) {
        self.healed = Instant::now();
    }

    /// The session works again, by `what`.
    pub(crate) fn over(&mut self, what: &str) {
        self.row.over = what.to_owned();
        self.row.back_ms = Some(ms(self.healed.elapsed()));
    }

    pub(crate) fn lost(&mut self, what: &str) {
        self.row.lost = what.to_owned();
    }

    /// Compares with what is stored, or stores.
    pub(crate) fn settle(self) {
        let noticed = self.row.noticed_ms.map(Duration::from_millis);
        match (noticed, self.within) {
            (Some(noticed), Some(within)) => {
                assert!(noticed <= within + SLACK, "known after {noticed:?}, promised within {within:?}");
            }
            (None, None) => {}
            other => panic!("seen and promised do not agree: {other:?} in {:?}", self.row),
        }
        let path = Row::path(self.fault.name);
        if blessing() {
            fs::create_dir_all(path.parent().expect("a directory")).expect("a directory for the rows");
            let text = serde_json::to_string(&self.row).expect("a row is JSON");
            return fs::write(path, text + "\n").expect("a file for the row");
        }
        let stored = Row::stored(self.fault.name).expect("the row is stored: WA_BLESS=1");
        assert_eq!(self.row.without_times(), stored.without_times(), "not what is documented");
    }
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

pub(crate) fn wall() -> Timestamp {
    SystemTime::now().into()
}
