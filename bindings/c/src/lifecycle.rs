//! Starting, stopping and starting again.

use std::ffi::c_void;

use crate::call::{Job, WaCall, WaCompletion};
use crate::client::WaClient;
use crate::code::WaCode;
use crate::error::WaError;
use crate::guard;

fn initialize(client: &WaClient) -> Job {
    let core = client.core();
    Job::new(client, "initialize", async move { core.initialize().await.map(|()| None) })
}

/// Starts the session: browser, page, check of the page. Returns as soon as a code can be scanned or a stored session was
/// recognised; wa_client_wait_ready and the event "ready" tell when messages can be sent. Does nothing when the session is up.
///
/// `timeout_ms`: how long to wait at most, or WA_FOREVER: a start that fails for a passing reason is tried again as often as
/// the setting "reconnect" says. When the time is over, the start goes on, and the call fails with WA_CODE_TIMEOUT.
///
/// Fails with WA_CODE_BROWSER_NOT_FOUND, _BROWSER_LAUNCH, _PROFILE_LOCKED, _SESSION_CORRUPT, _CONFIG, _INCOMPATIBLE_PAGE,
/// _TIMEOUT, _PAGE, _CANCELLED (when another call ends it), _STOPPED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_initialize(
    client: *const WaClient,
    timeout_ms: u64,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("initialize", error, || {
        // SAFETY: NULL or a live client.
        let client = unsafe { guard::handle("initialize", "client", client) }?;
        client.wait(initialize(client).within(timeout_ms)).map(drop)
    })
}

/// Starts wa_client_initialize; `callback` is told when it has ended, without a result. See wa_completion and wa_call; `call`
/// may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_initialize_async(
    client: *const WaClient,
    callback: WaCompletion,
    user_data: *mut c_void,
    call: *mut *mut WaCall,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("initialize", error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(call);
            let client = guard::handle("initialize", "client", client)?;
            client.start(initialize(client), callback, user_data, call)
        }
    })
}

fn wait_ready(client: &WaClient) -> Job {
    let core = client.core();
    Job::new(client, "wait_ready", async move { core.wait_ready().await.map(|()| None) })
}

/// Waits until messages can be sent, at most `timeout_ms` milliseconds, or WA_FOREVER: somebody may have to scan a code first.
///
/// Fails with WA_CODE_NOT_READY when no session runs, _DISCONNECTED when it ends meanwhile, _TIMEOUT, _STOPPED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_wait_ready(
    client: *const WaClient,
    timeout_ms: u64,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("wait_ready", error, || {
        // SAFETY: NULL or a live client.
        let client = unsafe { guard::handle("wait_ready", "client", client) }?;
        client.wait(wait_ready(client).within(timeout_ms)).map(drop)
    })
}

/// Starts wa_client_wait_ready; `callback` is told when it has ended, without a result. See wa_completion and wa_call; `call`
/// may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_wait_ready_async(
    client: *const WaClient,
    callback: WaCompletion,
    user_data: *mut c_void,
    call: *mut *mut WaCall,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("wait_ready", error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(call);
            let client = guard::handle("wait_ready", "client", client)?;
            client.start(wait_ready(client), callback, user_data, call)
        }
    })
}

fn disconnect(client: &WaClient) -> Job {
    let core = client.core();
    Job::new(client, "disconnect", async move { core.disconnect().await.map(|()| None) })
}

/// Closes the browser and cancels planned attempts. The account stays linked and its data stays. Fails with WA_CODE_STOPPED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_disconnect(client: *const WaClient, error: *mut *mut WaError) -> WaCode {
    guard::code("disconnect", error, || {
        // SAFETY: NULL or a live client.
        let client = unsafe { guard::handle("disconnect", "client", client) }?;
        client.wait(disconnect(client)).map(drop)
    })
}

/// Starts wa_client_disconnect; `callback` is told when it has ended, without a result. See wa_completion and wa_call; `call`
/// may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_disconnect_async(
    client: *const WaClient,
    callback: WaCompletion,
    user_data: *mut c_void,
    call: *mut *mut WaCall,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("disconnect", error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(call);
            let client = guard::handle("disconnect", "client", client)?;
            client.start(disconnect(client), callback, user_data, call)
        }
    })
}

fn reconnect(client: &WaClient) -> Job {
    let core = client.core();
    Job::new(client, "reconnect", async move { core.reconnect().await.map(|()| None) })
}

/// Closes the browser, forgets failed attempts and starts again; works in every state. Returns, and fails, as
/// wa_client_initialize does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_reconnect(
    client: *const WaClient,
    timeout_ms: u64,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("reconnect", error, || {
        // SAFETY: NULL or a live client.
        let client = unsafe { guard::handle("reconnect", "client", client) }?;
        client.wait(reconnect(client).within(timeout_ms)).map(drop)
    })
}

/// Starts wa_client_reconnect; `callback` is told when it has ended, without a result. See wa_completion and wa_call; `call`
/// may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_reconnect_async(
    client: *const WaClient,
    callback: WaCompletion,
    user_data: *mut c_void,
    call: *mut *mut WaCall,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("reconnect", error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(call);
            let client = guard::handle("reconnect", "client", client)?;
            client.start(reconnect(client), callback, user_data, call)
        }
    })
}

fn logout(client: &WaClient) -> Job {
    let core = client.core();
    Job::new(client, "logout", async move { core.logout().await.map(|()| None) })
}

/// Unlinks this device from the account, closes the browser and deletes the session data.
///
/// Fails with WA_CODE_NOT_READY when no session runs, _NOT_AUTHENTICATED when no account is linked, _TIMEOUT and _PAGE when the
/// page did not log out (then nothing is deleted), _DISCONNECTED, _CANCELLED, _SESSION_CORRUPT, _STOPPED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_logout(client: *const WaClient, error: *mut *mut WaError) -> WaCode {
    guard::code("logout", error, || {
        // SAFETY: NULL or a live client.
        let client = unsafe { guard::handle("logout", "client", client) }?;
        client.wait(logout(client)).map(drop)
    })
}

/// Starts wa_client_logout; `callback` is told when it has ended, without a result. See wa_completion and wa_call; `call` may
/// be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_logout_async(
    client: *const WaClient,
    callback: WaCompletion,
    user_data: *mut c_void,
    call: *mut *mut WaCall,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("logout", error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(call);
            let client = guard::handle("logout", "client", client)?;
            client.start(logout(client), callback, user_data, call)
        }
    })
}

fn shutdown(client: &WaClient) -> Job {
    let core = client.core();
    Job::new(client, "shutdown", async move {
        core.shutdown().await;
        Ok(None)
    })
}

/// Ends the session for good: closes the browser, keeps the session data, ends all subscriptions. Calls made afterwards fail
/// with WA_CODE_STOPPED; calling it again is fine. wa_client_free does it as well. Does not fail, except for a NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_shutdown(client: *const WaClient, error: *mut *mut WaError) -> WaCode {
    guard::code("shutdown", error, || {
        // SAFETY: NULL or a live client.
        let client = unsafe { guard::handle("shutdown", "client", client) }?;
        client.wait(shutdown(client)).map(drop)
    })
}

/// Starts wa_client_shutdown; `callback` is told when it has ended, without a result. See wa_completion and wa_call; `call` may
/// be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_shutdown_async(
    client: *const WaClient,
    callback: WaCompletion,
    user_data: *mut c_void,
    call: *mut *mut WaCall,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("shutdown", error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(call);
            let client = guard::handle("shutdown", "client", client)?;
            client.start(shutdown(client), callback, user_data, call)
        }
    })
}
