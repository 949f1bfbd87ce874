//! The server's log, on which tests wait.

use std::collections::VecDeque;

use serde_json::{Value, json};

/// The contract asks for 10,000 at least.
const KEPT: usize = 50_000;

#[derive(Default)]
pub(super) struct EventLog {
    events: VecDeque<Value>,
    seq: u64,
}

/// What a reader of the log asks for.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) since: u64,
    pub(crate) kinds: Option<Vec<String>>,
    pub(crate) limit: Option<usize>,
}

impl EventLog {
    pub(super) fn seq(&self) -> u64 {
        self.seq
    }

    /// Appends an event; `fields` is an object.
    pub(super) fn push(&mut self, at_ms: u64, kind: &str, fields: Value) -> u64 {
        self.seq += 1;
        let mut event = json!({"seq": self.seq, "at_ms": at_ms, "kind": kind});
        if let (Value::Object(event), Value::Object(fields)) = (&mut event, fields) {
            event.extend(fields);
        }
        self.events.push_back(event);
        if self.events.len() > KEPT {
            self.events.pop_front();
        }
        self.seq
    }

    pub(super) fn read(&self, filter: &Filter) -> Vec<Value> {
        let kept_from = self.seq - self.events.len() as u64;
        let skip = filter.since.saturating_sub(kept_from);
        let wanted = |e: &&Value| {
            let kind = e["kind"].as_str().unwrap_or_default();
            filter.kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|k| k == kind))
        };
        self.events
            .iter()
            .skip(usize::try_from(skip).unwrap_or(usize::MAX))
            .filter(wanted)
            .take(filter.limit.unwrap_or(usize::MAX))
            .cloned()
            .collect()
    }
}
