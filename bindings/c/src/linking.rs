//! Codes that link an account.

use std::ffi::{c_char, c_void};

use crate::call::{Job, WaCall, WaCompletion};
use crate::client::WaClient;
use crate::code::WaCode;
use crate::error::WaError;
use crate::guard;
use crate::value::{WaValue, json};

fn qr_code(client: &WaClient) -> Job {
    let core = client.core();
    Job::new(client, "qr_code", async move {
        let code = core.qr_code().await;
        code.map(|code| json("qr_code", &code)).transpose()
    })
}

/// The QR code that can be scanned now; NULL in `code` when the account is linked or none is valid. Never one that has expired.
/// When no session runs in this process, the cache is asked, so that one process can show the code of another.
///
/// The code is {"payload", "generatedAt", "expiresAt", "attempt", "of"}; wa_qr_terminal and others draw the payload, which is a
/// secret while it is valid. Free it with wa_value_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_qr_code(
    client: *const WaClient,
    code: *mut *mut WaValue,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("qr_code", error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(code);
            let client = guard::handle("qr_code", "client", client)?;
            guard::give(code, client.wait(qr_code(client))?);
        }
        Ok(())
    })
}

/// Starts wa_client_qr_code; `callback` is told the code, or no result when there is none. See wa_completion and wa_call;
/// `call` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_qr_code_async(
    client: *const WaClient,
    callback: WaCompletion,
    user_data: *mut c_void,
    call: *mut *mut WaCall,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("qr_code", error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(call);
            let client = guard::handle("qr_code", "client", client)?;
            client.start(qr_code(client), callback, user_data, call)
        }
    })
}

fn generate_qr_code(client: &WaClient) -> Job {
    let core = client.core();
    Job::new(client, "generate_qr_code", async move {
        let code = core.generate_qr_code().await?;
        json("generate_qr_code", &code).map(Some)
    })
}

/// Makes the page start a new batch of QR codes and gives the first of it, as wa_client_qr_code does. Free it with
/// wa_value_free.
///
/// Fails with WA_CODE_ALREADY_AUTHENTICATED, _NOT_READY when no session runs or a pairing code is being made, _TIMEOUT, _PAGE,
/// _DISCONNECTED, _CANCELLED, _STOPPED; while the session starts, also as wa_client_initialize does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_generate_qr_code(
    client: *const WaClient,
    code: *mut *mut WaValue,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("generate_qr_code", error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(code);
            let client = guard::handle("generate_qr_code", "client", client)?;
            guard::give(code, client.wait(generate_qr_code(client))?);
        }
        Ok(())
    })
}

/// Starts wa_client_generate_qr_code; `callback` is told the code. See wa_completion and wa_call; `call` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_generate_qr_code_async(
    client: *const WaClient,
    callback: WaCompletion,
    user_data: *mut c_void,
    call: *mut *mut WaCall,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("generate_qr_code", error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(call);
            let client = guard::handle("generate_qr_code", "client", client)?;
            client.start(generate_qr_code(client), callback, user_data, call)
        }
    })
}

fn request_pairing_code(client: &WaClient, phone: &str) -> Job {
    let (core, phone) = (client.core(), phone.to_owned());
    Job::new(client, "request_pairing_code", async move {
        let code = core.request_pairing_code(phone).await?;
        json("request_pairing_code", &code).map(Some)
    })
}

/// Makes a code to be typed on the phone of the account with the number `phone` (Linked devices, Link with phone number). It
/// replaces an earlier one, and the QR code until it expires, is used or is cancelled.
///
/// The code is {"code": "XXXX-XXXX", "expiresAt"}, a secret while it is valid. Free it with wa_value_free.
///
/// Fails with WA_CODE_INVALID_PHONE, _ALREADY_AUTHENTICATED, _NOT_READY when the login screen is not there, _RATE_LIMITED,
/// _TIMEOUT, _PAGE, _DISCONNECTED, _CANCELLED, _STOPPED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_request_pairing_code(
    client: *const WaClient,
    phone: *const c_char,
    code: *mut *mut WaValue,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("request_pairing_code", error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(code);
            let client = guard::handle("request_pairing_code", "client", client)?;
            let phone = guard::text("request_pairing_code", "phone", phone)?;
            guard::give(code, client.wait(request_pairing_code(client, phone))?);
        }
        Ok(())
    })
}

/// Starts wa_client_request_pairing_code; `callback` is told the code. See wa_completion and wa_call; `call` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_request_pairing_code_async(
    client: *const WaClient,
    phone: *const c_char,
    callback: WaCompletion,
    user_data: *mut c_void,
    call: *mut *mut WaCall,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("request_pairing_code", error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(call);
            let client = guard::handle("request_pairing_code", "client", client)?;
            let phone = guard::text("request_pairing_code", "phone", phone)?;
            client.start(request_pairing_code(client, phone), callback, user_data, call)
        }
    })
}

fn cancel_pairing_code(client: &WaClient) -> Job {
    let core = client.core();
    Job::new(client, "cancel_pairing_code", async move { core.cancel_pairing_code().await.map(|()| None) })
}

/// Goes back from a pairing code to QR codes. Does nothing when there is none. Fails with WA_CODE_TIMEOUT, _PAGE,
/// _DISCONNECTED, _STOPPED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_cancel_pairing_code(client: *const WaClient, error: *mut *mut WaError) -> WaCode {
    guard::code("cancel_pairing_code", error, || {
        // SAFETY: NULL or a live client.
        let client = unsafe { guard::handle("cancel_pairing_code", "client", client) }?;
        client.wait(cancel_pairing_code(client)).map(drop)
    })
}

/// Starts wa_client_cancel_pairing_code; `callback` is told when it has ended, without a result. See wa_completion and wa_call;
/// `call` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_cancel_pairing_code_async(
    client: *const WaClient,
    callback: WaCompletion,
    user_data: *mut c_void,
    call: *mut *mut WaCall,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("cancel_pairing_code", error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(call);
            let client = guard::handle("cancel_pairing_code", "client", client)?;
            client.start(cancel_pairing_code(client), callback, user_data, call)
        }
    })
}
