//! Events, each subscription with a thread of its own.

use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use wa_client::{Error, ErrorKind, Event, EventEnvelope, EventStream, Result};

use crate::call::UserData;
use crate::client::WaClient;
use crate::code::WaCode;
use crate::error::WaError;
use crate::guard::{self, c_text};
use crate::thread::{Worker, block_on};
use crate::value::WaValue;

/// A subscription to events. It ends when it is freed, or with the client.
pub struct WaSubscription {
    stop: CancellationToken,
    worker: Arc<Worker>,
}

/// Told every event, in order, never two at once, from a thread that belongs to the subscription. Blocking calls may be made
/// inside, and the subscription and the client may be freed inside. A callback that takes its time delays only itself; when it
/// falls behind by more events than the queue holds, the oldest are lost and the event "lagged" tells how many.
///
/// The event belongs to the library and lives until the callback returns; wa_value_copy keeps it. It is
/// {"event": name, "session": …, "seq": n, "at": time, "data": {…}}. NULL tells, once and last, that no more events come
/// because the client was shut down.
///
/// The events and what "data" holds; later versions may have more of both:
///
///   qr                       payload, generatedAt, expiresAt, attempt, of: a new code, which replaces the one before
///   code                     code, expiresAt: a pairing code is valid
///   loading_screen           percent: progress of syncing
///   authenticated            restored: an account is linked
///   auth_failure             reason {code}: linking was refused, or stored credentials are no longer accepted
///   ready                    me {phone, lid, pushname, platform}, webVersion: messages can be sent
///   disconnected             reason {code}, willRetry: the session is lost or over
///   change_state             status, previous, phase {name}
///   reconnecting             attempt, nextAt, reason {code}: an attempt is planned
///   message                  a message of somebody: key, id, chat, from, to, author, fromMe, phone, lid, chatPhone, chatLid, type,
///                            subtype, body, timestamp, ack, notifyName, quoted, mentions, hasMedia, caughtUp
///   message_create           the same, for messages of others and of our own
///   message_sent             id, key, chat, timestamp, ack, queuedMs, duplicate: the server took a message of ours
///   message_ack              key, id, ack, name: a message of ours came further
///   message_ciphertext       as message: it stayed unreadable
///   message_edit             message, previous: its text changed
///   message_revoke_everyone  key, by, message: it was deleted for everyone
///   message_revoke_me        key: it was deleted on our side only
///   message_reaction         parent, sender, phone, lid, emoji (empty: taken back), timestamp, fromMe
///   call                     id, peer, phone, lid, video, group, offline, timestamp: somebody calls
///   manual_disconnect        wa_client_disconnect was called
///   manual_reconnect         wa_client_reconnect was called
///   incompatible             fatal, report: the page lacks something that the library uses
///   account_restricted       kind, until: WhatsApp limits what the account may do
///   cache_degraded           the cache fails; once for each outage
///   lagged                   missed: this subscriber was too slow and has lost events
pub type WaEventCallback = Option<unsafe extern "C" fn(user_data: *mut c_void, event: *const WaValue)>;

/// Told once that user data is no longer used, after the last callback.
pub type WaDestructor = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// How an event becomes a value.
pub(crate) type Convert = fn(&EventEnvelope) -> Result<WaValue>;

fn convert(envelope: &EventEnvelope) -> Result<WaValue> {
    envelope.to_json().map(|json| WaValue::new(c_text(json)))
}

/// What a user gave for a subscription.
struct Receiver {
    callback: unsafe extern "C" fn(*mut c_void, *const WaValue),
    user_data: UserData,
    destructor: WaDestructor,
}

impl Receiver {
    fn call(&self, event: Option<&WaValue>) {
        // SAFETY: callback and data are as the header demands; the event lives until it returns.
        unsafe { (self.callback)(self.user_data.0, event.map_or(ptr::null(), ptr::from_ref)) };
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if let Some(destructor) = self.destructor {
            // SAFETY: as the header demands; it is the last use of the data.
            unsafe { destructor(self.user_data.0) };
        }
    }
}

/// Tells events until the subscription or the client ends.
fn dispatch(stream: &EventStream, stop: &CancellationToken, wanted: Option<&str>, convert: Convert, to: &Receiver) {
    loop {
        let more = block_on(async {
            tokio::select! {
                biased;
                () = stop.cancelled() => false,
                more = stream.ready() => more,
            }
        });
        if stop.is_cancelled() {
            return;
        }
        if !more {
            return to.call(None);
        }
        while let Some(envelope) = stream.try_next() {
            let name = envelope.event.name();
            if wanted.is_none_or(|wanted| wanted == name) || name == "lagged" {
                let event = guard::value(None, || convert(&envelope).ok());
                // An event that cannot be told must not be missing without a word.
                let Some(event) = event else { return to.call(None) };
                to.call(Some(&event));
            }
            if stop.is_cancelled() {
                return;
            }
        }
    }
}

/// A subscription to `stream`.
///
/// # Safety
/// As the functions of C demand of their callers.
pub(crate) unsafe fn subscribe(
    client: &WaClient,
    stream: EventStream,
    (name, convert): (*const c_char, Convert),
    (callback, user_data, destructor): (WaEventCallback, *mut c_void, WaDestructor),
    subscription: *mut *mut WaSubscription,
) -> Result<()> {
    const OPERATION: &str = "subscribe";
    // SAFETY: NULL or a place for one pointer.
    unsafe { guard::wanted(OPERATION, "subscription", subscription) }?;
    let callback = callback.ok_or_else(|| guard::invalid(OPERATION, "callback is NULL"))?;
    let wanted = if name.is_null() {
        None
    } else {
        // SAFETY: not NULL, so it is a text.
        match unsafe { guard::text(OPERATION, "name", name) }? {
            "*" => None,
            name => Some(
                *Event::NAMES
                    .iter()
                    .find(|known| **known == name)
                    .ok_or_else(|| Error::new(ErrorKind::InvalidArgument, OPERATION, "no event of that name"))?,
            ),
        }
    };
    let stop = CancellationToken::new();
    // Only a thread that runs owes the destructor.
    let (hand, take) = std::sync::mpsc::channel::<Receiver>();
    let stopped = stop.clone();
    let worker = Worker::spawn(OPERATION, "wa-events", move || {
        let Ok(receiver) = take.recv() else { return };
        guard::value((), || dispatch(&stream, &stopped, wanted, convert, &receiver));
        guard::value((), || drop((receiver, stream)));
    })?;
    client.shared.dispatcher(&worker);
    // SAFETY: it was there a moment ago.
    unsafe { guard::give(subscription, Some(WaSubscription { stop, worker })) };
    let _ = hand.send(Receiver { callback, user_data: UserData(user_data), destructor });
    Ok(())
}

/// Subscribes to the events of that name from now on; NULL or "*" stands for every event. "lagged" is told whatever the name.
/// `destructor`, which may be NULL, is called once with `user_data`, after the last callback. When this function fails, neither
/// is ever called. Free the subscription with wa_subscription_free, before or after the client.
///
/// Fails with WA_CODE_INVALID_ARGUMENT when there is no such event.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_subscribe(
    client: *const WaClient,
    name: *const c_char,
    callback: WaEventCallback,
    user_data: *mut c_void,
    destructor: WaDestructor,
    subscription: *mut *mut WaSubscription,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("subscribe", error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(subscription);
            let client = guard::handle("subscribe", "client", client)?;
            let stream = client.shared.client.events();
            subscribe(client, stream, (name, convert), (callback, user_data, destructor), subscription)
        }
    })
}

/// The same, beginning behind the event number `seq` (0: with the oldest), as far as past events are kept, see
/// wa_options_set_event_replay. What is no longer kept is told as "lagged".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_subscribe_after(
    client: *const WaClient,
    seq: u64,
    name: *const c_char,
    callback: WaEventCallback,
    user_data: *mut c_void,
    destructor: WaDestructor,
    subscription: *mut *mut WaSubscription,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("subscribe", error, || {
        // SAFETY: as documented for C.
        unsafe {
            guard::clear(subscription);
            let client = guard::handle("subscribe", "client", client)?;
            let stream = client.shared.client.events_after(seq);
            subscribe(client, stream, (name, convert), (callback, user_data, destructor), subscription)
        }
    })
}

/// Ends a subscription and frees it. When this returns, the callback is not running, will not run again, and the destructor has
/// been called. Inside the callback itself it returns at once; then the callback is not called again, and the destructor is
/// called when it has returned. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_subscription_free(subscription: *mut WaSubscription) {
    guard::value((), || {
        // SAFETY: NULL or a subscription of ours that is not used again.
        if let Some(subscription) = unsafe { guard::take(subscription) } {
            subscription.stop.cancel();
            subscription.worker.join();
        }
    });
}

/// The name of an event, for example "message"; "" for NULL and for what is no event. Lives as long as the event.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_event_name(event: *const WaValue) -> *const c_char {
    // SAFETY: NULL or a live value.
    let name = unsafe { crate::value::wa_value_string(event, c"/event".as_ptr(), ptr::null_mut()) };
    if name.is_null() { c"".as_ptr() } else { name }
}
