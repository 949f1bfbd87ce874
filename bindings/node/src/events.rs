//! Subscriptions: waiting takes nothing, taking does not wait.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;
use tokio_util::sync::CancellationToken;
use wa_client::{EventEnvelope, EventStream};

use crate::border::{guard, json, promise};

/// A bounded queue of events of one client.
#[napi]
pub struct NativeEvents {
    /// Taken away by `close`, so that nothing is queued for a subscriber that has left.
    stream: Mutex<Option<Arc<EventStream>>>,
    closed: CancellationToken,
    /// For tests of the border: waiting panics.
    broken: Arc<AtomicBool>,
}

#[napi]
impl NativeEvents {
    pub(crate) fn new(stream: EventStream, broken: &Arc<AtomicBool>) -> Self {
        let stream = Mutex::new(Some(Arc::new(stream)));
        Self { stream, closed: CancellationToken::new(), broken: Arc::clone(broken) }
    }

    fn stream(&self) -> Option<Arc<EventStream>> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until `take` has something (`true`), or until the subscription has ended and is drained (`false`).
    #[napi(ts_return_type = "Promise<boolean>")]
    pub fn ready<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, bool>> {
        let (stream, closed) = (self.stream(), self.closed.clone());
        let broken = Arc::clone(&self.broken);
        promise(env, "events", None, async move {
            assert!(!broken.load(Ordering::Relaxed), "a test wants to see a panic");
            let Some(stream) = stream else { return Ok(false) };
            tokio::select! {
                biased;
                () = closed.cancelled() => Ok(false),
                ready = stream.ready() => Ok(ready),
            }
        })
    }

    /// Takes up to `max` events: a JSON list, or null when there is none at this moment.
    #[napi]
    pub fn take(&self, max: u32) -> napi::Result<Option<String>> {
        guard("events", || {
            let Some(stream) = self.stream() else { return Ok(None) };
            let taken: Vec<_> = std::iter::from_fn(|| stream.try_next()).take(max as usize).collect();
            if taken.is_empty() {
                return Ok(None);
            }
            let list: Vec<&EventEnvelope> = taken.iter().map(AsRef::as_ref).collect();
            json("events", &list).map(Some)
        })
    }

    /// Ends the subscription; a pending `ready` answers `false`.
    #[napi]
    pub fn close(&self) {
        self.closed.cancel();
        self.stream.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}
