//! What the core tells about itself, on its way to Python's `logging`. Off until it is asked for.
//!
//! Records wait in a bounded queue until a thread of Python takes them: threads of the core never wait for the interpreter.

use std::collections::VecDeque;
use std::fmt::{Debug, Write as _};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, OnceLock};

use pyo3::prelude::*;
use tokio::sync::Notify;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

use crate::error::guard;
use crate::pending::Pending;
use crate::runtime::{Link, lock};

/// How many records may wait; the oldest give way, and are counted.
const CAPACITY: usize = 1000;

static LOG: OnceLock<Log> = OnceLock::new();

struct Log {
    pid: u32,
    /// The least of Python's levels that is wanted.
    level: AtomicU8,
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

/// Level, name of the logger, text.
type Record = (u8, String, String);

#[derive(Default)]
struct Waiting {
    records: VecDeque<Record>,
    lost: u64,
}

/// As numbers of Python's `logging`.
fn number(level: Level) -> u8 {
    match level {
        Level::ERROR => 40,
        Level::WARN => 30,
        Level::INFO => 20,
        Level::DEBUG => 10,
        Level::TRACE => 5,
    }
}

struct Bridge(&'static Log);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Bridge {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        let ours = metadata.target().split("::").next() == Some("wa_client");
        ours && (metadata.is_span() || number(*metadata.level()) >= self.0.level.load(Ordering::Relaxed))
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut text = Text::default();
        attributes.record(&mut text);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(text);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        // After a fork, whoever held the lock may not exist here.
        if self.0.pid != std::process::id() {
            return;
        }
        let mut text = Text::default();
        event.record(&mut text);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(fields) = span.extensions().get::<Text>() {
                text.0.push_str(&fields.0);
            }
        }
        let metadata = event.metadata();
        let record = (number(*metadata.level()), metadata.target().replace("::", "."), text.0.trim_start().to_owned());
        let mut waiting = lock(&self.0.waiting);
        if waiting.records.len() == CAPACITY {
            waiting.records.pop_front();
            waiting.lost += 1;
        }
        waiting.records.push_back(record);
        drop(waiting);
        self.0.arrived.notify_one();
    }
}

/// The fields of a record or span: its message, then ` name=value`.
#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a String cannot fail.
        let _ = match field.name() {
            "message" => write!(self.0, " {value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}

/// Collects records from a level of Python's `logging` on. `False` when this process has another collector.
#[pyfunction]
pub(crate) fn log_from(py: Python<'_>, level: u8) -> PyResult<bool> {
    guard(py, "log_from", || {
        let mut first = false;
        let log = LOG.get_or_init(|| {
            first = true;
            Log {
                pid: std::process::id(),
                level: AtomicU8::new(level),
                waiting: Mutex::default(),
                arrived: Notify::new(),
            }
        });
        if log.level.swap(level, Ordering::Relaxed) != level {
            // Every place that logs remembers whether it is wanted.
            tracing::callsite::rebuild_interest_cache();
        }
        let installed = !first || {
            let collector = tracing_subscriber::registry().with(Bridge(log));
            tracing::subscriber::set_global_default(collector).is_ok()
        };
        Ok(installed && log.pid == std::process::id())
    })
}

/// Waits until there may be records to take.
#[pyfunction]
pub(crate) fn log_ready(py: Python<'_>) -> PyResult<Pending> {
    guard(py, "log_ready", || {
        let link = Link::current()?;
        Ok(Pending::start(&link, "log_ready", async {
            match LOG.get() {
                Some(log) => log.arrived.notified().await,
                None => std::future::pending().await,
            }
            Ok(())
        }))
    })
}

/// Takes the records, as level, name of the logger and text, and how many were lost.
#[pyfunction]
pub(crate) fn log_take(py: Python<'_>) -> PyResult<(Vec<Record>, u64)> {
    guard(py, "log_take", || {
        let Some(log) = LOG.get().filter(|log| log.pid == std::process::id()) else { return Ok((Vec::new(), 0)) };
        let waiting = std::mem::take(&mut *lock(&log.waiting));
        Ok((waiting.records.into(), waiting.lost))
    })
}
