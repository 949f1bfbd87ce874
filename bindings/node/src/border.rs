//! What every call across the border has in common: one answer, no panic, and an end when JavaScript ends.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures::FutureExt as _;
use napi::bindgen_prelude::{PromiseRaw, ToNapiValue};
use napi::{Env, Status};
use napi_derive::napi;
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use wa_client::{Error, ErrorKind, Result};

thread_local! {
    /// Ends with the JavaScript of this thread, so that nothing pending keeps a session of an ended worker alive.
    static THREAD: CancellationToken = CancellationToken::new();
}

#[napi(module_exports)]
pub(crate) fn init(_exports: napi::bindgen_prelude::Object<'_>, env: Env) -> napi::Result<()> {
    env.add_env_cleanup_hook((), |()| THREAD.with(CancellationToken::cancel))?;
    Ok(())
}

/// Gives up the calls it was handed to. Made from an `AbortSignal`.
#[napi]
#[derive(Default)]
pub struct NativeCancel {
    token: CancellationToken,
}

#[napi]
impl NativeCancel {
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives up, now and for ever.
    #[napi]
    pub fn cancel(&self) {
        self.token.cancel();
    }
}

/// The token of a call that may not have one.
pub(crate) fn token(cancel: Option<&NativeCancel>) -> Option<CancellationToken> {
    cancel.map(|cancel| cancel.token.clone())
}

/// Errors cross as their JSON; JavaScript makes a `WaError` of it.
fn thrown(error: &Error) -> napi::Error {
    let reason = serde_json::to_string(error).unwrap_or_else(|_| format!(r#"{{"code":"{}"}}"#, error.code()));
    napi::Error::new(Status::GenericFailure, reason)
}

fn defect(operation: &'static str) -> Error {
    Error::new(ErrorKind::Internal, operation, "a defect of the library was caught")
}

/// Runs the body of a function that answers at once.
pub(crate) fn guard<T>(operation: &'static str, body: impl FnOnce() -> Result<T>) -> napi::Result<T> {
    let result = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| Err(defect(operation)));
    result.map_err(|error| thrown(&error))
}

/// Runs a call whose answer comes later. It is given up when `cancel` says so, or when JavaScript ends.
pub(crate) fn promise<'env, T>(
    env: &'env Env,
    operation: &'static str,
    cancel: Option<CancellationToken>,
    call: impl Future<Output = Result<T>> + Send + 'static,
) -> napi::Result<PromiseRaw<'env, T>>
where
    T: ToNapiValue + Send + 'static,
{
    let over = THREAD.with(CancellationToken::child_token);
    let given_up = move || Error::new(ErrorKind::Cancelled, operation, "the caller gave up");
    env.spawn_future(async move {
        let cancelled = async move {
            match cancel {
                Some(token) => token.cancelled_owned().await,
                None => std::future::pending().await,
            }
        };
        let result = tokio::select! {
            biased;
            () = over.cancelled() => Err(given_up()),
            () = cancelled => Err(given_up()),
            result = AssertUnwindSafe(call).catch_unwind() => result.unwrap_or_else(|_| Err(defect(operation))),
        };
        result.map_err(|error| thrown(&error))
    })
}

/// The JSON text of what the core answers.
pub(crate) fn json<T: Serialize>(operation: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| Error::new(ErrorKind::Internal, operation, "an answer cannot be written").with_source(error))
}
