//! What calls answer and events carry: the JSON of the core, with a way to read single fields.

use std::collections::HashMap;
use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde::Serialize;
use serde_json::Value;
use wa_client::{Error, ErrorKind, Result, Timestamp};

use crate::guard::{self, c_text};

/// What a call answers or an event carries: a JSON document. Fields are named by JSON pointers (RFC 6901): "/data/body" is
/// the text of a message, "" the whole document. A later version may have more fields, never fewer.
///
/// Texts read from a value belong to it and live as long as it does. A value may be read by several threads at once.
pub struct WaValue {
    document: Arc<Document>,
    /// Texts that were handed out, each once.
    texts: Mutex<HashMap<String, Box<[u8]>>>,
}

struct Document {
    json: CString,
    /// Read only when somebody asks for a field.
    value: OnceLock<Value>,
}

impl WaValue {
    pub(crate) fn new(json: CString) -> Self {
        Self { document: Arc::new(Document { json, value: OnceLock::new() }), texts: Mutex::default() }
    }

    pub(crate) fn at(&self, pointer: &str) -> Option<&Value> {
        let Document { json, value } = &*self.document;
        value.get_or_init(|| serde_json::from_slice(json.as_bytes()).unwrap_or_default()).pointer(pointer)
    }

    /// The text at `pointer` with a NUL behind it.
    fn text(&self, pointer: &str) -> Option<(*const c_char, usize)> {
        let text = self.at(pointer)?.as_str()?;
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = texts
            .entry(pointer.to_owned())
            .or_insert_with(|| text.bytes().chain([0]).collect::<Vec<u8>>().into_boxed_slice());
        Some((kept.as_ptr().cast(), kept.len() - 1))
    }
}

/// The JSON of what a call answers.
pub(crate) fn json(operation: &'static str, value: &impl Serialize) -> Result<CString> {
    let failed = |e| Error::new(ErrorKind::Internal, operation, "the answer cannot be written").with_source(e);
    serde_json::to_string(value).map(c_text).map_err(failed)
}

/// What `find` makes of the field at `pointer`; nothing when value or pointer is NULL, or there is no such field.
///
/// # Safety
/// As all functions on values demand: NULL or a live value, NULL or a text.
unsafe fn field<'a, T>(
    value: *const WaValue,
    pointer: *const c_char,
    find: impl FnOnce(&'a WaValue, &'a str) -> Option<T>,
) -> Option<T> {
    guard::value(None, || {
        // SAFETY: as the caller promises.
        let (value, pointer) = unsafe { (value.as_ref()?, guard::text("read_value", "pointer", pointer).ok()?) };
        find(value, pointer)
    })
}

/// The whole document as JSON. Lives as long as the value; "null" for NULL, never NULL itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_value_json(value: *const WaValue) -> *const c_char {
    guard::value(c"null".as_ptr(), || {
        // SAFETY: NULL or a live value.
        unsafe { value.as_ref() }.map_or(c"null".as_ptr(), |value| value.document.json.as_ptr())
    })
}

/// A text; NULL when there is none at that place. Lives as long as the value. `length`, unless NULL, gets its length in bytes
/// without the NUL behind it: people can write texts that hold a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_value_string(
    value: *const WaValue,
    pointer: *const c_char,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: as documented for C.
    let (text, bytes) = unsafe { field(value, pointer, WaValue::text) }.unwrap_or((ptr::null(), 0));
    if !length.is_null() {
        // SAFETY: not NULL, so it is a place for a size.
        unsafe { *length = bytes };
    }
    text
}

/// A whole number; `otherwise` when there is none at that place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_value_int(value: *const WaValue, pointer: *const c_char, otherwise: i64) -> i64 {
    // SAFETY: as documented for C.
    unsafe { field(value, pointer, |value, pointer| value.at(pointer)?.as_i64()) }.unwrap_or(otherwise)
}

/// Yes or no; `otherwise` when there is neither at that place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_value_bool(value: *const WaValue, pointer: *const c_char, otherwise: bool) -> bool {
    // SAFETY: as documented for C.
    unsafe { field(value, pointer, |value, pointer| value.at(pointer)?.as_bool()) }.unwrap_or(otherwise)
}

/// A time, in milliseconds since 1970 (UTC); `otherwise` when there is none at that place. In JSON, times are texts such as
/// "2026-08-01T12:00:00.000Z".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_value_time_ms(value: *const WaValue, pointer: *const c_char, otherwise: i64) -> i64 {
    let time = |value: &WaValue, pointer: &str| value.at(pointer)?.as_str()?.parse::<Timestamp>().ok();
    // SAFETY: as documented for C.
    unsafe { field(value, pointer, time) }.map_or(otherwise, Timestamp::unix_ms)
}

/// How many elements a list has; 0 when there is no list at that place. "/missing/0" is the first of a list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_value_count(value: *const WaValue, pointer: *const c_char) -> usize {
    // SAFETY: as documented for C.
    unsafe { field(value, pointer, |value, pointer| value.at(pointer)?.as_array().map(Vec::len)) }.unwrap_or(0)
}

/// Whether there is anything but null at that place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_value_has(value: *const WaValue, pointer: *const c_char) -> bool {
    // SAFETY: as documented for C.
    unsafe { field(value, pointer, |value, pointer| value.at(pointer).map(|found| !found.is_null())) }.unwrap_or(false)
}

/// Another handle on the same document, for example to keep an event after its callback has returned. Free it with
/// wa_value_free. NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_value_copy(value: *const WaValue) -> *mut WaValue {
    guard::value(ptr::null_mut(), || {
        // SAFETY: NULL or a live value.
        let Some(value) = (unsafe { value.as_ref() }) else { return ptr::null_mut() };
        Box::into_raw(Box::new(WaValue { document: Arc::clone(&value.document), texts: Mutex::default() }))
    })
}

/// Frees a value that a function gave out, and its texts. Not for values that a callback gets as `const`. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_value_free(value: *mut WaValue) {
    // SAFETY: NULL or a value of ours that is not used again.
    guard::value((), || drop(unsafe { guard::take(value) }));
}
