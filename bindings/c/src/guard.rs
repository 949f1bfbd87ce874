//! The border: pointers are checked, nothing unwinds into C, every failure becomes a code and an error.

use std::ffi::{CStr, CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

use wa_client::{Error, ErrorKind, Result};

use crate::code::WaCode;
use crate::error::WaError;

/// Runs the body of a function that can fail. `error`: where the caller wants the reason, or NULL.
pub(crate) fn code(operation: &'static str, error: *mut *mut WaError, body: impl FnOnce() -> Result<()>) -> WaCode {
    let result = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| Err(panicked(operation)));
    // Building the error is guarded as well: it allocates and writes JSON.
    catch_unwind(AssertUnwindSafe(|| report(error, result))).unwrap_or(WaCode::Internal)
}

fn report(error: *mut *mut WaError, result: Result<()>) -> WaCode {
    let (code, handle) = match result {
        Ok(()) => (WaCode::Ok, std::ptr::null_mut()),
        Err(reason) if error.is_null() => (WaCode::of(reason.kind()), std::ptr::null_mut()),
        Err(reason) => (WaCode::of(reason.kind()), Box::into_raw(Box::new(WaError::new(&reason)))),
    };
    if !error.is_null() {
        // SAFETY: not NULL, so the caller gave a place for one pointer.
        unsafe { *error = handle };
    }
    code
}

/// Runs the body of a function that answers by its value alone.
pub(crate) fn value<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(otherwise)
}

pub(crate) fn panicked(operation: &'static str) -> Error {
    Error::new(ErrorKind::Internal, operation, "a panic was caught at the border")
}

pub(crate) fn invalid(operation: &'static str, what: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidArgument, operation, what)
}

/// The handle behind a pointer.
///
/// # Safety
/// NULL, or a live handle that outlives `'a`.
pub(crate) unsafe fn handle<'a, T>(operation: &'static str, name: &str, pointer: *const T) -> Result<&'a T> {
    // SAFETY: as the caller promises.
    unsafe { pointer.as_ref() }.ok_or_else(|| invalid(operation, format!("{name} is NULL")))
}

/// The same for a handle that is changed.
///
/// # Safety
/// NULL, or a live handle that outlives `'a` and nobody else uses meanwhile.
pub(crate) unsafe fn handle_mut<'a, T>(operation: &'static str, name: &str, pointer: *mut T) -> Result<&'a mut T> {
    // SAFETY: as the caller promises.
    unsafe { pointer.as_mut() }.ok_or_else(|| invalid(operation, format!("{name} is NULL")))
}

/// The text behind a pointer.
///
/// # Safety
/// NULL, or a text that ends in NUL and outlives `'a`.
pub(crate) unsafe fn text<'a>(operation: &'static str, name: &str, pointer: *const c_char) -> Result<&'a str> {
    if pointer.is_null() {
        return Err(invalid(operation, format!("{name} is NULL")));
    }
    // SAFETY: as the caller promises.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_str().map_err(|_| invalid(operation, format!("{name} is not UTF-8")))
}

/// Puts a new handle into `out`; nobody gets it when that is NULL.
///
/// # Safety
/// `out` is NULL or a place for one pointer.
pub(crate) unsafe fn give<T>(out: *mut *mut T, value: Option<T>) {
    if !out.is_null() {
        let pointer = value.map_or(std::ptr::null_mut(), |value| Box::into_raw(Box::new(value)));
        // SAFETY: not NULL, so it is a place for one pointer.
        unsafe { *out = pointer };
    }
}

/// Puts NULL into `out`, so that nobody uses what was there when the call fails.
///
/// # Safety
/// `out` is NULL or a place for one pointer.
pub(crate) unsafe fn clear<T>(out: *mut *mut T) {
    // SAFETY: as the caller promises.
    unsafe { give(out, None) };
}

/// `out` must be there: without it, what is made would be lost.
///
/// # Safety
/// `out` is NULL or a place for one pointer.
pub(crate) unsafe fn wanted<T>(operation: &'static str, name: &str, out: *mut *mut T) -> Result<()> {
    if out.is_null() {
        return Err(invalid(operation, format!("{name} is NULL")));
    }
    // SAFETY: as the caller promises.
    unsafe { clear(out) };
    Ok(())
}

/// Takes a handle back from C.
///
/// # Safety
/// NULL, or a handle that came from [`give`] and is not used again.
pub(crate) unsafe fn take<T>(pointer: *mut T) -> Option<Box<T>> {
    // SAFETY: handles are made by `give`, that is by `Box::into_raw`.
    (!pointer.is_null()).then(|| unsafe { Box::from_raw(pointer) })
}

/// A text for C. What has a NUL inside, which none of ours has, ends there.
pub(crate) fn c_text(text: impl Into<Vec<u8>>) -> CString {
    let mut bytes = text.into();
    if let Some(end) = bytes.iter().position(|byte| *byte == 0) {
        bytes.truncate(end);
    }
    CString::new(bytes).unwrap_or_default()
}
