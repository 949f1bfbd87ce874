//! A subscription, from which Python pulls.

use std::sync::Arc;

use pyo3::prelude::*;
use wa_client::EventStream;

use crate::error::guard;
use crate::pending::Pending;
use crate::runtime::Link;

/// The events of a client from one moment on, as JSON. Waiting takes nothing, taking does not wait.
#[pyclass(frozen, module = "wa_client._native")]
pub(crate) struct Stream {
    source: Source,
    link: Arc<Link>,
}

enum Source {
    Open(Arc<EventStream>),
    /// Of no process that lives: see `Drop`.
    Gone,
    /// For tests of the border: panics when it is used.
    Broken,
}

impl Stream {
    pub(crate) fn new(stream: EventStream, link: &Arc<Link>) -> Self {
        Self { source: Source::Open(Arc::new(stream)), link: Arc::clone(link) }
    }

    pub(crate) fn broken(link: &Arc<Link>) -> Self {
        Self { source: Source::Broken, link: Arc::clone(link) }
    }

    fn stream(&self) -> Option<&Arc<EventStream>> {
        match &self.source {
            Source::Open(stream) => Some(stream),
            Source::Gone => None,
            Source::Broken => panic!("asked for by a test"),
        }
    }
}

#[pymethods]
impl Stream {
    /// Takes what is there, at most `most` events.
    fn take(&self, py: Python<'_>, most: usize) -> PyResult<Vec<String>> {
        guard(py, "take_events", || {
            self.link.check("take_events")?;
            let next = || self.stream().and_then(|stream| stream.try_next());
            std::iter::from_fn(next).take(most).map(|envelope| envelope.to_json()).collect()
        })
    }

    /// Waits until there is something to take (`true`) or the stream is at its end (`false`).
    fn ready(&self, py: Python<'_>) -> PyResult<Pending> {
        guard(py, "wait_for_events", || {
            self.link.check("wait_for_events")?;
            let stream = self.stream().cloned();
            Ok(Pending::start(&self.link, "wait_for_events", async move {
                Ok(match stream {
                    Some(stream) => stream.ready().await,
                    None => false,
                })
            }))
        })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if !self.link.is_ours() {
            std::mem::forget(std::mem::replace(&mut self.source, Source::Gone));
        }
    }
}
