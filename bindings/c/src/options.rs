//! Settings of a client.

use std::ffi::c_char;

use serde_json::{Map, Value};
use wa_client::{Config, Error, ErrorKind, Result};

use crate::code::WaCode;
use crate::error::WaError;
use crate::guard;

/// Settings of a client, to be set before it is made. Not to be used by two threads at once.
#[derive(Default)]
pub struct WaOptions {
    settings: Map<String, Value>,
}

impl WaOptions {
    pub(crate) fn config(&self) -> Result<Config> {
        // Read from text, as it is in every language: numbers and names are checked in one place.
        Config::from_json(&Value::Object(self.settings.clone()).to_string())
    }
}

/// Sets one setting to what `value` answers.
///
/// # Safety
/// NULL or live options that nobody else uses.
unsafe fn set(
    options: *mut WaOptions,
    name: &str,
    error: *mut *mut WaError,
    value: impl FnOnce() -> Result<Value>,
) -> WaCode {
    guard::code("set_option", error, || {
        let value = value()?;
        // SAFETY: as the caller promises.
        let options = unsafe { guard::handle_mut("set_option", "options", options) }?;
        options.settings.insert(name.to_owned(), value);
        Ok(())
    })
}

/// The same for a text.
///
/// # Safety
/// NULL or live options that nobody else uses; NULL or a text.
unsafe fn set_text(
    options: *mut WaOptions,
    name: &str,
    argument: &str,
    text: *const c_char,
    error: *mut *mut WaError,
) -> WaCode {
    // SAFETY: as the caller promises.
    unsafe { set(options, name, error, || Ok(guard::text("set_option", argument, text)?.into())) }
}

/// New options, with every setting at its default. Free them with wa_options_free. NULL only when there is no memory.
#[unsafe(no_mangle)]
pub extern "C" fn wa_options_new() -> *mut WaOptions {
    guard::value(std::ptr::null_mut(), || Box::into_raw(Box::default()))
}

/// Takes settings from a JSON object: names are camelCase, durations are milliseconds, for example
/// {"session": "shop", "pacing": {"perMinute": 10}, "deadlines": {"send": 30000}}. The settings are those of `Config` in the
/// documentation of the library. What was set before under one of these names is replaced, the rest stays.
///
/// Fails with WA_CODE_CONFIG when the text is not a JSON object. Names and values are checked by wa_client_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_options_set_json(
    options: *mut WaOptions,
    json: *const c_char,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("set_option", error, || {
        // SAFETY: as documented for C.
        let (json, options) =
            unsafe { (guard::text("set_option", "json", json)?, guard::handle_mut("set_option", "options", options)?) };
        // The words of serde may repeat what was given, which can hold a password.
        let not_json = |e: serde_json::Error| {
            let message = format!("not a JSON object: line {} column {}", e.line(), e.column());
            Error::new(ErrorKind::Config, "set_option", message)
        };
        let settings: Map<String, Value> = serde_json::from_str(json).map_err(not_json)?;
        options.settings.extend(settings);
        Ok(())
    })
}

/// Sets the name of the session: 1 to 64 letters, digits, - and _. The text is copied. Default: "default".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_options_set_session(
    options: *mut WaOptions,
    session: *const c_char,
    error: *mut *mut WaError,
) -> WaCode {
    // SAFETY: as documented for C.
    unsafe { set_text(options, "session", "session", session, error) }
}

/// Sets where session data is kept, in session-NAME below it. The text is copied. Default: ".wwebjs_auth".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_options_set_session_path(
    options: *mut WaOptions,
    path: *const c_char,
    error: *mut *mut WaError,
) -> WaCode {
    // SAFETY: as documented for C.
    unsafe { set_text(options, "sessionPath", "path", path, error) }
}

/// Sets the address of the page, for example a simulator's. The text is copied. Default: "https://web.whatsapp.com/".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_options_set_page_url(
    options: *mut WaOptions,
    url: *const c_char,
    error: *mut *mut WaError,
) -> WaCode {
    // SAFETY: as documented for C.
    unsafe { set_text(options, "pageUrl", "url", url, error) }
}

/// Sets the path of Chromium. The text is copied. Default: the environment's CHROME_PATH, then the usual places.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_options_set_executable(
    options: *mut WaOptions,
    path: *const c_char,
    error: *mut *mut WaError,
) -> WaCode {
    // SAFETY: as documented for C.
    unsafe { set_text(options, "executable", "path", path, error) }
}

/// Sets a Redis server for status and QR code, where other processes can read them: "redis://user:password@host:port/db", or
/// rediss:// for TLS. The text is copied. Default: they stay in memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_options_set_redis_url(
    options: *mut WaOptions,
    url: *const c_char,
    error: *mut *mut WaError,
) -> WaCode {
    // SAFETY: as documented for C.
    unsafe { set_text(options, "redisUrl", "url", url, error) }
}

/// Sets how many events a subscriber may be behind before it loses the oldest. Default: 4096.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_options_set_event_queue(
    options: *mut WaOptions,
    events: usize,
    error: *mut *mut WaError,
) -> WaCode {
    // SAFETY: as documented for C.
    unsafe { set(options, "eventQueue", error, || Ok(events.into())) }
}

/// Sets how many past events are kept for wa_client_subscribe_after. Default: 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_options_set_event_replay(
    options: *mut WaOptions,
    events: usize,
    error: *mut *mut WaError,
) -> WaCode {
    // SAFETY: as documented for C.
    unsafe { set(options, "eventReplay", error, || Ok(events.into())) }
}

/// Frees options. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_options_free(options: *mut WaOptions) {
    // SAFETY: NULL or options of ours that are not used again.
    guard::value((), || drop(unsafe { guard::take(options) }));
}
