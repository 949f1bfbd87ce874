//! Calls: tasks on the client's runtime, for whose answer somebody waits, or which is told to a callback.

use std::ffi::{CString, c_void};
use std::future::Future;
use std::pin::Pin;
use std::sync::mpsc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use wa_client::{Error, ErrorKind, Result};

use crate::client::WaClient;
use crate::error::WaError;
use crate::guard;
use crate::thread::block_on;
use crate::value::WaValue;

/// A call that was started by a function whose name ends in _async. It is a means to give the call up; the call goes on when it
/// is freed. It may be used and freed before or after the callback, in it, and after the client is freed.
pub struct WaCall {
    cancel: CancellationToken,
}

/// Told once how a call has ended, from a thread of the library: result or error, the other one is NULL. Calls that answer
/// nothing have no result either. Both belong to the library and live until the callback returns; wa_value_copy keeps a result.
///
/// The callbacks of one client come one after the other, never two at once, in the order in which the calls end. Blocking calls
/// may be made inside; what must not be done is to wait inside for another callback of the same client.
pub type WaCompletion =
    Option<unsafe extern "C" fn(user_data: *mut c_void, result: *const WaValue, error: *const WaError)>;

/// What a call answers: JSON, or nothing.
pub(crate) type Answer = Result<Option<CString>>;

/// A call that has not begun.
pub(crate) struct Job {
    operation: &'static str,
    cancel: CancellationToken,
    future: Pin<Box<dyn Future<Output = Answer> + Send>>,
}

impl Job {
    /// A call that ends without further ado when it is given up.
    pub(crate) fn new(
        client: &WaClient,
        operation: &'static str,
        future: impl Future<Output = Answer> + Send + 'static,
    ) -> Self {
        Self::settled(client, operation, |cancel| async move {
            tokio::select! {
                biased;
                answer = future => answer,
                () = cancel.cancelled() => Err(Error::new(ErrorKind::Cancelled, operation, "the caller gave up")),
            }
        })
    }

    /// A call that itself knows what it means to be given up.
    pub(crate) fn settled<F>(
        client: &WaClient,
        operation: &'static str,
        future: impl FnOnce(CancellationToken) -> F,
    ) -> Self
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let cancel = client.shared.cancel.child_token();
        let (alive, future) = (client.shared.alive.subscribe(), future(cancel.clone()));
        let future = Box::pin(async move {
            let _alive = alive;
            future.await
        });
        Self { operation, cancel, future }
    }

    /// With a deadline: milliseconds, or `WA_FOREVER`.
    pub(crate) fn within(mut self, timeout_ms: u64) -> Self {
        if timeout_ms == FOREVER {
            return self;
        }
        let (operation, future) = (self.operation, self.future);
        self.future = Box::pin(async move {
            let late = |_| Err(Error::new(ErrorKind::Timeout, operation, "the caller's deadline has passed"));
            tokio::time::timeout(Duration::from_millis(timeout_ms), future).await.unwrap_or_else(late)
        });
        self
    }
}

/// `WA_FOREVER` of the header.
pub(crate) const FOREVER: u64 = u64::MAX;

impl WaClient {
    /// Runs a call and waits for its answer.
    pub(crate) fn wait(&self, job: Job) -> Result<Option<WaValue>> {
        let task = self.shared.handle.spawn(job.future);
        let answer = block_on(task).unwrap_or_else(|end| Err(lost(job.operation, end.is_panic())));
        answer.map(|json| json.map(WaValue::new))
    }

    /// Starts a call. `callback` is called with its answer, once and whatever happens.
    ///
    /// # Safety
    /// `call` is NULL or a place for one pointer.
    pub(crate) unsafe fn start(
        &self,
        job: Job,
        callback: WaCompletion,
        user_data: *mut c_void,
        call: *mut *mut WaCall,
    ) -> Result<()> {
        let callback = callback.ok_or_else(|| guard::invalid(job.operation, "callback is NULL"))?;
        let told = self.shared.completions(job.operation)?;
        let mut pending = Pending { told, operation: job.operation, whom: Some((callback, UserData(user_data))) };
        // SAFETY: as the caller promises.
        unsafe { guard::give(call, Some(WaCall { cancel: job.cancel })) };
        let future = job.future;
        self.shared.handle.spawn(async move {
            let answer = future.await;
            pending.tell(answer);
        });
        Ok(())
    }
}

type Callback = unsafe extern "C" fn(*mut c_void, *const WaValue, *const WaError);

/// What belongs to the user and is handed back on another thread.
pub(crate) struct UserData(pub(crate) *mut c_void);

// SAFETY: the header says on which threads it is used; that it may be is the user's promise.
unsafe impl Send for UserData {}

/// A started call. It is answered even when its task panics or is dropped with the runtime.
struct Pending {
    told: mpsc::Sender<Completion>,
    operation: &'static str,
    whom: Option<(Callback, UserData)>,
}

impl Pending {
    fn tell(&mut self, answer: Answer) {
        if let Some((callback, user_data)) = self.whom.take() {
            // The thread lives as long as there are senders.
            let _ = self.told.send(Completion { callback, user_data, answer });
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.tell(Err(lost(self.operation, std::thread::panicking())));
    }
}

/// The answer of a call, on its way to its callback.
pub(crate) struct Completion {
    callback: Callback,
    user_data: UserData,
    answer: Answer,
}

/// Tells answers until there are no more calls that could end. The queue is not bounded by itself: it holds at most one answer
/// for each call that the user has started.
pub(crate) fn complete(answers: mpsc::Receiver<Completion>) {
    for Completion { callback, user_data, answer } in answers {
        guard::value((), || {
            let (result, error) = match answer {
                Ok(json) => (json.map(WaValue::new), None),
                Err(error) => (None, Some(WaError::new(&error))),
            };
            let result = result.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
            let error = error.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
            // SAFETY: the callback and its data are as the header demands; both pointers live until it returns.
            unsafe { callback(user_data.0, result, error) };
        });
    }
}

/// The task of a call is gone without an answer.
fn lost(operation: &'static str, panicked: bool) -> Error {
    if panicked {
        return guard::panicked(operation);
    }
    Error::new(ErrorKind::Stopped, operation, "the client was freed")
}

/// Gives a call up: its callback is told WA_CODE_CANCELLED, unless it has ended already. For a send, wa_error_maybe_sent tells
/// whether the message may have left; one that has not left is not sent. May be called from any thread, more than once. NULL is
/// fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_call_cancel(call: *const WaCall) {
    guard::value((), || {
        // SAFETY: NULL or a live call.
        if let Some(call) = unsafe { call.as_ref() } {
            call.cancel.cancel();
        }
    });
}

/// Frees the handle of a call. The call itself goes on, and its callback is called. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_call_free(call: *mut WaCall) {
    // SAFETY: NULL or a call of ours that is not used again.
    guard::value((), || drop(unsafe { guard::take(call) }));
}
