//! A call that is under way.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};

use futures::FutureExt as _;
use pyo3::prelude::*;
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use wa_client::{Error, ErrorKind, Result};

use crate::error::{guard, panicked};
use crate::runtime::{Link, lock};

/// Where the answer of a call is put, and whom to tell.
#[derive(Default)]
pub(crate) struct Slot(Mutex<Contents>);

#[derive(Default)]
struct Contents {
    /// Stays set when the answer is taken: there is only one.
    answered: bool,
    answer: Option<Result<String>>,
    callback: Option<Py<PyAny>>,
}

impl Slot {
    /// Tells whoever asked to be told.
    pub(crate) fn tell(&self, py: Python<'_>) {
        let callback = lock(&self.0).callback.take();
        if let Some(callback) = callback
            && let Err(error) = callback.call0(py)
            && !error.is_instance_of::<pyo3::exceptions::PyRuntimeError>(py)
        {
            // A `RuntimeError` says that the event loop is closed: nobody waits any more.
            error.write_unraisable(py, None);
        }
    }
}

/// A call that is under way. Its answer is JSON. Dropping it gives the call up.
#[pyclass(frozen, module = "wa_client._native")]
pub(crate) struct Pending {
    slot: Arc<Slot>,
    /// Always there until it is dropped.
    given_up: Option<CancellationToken>,
    link: Arc<Link>,
}

/// Answers, whatever becomes of the task: a call has exactly one answer.
struct Answering {
    slot: Arc<Slot>,
    link: Arc<Link>,
    operation: &'static str,
}

impl Answering {
    fn answer(&self, answer: Result<String>) {
        {
            let mut contents = lock(&self.slot.0);
            if std::mem::replace(&mut contents.answered, true) {
                return;
            }
            contents.answer = Some(answer);
        }
        self.link.note(Arc::clone(&self.slot));
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.answer(Err(Error::new(ErrorKind::Stopped, self.operation, "the interpreter is ending")));
    }
}

impl Pending {
    /// Starts a call that is given up by dropping its future.
    pub(crate) fn start<T, F>(link: &Arc<Link>, operation: &'static str, call: F) -> Self
    where
        T: Serialize,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        Self::start_with(link, operation, move |given_up| async move {
            tokio::select! {
                biased;
                answer = call => answer,
                () = given_up.cancelled() => Err(Error::new(ErrorKind::Cancelled, operation, "the caller gave up")),
            }
        })
    }

    /// Starts a call that sees for itself to being given up.
    pub(crate) fn start_with<T, C, F>(link: &Arc<Link>, operation: &'static str, call: C) -> Self
    where
        T: Serialize,
        C: FnOnce(CancellationToken) -> F,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let (slot, given_up) = (Arc::new(Slot::default()), CancellationToken::new());
        let answering = Answering { slot: Arc::clone(&slot), link: Arc::clone(link), operation };
        let call = call(given_up.clone());
        link.runtime.spawn(async move {
            let written = async { to_json(operation, &call.await?) };
            let answer = AssertUnwindSafe(written).catch_unwind().await;
            answering.answer(answer.unwrap_or_else(|_| Err(panicked(operation))));
        });
        Self { slot, given_up: Some(given_up), link: Arc::clone(link) }
    }
}

pub(crate) fn to_json<T: Serialize>(operation: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| Error::new(ErrorKind::Internal, operation, "the answer cannot be written").with_source(error))
}

#[pymethods]
impl Pending {
    /// Calls `callback()` once, on another thread, when there is an answer; at once when there is one already.
    fn on_done(&self, py: Python<'_>, callback: Py<PyAny>) -> PyResult<()> {
        guard(py, "on_done", || self.link.check("on_done"))?;
        let answered = {
            let mut contents = lock(&self.slot.0);
            contents.callback = Some(callback);
            contents.answered
        };
        if answered {
            self.slot.tell(py);
        }
        Ok(())
    }

    /// Gives up. There is an answer all the same.
    fn cancel(&self) {
        if self.link.is_ours()
            && let Some(given_up) = &self.given_up
        {
            given_up.cancel();
        }
    }

    /// Takes the answer: whether it is one, and the JSON of it or of the error. The error is not raised here: a thread that the
    /// interpreter ends must not be in Python code that was called from native code.
    fn result(&self, py: Python<'_>) -> PyResult<(bool, String)> {
        guard(py, "result", || {
            self.link.check("result")?;
            let early = || Err(Error::new(ErrorKind::Internal, "result", "there is no answer, or it was taken"));
            Ok(match lock(&self.slot.0).answer.take().unwrap_or_else(early) {
                Ok(text) => (true, text),
                Err(error) => (false, to_json("result", &error)?),
            })
        })
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.cancel();
        if !self.link.is_ours() {
            // After a fork its lock may be held by a thread that does not exist here.
            std::mem::forget(self.given_up.take());
        }
    }
}
