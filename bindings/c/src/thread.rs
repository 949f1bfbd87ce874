//! Threads on which user code runs, and waiting without a runtime.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Wake};
use std::thread::{self, JoinHandle};

use wa_client::{Error, ErrorKind, Result};

thread_local! {
    /// Which of ours this thread is; 0 for those of users. Not `std::thread::current`, which leaves a few bytes behind on threads
    /// that Rust did not start.
    static THIS: Cell<u64> = const { Cell::new(0) };
}

static NEXT: AtomicU64 = AtomicU64::new(1);

/// A thread of ours that runs user code, which may block and may even end what the thread belongs to.
pub(crate) struct Worker {
    id: u64,
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
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let named = move || {
            THIS.set(id);
            body();
        };
        let handle = thread::Builder::new().name(name.to_owned()).spawn(named).map_err(failed)?;
        Ok(Arc::new(Self { id, handle: Mutex::new(Some(handle)) }))
    }

    /// Waits until it has ended. On the thread itself this returns at once: it ends when it is left.
    pub(crate) fn join(&self) {
        if THIS.get() == self.id {
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

/// Wakes a thread that waits.
#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    heard: Condvar,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.heard.notify_one();
    }
}

impl Bell {
    fn wait(&self) {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rung = self.heard.wait_while(rung, |rung| !*rung).unwrap_or_else(PoisonError::into_inner);
        *rung = false;
    }
}

/// Waits on this thread, whatever it is: it may belong to a runtime of the caller, or to none.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let bell = Arc::new(Bell::default());
    let waker = Arc::clone(&bell).into();
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => bell.wait(),
        }
    }
}
