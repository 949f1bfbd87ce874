//! What is known about the session and the page.

use std::ffi::c_void;

use crate::call::{Job, WaCall, WaCompletion};
use crate::client::WaClient;
use crate::code::WaCode;
use crate::error::WaError;
use crate::guard;
use crate::value::{WaValue, json};

/// Whether an account is linked, as far as is known now. Does not wait. false for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_is_authenticated(client: *const WaClient) -> bool {
    // SAFETY: NULL or a live client.
    guard::value(false, || unsafe { client.as_ref() }.is_some_and(|client| client.shared.client.is_authenticated()))
}

/// Everything about the session at this moment. Does not wait. {"status": DISCONNECTED, CONNECTING, QR_READY, AUTHENTICATED,
/// READY or AUTH_FAILURE, "ready", "initializing", "hasQRCode", "qrCodeExpiry", "reconnectAttempts", "lastUpdated", "message",
/// "phase": {"name"}, "reason": {"code"}, "me": {"phone"}, "webVersion", "session"}. Free it with wa_value_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_connection_status(
    client: *const WaClient,
    status: *mut *mut WaValue,
    error: *mut *mut WaError,
) -> WaCode {
    const OPERATION: &str = "connection_status";
    guard::code(OPERATION, error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(status);
            let client = guard::handle(OPERATION, "client", client)?;
            let snapshot = json(OPERATION, &client.shared.client.connection_status())?;
            guard::give(status, Some(WaValue::new(snapshot)));
        }
        Ok(())
    })
}

/// What the check of the present page found; NULL in `report` before a page was loaded. Does not wait. {"version", "complete",
/// "report": [{"capability", "core", "status": "ok", "fallback" or "missing", "module", "export", "tried"}]}. Free it with
/// wa_value_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_capability_report(
    client: *const WaClient,
    report: *mut *mut WaValue,
    error: *mut *mut WaError,
) -> WaCode {
    const OPERATION: &str = "capability_report";
    guard::code(OPERATION, error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(report);
            let client = guard::handle(OPERATION, "client", client)?;
            let found = client.shared.client.capability_report();
            let found = found.map(|found| json(OPERATION, &found)).transpose()?;
            guard::give(report, found.map(WaValue::new));
        }
        Ok(())
    })
}

fn cached_status(client: &WaClient) -> Job {
    let core = client.core();
    Job::new(client, "cached_status", async move {
        let status = core.cached_status().await;
        status.map(|status| json("cached_status", &status)).transpose()
    })
}

/// What the cache holds about this session, written by the process that runs it: for one that does not. As
/// wa_client_connection_status; NULL in `status` when there is nothing, or no answer in time. Free it with wa_value_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_cached_status(
    client: *const WaClient,
    status: *mut *mut WaValue,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("cached_status", error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(status);
            let client = guard::handle("cached_status", "client", client)?;
            guard::give(status, client.wait(cached_status(client))?);
        }
        Ok(())
    })
}

/// Starts wa_client_cached_status; `callback` is told the status, or no result when there is none. See wa_completion and
/// wa_call; `call` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_cached_status_async(
    client: *const WaClient,
    callback: WaCompletion,
    user_data: *mut c_void,
    call: *mut *mut WaCall,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("cached_status", error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(call);
            let client = guard::handle("cached_status", "client", client)?;
            client.start(cached_status(client), callback, user_data, call)
        }
    })
}

fn doctor(client: &WaClient) -> Job {
    let core = client.core();
    Job::new(client, "doctor", async move {
        let report = core.doctor().await?;
        json("doctor", &report).map(Some)
    })
}

/// Starts the session if none runs, and gives what the check of the page found, as wa_client_capability_report does, also when
/// the page cannot be used. Waits until the page has shown everything it has, at most `timeout_ms` milliseconds, or WA_FOREVER.
/// Free the report with wa_value_free. Fails as wa_client_initialize does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_doctor(
    client: *const WaClient,
    timeout_ms: u64,
    report: *mut *mut WaValue,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("doctor", error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(report);
            let client = guard::handle("doctor", "client", client)?;
            guard::give(report, client.wait(doctor(client).within(timeout_ms))?);
        }
        Ok(())
    })
}

/// Starts wa_client_doctor; `callback` is told the report. See wa_completion and wa_call; `call` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_doctor_async(
    client: *const WaClient,
    callback: WaCompletion,
    user_data: *mut c_void,
    call: *mut *mut WaCall,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("doctor", error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(call);
            let client = guard::handle("doctor", "client", client)?;
            client.start(doctor(client), callback, user_data, call)
        }
    })
}
