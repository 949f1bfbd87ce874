//! Pictures of QR codes, phone numbers, and what else needs no client.

use std::ffi::{CString, c_char};

use wa_client::{PhoneNumber, Result, qr, redact};

use crate::code::WaCode;
use crate::error::WaError;
use crate::guard::{self, c_text};

/// The version of the library that runs, for example "0.1.0"; the header has that of the library it belongs to, WA_VERSION.
/// Lives for ever.
#[unsafe(no_mangle)]
pub extern "C" fn wa_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Frees a text that a function gave out as `char *`. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_string_free(text: *mut c_char) {
    guard::value((), || {
        if !text.is_null() {
            // SAFETY: made by `give_text`, that is by `CString::into_raw`, and not used again.
            drop(unsafe { CString::from_raw(text) });
        }
    });
}

/// Frees the bytes of wa_qr_png; `length` is what that function told. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_bytes_free(bytes: *mut u8, length: usize) {
    guard::value((), || {
        if !bytes.is_null() {
            // SAFETY: made by `wa_qr_png` with this length, and not used again.
            drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(bytes, length)) });
        }
    });
}

/// Puts what `make` makes of a text into `out`.
///
/// # Safety
/// NULL or a text; NULL or a place for one pointer.
unsafe fn give_text(
    operation: &'static str,
    text: (&str, *const c_char),
    out: (&str, *mut *mut c_char),
    error: *mut *mut WaError,
    make: impl FnOnce(&str) -> Result<String>,
) -> WaCode {
    guard::code(operation, error, || {
        // SAFETY: as the caller promises.
        let text = unsafe {
            guard::wanted(operation, out.0, out.1)?;
            guard::text(operation, text.0, text.1)?
        };
        let made = make(text).map_err(|error| error.with_operation(operation))?;
        // SAFETY: it was there a moment ago.
        unsafe { *out.1 = c_text(made).into_raw() };
        Ok(())
    })
}

/// Draws a QR code for a terminal with a dark background, in lines of UTF-8 half blocks. `payload` is the text inside the code.
/// Free `drawing` with wa_string_free. Whoever scans it links the account: treat payload and drawing as a secret.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_qr_terminal(
    payload: *const c_char,
    drawing: *mut *mut c_char,
    error: *mut *mut WaError,
) -> WaCode {
    // SAFETY: as documented for C.
    unsafe { give_text("qr_terminal", ("payload", payload), ("drawing", drawing), error, qr::terminal) }
}

/// Draws a QR code as an SVG picture, black on white, that scales to any size. Free `svg` with wa_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_qr_svg(payload: *const c_char, svg: *mut *mut c_char, error: *mut *mut WaError) -> WaCode {
    // SAFETY: as documented for C.
    unsafe { give_text("qr_svg", ("payload", payload), ("svg", svg), error, qr::svg) }
}

/// Draws a QR code as a PNG picture in a data: URL for an <img>. Free `url` with wa_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_qr_data_url(
    payload: *const c_char,
    url: *mut *mut c_char,
    error: *mut *mut WaError,
) -> WaCode {
    // SAFETY: as documented for C.
    unsafe { give_text("qr_data_url", ("payload", payload), ("url", url), error, qr::data_url) }
}

/// Draws a QR code as a PNG picture, black on white, with `scale` pixels (1 to 64) a module. Free `bytes` with wa_bytes_free
/// and the `length` told here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_qr_png(
    payload: *const c_char,
    scale: u32,
    bytes: *mut *mut u8,
    length: *mut usize,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("qr_png", error, || {
        // SAFETY: as documented for C.
        let payload = unsafe {
            guard::wanted("qr_png", "bytes", bytes)?;
            guard::handle("qr_png", "length", length)?;
            *length = 0;
            guard::text("qr_png", "payload", payload)?
        };
        let picture = qr::png(payload, scale).map_err(|error| error.with_operation("qr_png"))?.into_boxed_slice();
        // SAFETY: both were there a moment ago.
        unsafe {
            *length = picture.len();
            *bytes = Box::into_raw(picture).cast();
        }
        Ok(())
    })
}

/// Reads a phone number in international form, for example "+55 (11) 98888-7777", and gives its digits. Free `digits` with
/// wa_string_free. Fails with WA_CODE_INVALID_PHONE, saying what is wrong.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_phone_parse(
    text: *const c_char,
    digits: *mut *mut c_char,
    error: *mut *mut WaError,
) -> WaCode {
    let parse = |text: &str| text.parse::<PhoneNumber>().map(|phone| phone.digits().to_owned());
    // SAFETY: as documented for C.
    unsafe { give_text("parse_phone", ("text", text), ("digits", digits), error, parse) }
}

/// Hides a number or a text for a log: "5511988887799" becomes "55*********99". Free `masked` with wa_string_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_mask(text: *const c_char, masked: *mut *mut c_char, error: *mut *mut WaError) -> WaCode {
    // SAFETY: as documented for C.
    unsafe { give_text("mask", ("text", text), ("masked", masked), error, |text| Ok(redact::mask(text))) }
}
