//! Why a call failed.

use std::ffi::{CString, c_char};
use std::ptr;

use wa_client::{Error, MessageId};

use crate::code::WaCode;
use crate::guard::{self, c_text};
use crate::value::WaValue;

/// Why a call failed. Its texts hold no phone number, name or message text, so they can be logged.
///
/// A function that takes `wa_error **error` sets it to NULL when it works and to a new error when it fails; free that with
/// wa_error_free. `error` may be NULL. An error may be read by several threads at once.
pub struct WaError {
    code: WaCode,
    name: CString,
    operation: CString,
    message: CString,
    text: CString,
    retry: CString,
    retry_after_ms: i64,
    maybe_sent: Option<bool>,
    message_id: Option<CString>,
    json: CString,
}

impl WaError {
    pub(crate) fn new(error: &Error) -> Self {
        let json = serde_json::to_string(error).unwrap_or_else(|_| "{}".to_owned());
        Self {
            code: WaCode::of(error.kind()),
            name: c_text(error.code()),
            operation: c_text(error.operation()),
            message: c_text(error.message()),
            text: c_text(error.to_string()),
            retry: c_text(error.retry().name()),
            retry_after_ms: error.retry_after().map_or(-1, |wait| i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)),
            maybe_sent: error.maybe_sent(),
            message_id: error.message_id().map(MessageId::as_str).map(c_text),
            json: c_text(json),
        }
    }
}

/// A text of an error; empty for NULL.
fn read(error: *const WaError, text: impl FnOnce(&WaError) -> &CString) -> *const c_char {
    // SAFETY: NULL or a live error, as every function here demands.
    guard::value(c"".as_ptr(), || unsafe { error.as_ref() }.map_or(c"".as_ptr(), |error| text(error).as_ptr()))
}

/// The code; WA_CODE_OK for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_error_code(error: *const WaError) -> WaCode {
    // SAFETY: NULL or a live error.
    guard::value(WaCode::Internal, || unsafe { error.as_ref() }.map_or(WaCode::Ok, |error| error.code))
}

/// The stable name of the code, for example "invalid_phone". Never NULL; lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_error_name(error: *const WaError) -> *const c_char {
    read(error, |error| &error.name)
}

/// The operation that failed, for example "send_message". Never NULL; lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_error_operation(error: *const WaError) -> *const c_char {
    read(error, |error| &error.operation)
}

/// What happened, without name and operation. Never NULL; lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_error_message(error: *const WaError) -> *const c_char {
    read(error, |error| &error.message)
}

/// All in one line for people: "send_message: timeout: …". Never NULL; lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_error_text(error: *const WaError) -> *const c_char {
    read(error, |error| &error.text)
}

/// Whether the same call can succeed when made again: "never", "now", or "after" the time that wa_error_retry_after_ms tells.
/// Never NULL; lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_error_retry(error: *const WaError) -> *const c_char {
    read(error, |error| &error.retry)
}

/// How long to wait before the next try, in milliseconds; -1 when the advice is not to wait.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_error_retry_after_ms(error: *const WaError) -> i64 {
    // SAFETY: NULL or a live error.
    guard::value(-1, || unsafe { error.as_ref() }.map_or(-1, |error| error.retry_after_ms))
}

/// For a send: 1 when the message may have reached the server, 0 when it surely has not. -1 for everything else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_error_maybe_sent(error: *const WaError) -> i32 {
    // SAFETY: NULL or a live error.
    guard::value(-1, || unsafe { error.as_ref() }.and_then(|error| error.maybe_sent).map_or(-1, i32::from))
}

/// For a send: the id that was chosen for the message, else NULL. Sending again with it never makes a second message. Lives as
/// long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_error_message_id(error: *const WaError) -> *const c_char {
    guard::value(ptr::null(), || {
        // SAFETY: NULL or a live error.
        let id = unsafe { error.as_ref() }.and_then(|error| error.message_id.as_ref());
        id.map_or(ptr::null(), |id| id.as_ptr())
    })
}

/// Everything as JSON: code, operation, message, retry, retryAfterMs, maybeSent, messageId, phase, missing, source; what does
/// not apply is left out. Never NULL; lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_error_json(error: *const WaError) -> *const c_char {
    read(error, |error| &error.json)
}

/// The same as a value, to read single fields, for example "/missing/0". Free it with wa_value_free. NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_error_value(error: *const WaError) -> *mut WaValue {
    guard::value(ptr::null_mut(), || {
        // SAFETY: NULL or a live error.
        let json = unsafe { error.as_ref() }.map(|error| error.json.clone());
        json.map_or(ptr::null_mut(), |json| Box::into_raw(Box::new(WaValue::new(json))))
    })
}

/// Frees an error and its texts. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_error_free(error: *mut WaError) {
    // SAFETY: NULL or an error of ours that is not used again.
    guard::value((), || drop(unsafe { guard::take(error) }));
}
