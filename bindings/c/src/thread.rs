//! Threads on which user code runs, and waiting without a runtime.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake};
use std::thread::{self, JoinHandle, ThreadId};

use wa_client::{Error, ErrorKind, Result};

/// A thread of ours that runs user code, which may block and may even end what the thread belongs to.
pub(crate) struct Worker {
    id: ThreadId,
    /// Whoever ends it holds the lock until it has ended, so a second one waits as well.
    handle: Mutex<Option<JoinHandle<()>>>,
}

impl Worker {
    pub(crate) fn spawn(
        operation: &'static str,
        name: &str,
        body: impl FnOnce() + Send + 'static,
    ) -> Result<Arc<Self>> {
        let failed = |e| Error::new(ErrorKind::Internal, operation, "no thread can be started").with_source(e);
        let handle = thread::Builder::new().name(name.to_owned()).spawn(body).map_err(failed)?;
        Ok(Arc::new(Self { id: handle.thread().id(), handle: Mutex::new(Some(handle)) }))
    }

    /// Waits until it has ended. On the thread itself this returns at once: it ends when it is left.
    pub(crate) fn join(&self) {
        if thread::current().id() == self.id {
            return;
        }
        let mut handle = self.handle.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = handle.take() {
            // It guards its body, so there is no panic to pass on.
            let _ = handle.join();
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        // Locked: somebody waits for it, and will.
        self.handle.try_lock().is_ok_and(|handle| handle.as_ref().is_none_or(JoinHandle::is_finished))
    }
}

struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits on this thread, whatever it is: it may belong to a runtime of the caller, or to none.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
