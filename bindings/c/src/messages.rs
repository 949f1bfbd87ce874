//! Sending, and what goes with it.

use std::ffi::{c_char, c_void};
use std::time::Duration;

use serde_json::Value;
use wa_client::{MessageId, MessageKey, MessageRef, Result, SendUntil};

use crate::call::{Job, WaCall, WaCompletion};
use crate::client::WaClient;
use crate::code::WaCode;
use crate::error::WaError;
use crate::guard;
use crate::value::{WaValue, json};

/// Options of a message. Not to be changed by two threads at once; one may be used for many messages.
#[derive(Default, Clone)]
pub struct WaSendOptions {
    quoted: Option<MessageKey>,
    id: Option<MessageId>,
    until: Option<SendUntil>,
    deadline: Option<Duration>,
}

/// New options, with every one at its default. Free them with wa_send_options_free.
#[unsafe(no_mangle)]
pub extern "C" fn wa_send_options_new() -> *mut WaSendOptions {
    guard::value(std::ptr::null_mut(), || Box::into_raw(Box::default()))
}

/// Changes options by a text.
///
/// # Safety
/// NULL or live options that nobody else uses; NULL or a text.
unsafe fn set(
    options: *mut WaSendOptions,
    (name, text): (&str, *const c_char),
    error: *mut *mut WaError,
    change: impl FnOnce(&mut WaSendOptions, &str) -> Result<()>,
) -> WaCode {
    guard::code("set_option", error, || {
        // SAFETY: as the caller promises.
        let (options, text) =
            unsafe { (guard::handle_mut("set_option", "options", options)?, guard::text("set_option", name, text)?) };
        change(options, text).map_err(|error| error.with_operation("set_option"))
    })
}

/// Answers the message with this key ("/data/key" of its event). The text is copied. Fails with WA_CODE_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_send_options_set_quoted(
    options: *mut WaSendOptions,
    key: *const c_char,
    error: *mut *mut WaError,
) -> WaCode {
    // SAFETY: as documented for C.
    unsafe {
        set(options, ("key", key), error, |options, key| {
            options.quoted = Some(key.parse()?);
            Ok(())
        })
    }
}

/// Chooses the id of the message. Sending twice with the same id makes one message: the second call gets what became of the
/// first. The text is copied. Default: a new one. Fails with WA_CODE_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_send_options_set_id(
    options: *mut WaSendOptions,
    id: *const c_char,
    error: *mut *mut WaError,
) -> WaCode {
    // SAFETY: as documented for C.
    unsafe {
        set(options, ("id", id), error, |options, id| {
            options.id = Some(id.parse()?);
            Ok(())
        })
    }
}

/// Chooses what to wait for: "queued" (the page has it), "server" (the default), "delivered" (on a device of the recipient) or
/// "read". Fails with WA_CODE_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_send_options_set_until(
    options: *mut WaSendOptions,
    until: *const c_char,
    error: *mut *mut WaError,
) -> WaCode {
    // SAFETY: as documented for C.
    unsafe {
        set(options, ("until", until), error, |options, until| {
            // Without the words of serde, which repeat what was given.
            let unknown = |_| guard::invalid("set_option", "until: no such level");
            options.until = Some(serde_json::from_value(Value::from(until)).map_err(unknown)?);
            Ok(())
        })
    }
}

/// Chooses how long the message may take, in milliseconds. Default: the setting "deadlines.send". Does nothing for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_send_options_set_deadline_ms(options: *mut WaSendOptions, deadline_ms: u64) {
    guard::value((), || {
        // SAFETY: NULL or live options that nobody else uses.
        if let Some(options) = unsafe { options.as_mut() } {
            options.deadline = Some(Duration::from_millis(deadline_ms));
        }
    });
}

/// Frees options. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_send_options_free(options: *mut WaSendOptions) {
    // SAFETY: NULL or options of ours that are not used again.
    guard::value((), || drop(unsafe { guard::take(options) }));
}

/// # Safety
/// As wa_client_send_message demands.
unsafe fn send_message(
    client: &WaClient,
    to: *const c_char,
    text: *const c_char,
    options: *const WaSendOptions,
) -> Result<Job> {
    const OPERATION: &str = "send_message";
    // SAFETY: as the caller promises.
    let (to, text, options) = unsafe {
        (
            guard::text(OPERATION, "to", to)?,
            guard::text(OPERATION, "text", text)?,
            options.as_ref().cloned().unwrap_or_default(),
        )
    };
    let mut message = client.shared.client.send_message(to, text);
    if let Some(key) = options.quoted {
        message = message.quoted(key);
    }
    if let Some(id) = options.id {
        message = message.id(id);
    }
    if let Some(until) = options.until {
        message = message.until(until);
    }
    if let Some(deadline) = options.deadline {
        message = message.deadline(deadline);
    }
    Ok(Job::settled(client, OPERATION, |cancel| async move {
        let sent = message.cancelled_by(cancel.cancelled_owned()).await?;
        json(OPERATION, &sent).map(Some)
    }))
}

/// Sends `text` to a phone number or a chat, and waits until the *server* has it (see wa_send_options_set_until). `options` may
/// be NULL. Messages to one recipient keep their order; others do not wait for each other. While a session starts or
/// reconnects, the message waits, within its deadline.
///
/// What was sent is {"id", "key", "chat", "timestamp", "ack", "queuedMs", "duplicate"}. Free it with wa_value_free; `sent` may
/// be NULL.
///
/// Fails with WA_CODE_INVALID_PHONE, _INVALID_ARGUMENT, _NOT_READY when no session runs, _NOT_AUTHENTICATED, _NOT_REGISTERED,
/// _RATE_LIMITED, _SEND_FAILED, _TIMEOUT, _DISCONNECTED, _CAPABILITY_UNAVAILABLE, _PAGE, _STOPPED. wa_error_message_id and
/// wa_error_maybe_sent tell which message it was and whether it may have left; sending it again with the same id is always
/// safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_send_message(
    client: *const WaClient,
    to: *const c_char,
    text: *const c_char,
    options: *const WaSendOptions,
    sent: *mut *mut WaValue,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("send_message", error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(sent);
            let client = guard::handle("send_message", "client", client)?;
            guard::give(sent, client.wait(send_message(client, to, text, options)?)?);
        }
        Ok(())
    })
}

/// Starts wa_client_send_message; `callback` is told what was sent. Texts and options are copied. See wa_completion and
/// wa_call; `call` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_send_message_async(
    client: *const WaClient,
    to: *const c_char,
    text: *const c_char,
    options: *const WaSendOptions,
    callback: WaCompletion,
    user_data: *mut c_void,
    call: *mut *mut WaCall,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("send_message", error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(call);
            let client = guard::handle("send_message", "client", client)?;
            client.start(send_message(client, to, text, options)?, callback, user_data, call)
        }
    })
}

fn is_registered(client: &WaClient, number: &str) -> Job {
    let (core, number) = (client.core(), number.to_owned());
    Job::new(client, "is_registered", async move {
        let registered = core.is_registered(number).await?;
        json("is_registered", &registered).map(Some)
    })
}

/// Whether a phone number has a WhatsApp account.
///
/// Fails with WA_CODE_INVALID_PHONE, _NOT_READY when no session runs, _NOT_AUTHENTICATED, _TIMEOUT, _RATE_LIMITED, _PAGE,
/// _CAPABILITY_UNAVAILABLE, _DISCONNECTED, _STOPPED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_is_registered(
    client: *const WaClient,
    number: *const c_char,
    registered: *mut bool,
    error: *mut *mut WaError,
) -> WaCode {
    const OPERATION: &str = "is_registered";
    guard::code(OPERATION, error, || {
        // SAFETY: as documented for C.
        unsafe {
            let client = guard::handle(OPERATION, "client", client)?;
            let number = guard::text(OPERATION, "number", number)?;
            guard::handle(OPERATION, "registered", registered)?;
            let answer = client.wait(is_registered(client, number))?;
            *registered = answer.is_some_and(|answer| answer.at("").and_then(Value::as_bool) == Some(true));
        }
        Ok(())
    })
}

/// Starts wa_client_is_registered; `callback` is told true or false as the whole document: wa_value_bool(result, "", false).
/// See wa_completion and wa_call; `call` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_is_registered_async(
    client: *const WaClient,
    number: *const c_char,
    callback: WaCompletion,
    user_data: *mut c_void,
    call: *mut *mut WaCall,
    error: *mut *mut WaError,
) -> WaCode {
    const OPERATION: &str = "is_registered";
    guard::code(OPERATION, error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(call);
            let client = guard::handle(OPERATION, "client", client)?;
            let number = guard::text(OPERATION, "number", number)?;
            client.start(is_registered(client, number), callback, user_data, call)
        }
    })
}

fn message_status(client: &WaClient, key: &str) -> Job {
    let (core, key) = (client.core(), key.parse::<MessageRef>());
    Job::new(client, "message_status", async move {
        let key = key.map_err(|error| error.with_operation("message_status"))?;
        let ack = core.message_status(key).await?;
        ack.map(|ack| json("message_status", &ack)).transpose()
    })
}

/// `WA_ACK_UNKNOWN` of the header.
const ACK_UNKNOWN: i32 = i32::MIN;

/// Asks the page how far a message of ours has come, by the key that sending it told or by its id alone: -1 failed, 0 not
/// confirmed, 1 on the server, 2 delivered, 3 read, 4 played; WA_ACK_UNKNOWN when the page does not know the message.
///
/// Fails with WA_CODE_INVALID_ARGUMENT, _NOT_READY when no session runs, _NOT_AUTHENTICATED, _RATE_LIMITED, _TIMEOUT, _PAGE,
/// _DISCONNECTED, _STOPPED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_message_status(
    client: *const WaClient,
    key: *const c_char,
    ack: *mut i32,
    error: *mut *mut WaError,
) -> WaCode {
    const OPERATION: &str = "message_status";
    guard::code(OPERATION, error, || {
        // SAFETY: as documented for C.
        unsafe {
            let client = guard::handle(OPERATION, "client", client)?;
            let key = guard::text(OPERATION, "key", key)?;
            guard::handle(OPERATION, "ack", ack)?;
            let answer = client.wait(message_status(client, key))?;
            let level = answer.and_then(|answer| answer.at("")?.as_i64()?.try_into().ok());
            *ack = level.unwrap_or(ACK_UNKNOWN);
        }
        Ok(())
    })
}

/// Starts wa_client_message_status; `callback` is told the level as the whole document, wa_value_int(result, "", 0), or no
/// result when the page does not know the message. See wa_completion and wa_call; `call` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_message_status_async(
    client: *const WaClient,
    key: *const c_char,
    callback: WaCompletion,
    user_data: *mut c_void,
    call: *mut *mut WaCall,
    error: *mut *mut WaError,
) -> WaCode {
    const OPERATION: &str = "message_status";
    guard::code(OPERATION, error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(call);
            let client = guard::handle(OPERATION, "client", client)?;
            let key = guard::text(OPERATION, "key", key)?;
            client.start(message_status(client, key), callback, user_data, call)
        }
    })
}
