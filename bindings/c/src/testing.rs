//! Not for users and not in the header: functions that fail at each stage, so that tests can see that the border holds.

use std::ffi::{c_char, c_void};

use wa_client::{Error, ErrorKind, EventEnvelope, Result};

use crate::call::{Job, WaCall, WaCompletion};
use crate::client::WaClient;
use crate::code::WaCode;
use crate::error::WaError;
use crate::events::{WaDestructor, WaEventCallback, WaSubscription, subscribe};
use crate::guard::{self, c_text};
use crate::value::WaValue;

const OPERATION: &str = "testing_fail";

/// A map that JSON cannot hold.
fn result() -> Result<Option<std::ffi::CString>> {
    let keys = std::collections::HashMap::from([([1_u8], 1)]);
    crate::value::json(OPERATION, &keys).map(Some)
}

fn job(client: &WaClient, stage: &str) -> Job {
    let stage = stage.to_owned();
    Job::new(client, OPERATION, async move {
        match stage.as_str() {
            "call" => Err(Error::new(ErrorKind::SendFailed, OPERATION, "as was asked for")),
            "panic" => panic!("as was asked for"),
            "result" => result(),
            "never" => std::future::pending().await,
            _ => Ok(None),
        }
    })
}

/// Fails at a stage: "argument", "border" (a panic on the caller's thread), "call", "panic" (in the call), "result".
/// cbindgen:ignore
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa__testing_fail(
    client: *const WaClient,
    stage: *const c_char,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code(OPERATION, error, || {
        // SAFETY: as everywhere.
        let (client, stage) =
            unsafe { (guard::handle(OPERATION, "client", client)?, guard::text(OPERATION, "stage", stage)?) };
        match stage {
            "argument" => Err(guard::invalid(OPERATION, "as was asked for")),
            "border" => panic!("as was asked for"),
            stage => client.wait(job(client, stage)).map(drop),
        }
    })
}

/// The same with a callback; "never" waits until it is given up.
/// cbindgen:ignore
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa__testing_fail_async(
    client: *const WaClient,
    stage: *const c_char,
    callback: WaCompletion,
    user_data: *mut c_void,
    call: *mut *mut WaCall,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code(OPERATION, error, || {
        // SAFETY: as everywhere.
        unsafe {
            guard::clear(call);
            let client = guard::handle(OPERATION, "client", client)?;
            let stage = guard::text(OPERATION, "stage", stage)?;
            client.start(job(client, stage), callback, user_data, call)
        }
    })
}

fn convert(_: &EventEnvelope) -> Result<WaValue> {
    panic!("as was asked for")
}

/// A subscription that panics at its first event.
/// cbindgen:ignore
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa__testing_subscribe(
    client: *const WaClient,
    callback: WaEventCallback,
    user_data: *mut c_void,
    destructor: WaDestructor,
    subscription: *mut *mut WaSubscription,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code(OPERATION, error, || {
        // SAFETY: as everywhere.
        unsafe {
            let client = guard::handle(OPERATION, "client", client)?;
            let stream = client.shared.client.events();
            subscribe(client, stream, (std::ptr::null(), convert), (callback, user_data, destructor), subscription)
        }
    })
}

/// A value of any JSON, so that test programs need no reader of their own.
/// cbindgen:ignore
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa__testing_value(json: *const c_char) -> *mut WaValue {
    guard::value(std::ptr::null_mut(), || {
        // SAFETY: as everywhere.
        let json = unsafe { guard::text(OPERATION, "json", json) }.unwrap_or("null");
        Box::into_raw(Box::new(WaValue::new(c_text(json))))
    })
}
