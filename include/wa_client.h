// wa-client for C: link a WhatsApp account, keep it linked, send and receive.
//
// Made from bindings/c by cbindgen; a test compares. Change the comments there.
//
// Install
//
//   cargo cinstall -p wa-client-c --release --prefix /usr/local
//
// puts libwa_client.so, libwa_client.a, this header, wa_client.hpp (C++17), wa_client.pc and a CMake package there. See
// bindings/c/README.md. At run time Chromium is needed.
//
// Compile and link
//
//   cc -std=c11 bot.c $(pkg-config --cflags --libs wa_client)
//   cc -std=c11 bot.c $(pkg-config --cflags wa_client) -l:libwa_client.a $(pkg-config --libs-only-other --static wa_client)
//   find_package(wa_client REQUIRED) ... target_link_libraries(bot wa_client::wa_client)
//
// There is no promise yet that binaries of different versions fit together; the name of the shared library holds the whole
// version. wa_version() tells which one runs.
//
// Handles
//
// All types are opaque. Who gets a handle through `wa_x **` or as a result frees it with wa_x_free, once; every such function
// takes NULL. Handles that a callback gets as const belong to the library and live until the callback returns. Results (`wa_x **`,
// `char **`) are set to NULL when a call fails. A NULL where a handle or a text is needed is WA_CODE_INVALID_ARGUMENT, never a
// crash.
//
// Texts
//
// All texts are UTF-8 and end in NUL; what comes in is checked and copied. `char *` is yours: free it with wa_string_free.
// `const char *` is borrowed: it lives as long as the handle it came from.
//
// Errors
//
// Every call that can fail answers a wa_code, WA_CODE_OK being 0, and takes `wa_error **error` last. It is set to NULL on success
// and to a new error, which you free, on failure; what was there before is not freed. `error` may be NULL.
//
// Threads
//
// All functions may be called from any thread, several at once on one client. A client has two threads of its own, one for each
// subscription, and one for completion callbacks once there are any; all end with wa_client_free. Callbacks run on these threads,
// never on yours, and may block and call every function of the library, wa_client_free included. A callback must not let a C++
// exception out (wa_client.hpp sees to that) and must not leave by longjmp.
//
// After fork() the child must not use clients of the parent; exec is fine.
//
// Time
//
// `timeout_ms` is how long to wait, in milliseconds, or WA_FOREVER. Other calls end by the deadlines of the settings. Functions
// whose name ends in _async do not wait: they start the call and return; when they return WA_CODE_OK, the callback is called
// once, whatever happens, else never.


#ifndef WA_CLIENT_H
#define WA_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The version of this header.
#define WA_VERSION "0.1.0"
#define WA_VERSION_MAJOR 0
#define WA_VERSION_MINOR 1
#define WA_VERSION_PATCH 0

// No deadline.
#define WA_FOREVER UINT64_MAX

// What wa_client_message_status tells of a message that the page does not know.
#define WA_ACK_UNKNOWN INT32_MIN


// What a call answers: 0 is success. Numbers never change and are never used again; later versions may have more.
enum wa_code
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // It worked.
  WA_CODE_OK = 0,
  // The text is not a phone number in international form.
  WA_CODE_INVALID_PHONE = 1,
  // An argument is NULL, not UTF-8, or outside of what the function accepts.
  WA_CODE_INVALID_ARGUMENT = 2,
  // The session has not reached the state the call needs.
  WA_CODE_NOT_READY = 3,
  // The account is linked already, so there is nothing to link.
  WA_CODE_ALREADY_AUTHENTICATED = 4,
  // No account is linked.
  WA_CODE_NOT_AUTHENTICATED = 5,
  // The number has no WhatsApp account.
  WA_CODE_NOT_REGISTERED = 6,
  // Our own pacing or the server asks to slow down; see wa_error_retry_after_ms.
  WA_CODE_RATE_LIMITED = 7,
  // The deadline passed; for a send see wa_error_maybe_sent.
  WA_CODE_TIMEOUT = 8,
  // The caller gave up.
  WA_CODE_CANCELLED = 9,
  // The session ended while the call was under way.
  WA_CODE_DISCONNECTED = 10,
  // The page or the server refused the message.
  WA_CODE_SEND_FAILED = 11,
  // The page of today lacks what this one call needs.
  WA_CODE_CAPABILITY_UNAVAILABLE = 12,
  // The page of today lacks what the library needs to work at all.
  WA_CODE_INCOMPATIBLE_PAGE = 13,
  // No Chromium was found, or one that is too old; the message says which, and where it was looked for.
  WA_CODE_BROWSER_NOT_FOUND = 14,
  // Chromium did not start.
  WA_CODE_BROWSER_LAUNCH = 15,
  // Chromium ended while it was needed.
  WA_CODE_BROWSER_CRASHED = 16,
  // The page failed or answered something that makes no sense.
  WA_CODE_PAGE = 17,
  // Another live process uses the session.
  WA_CODE_PROFILE_LOCKED = 18,
  // The stored session cannot be read, or its directory cannot be written.
  WA_CODE_SESSION_CORRUPT = 19,
  // The cache failed.
  WA_CODE_CACHE = 20,
  // The configuration is not valid.
  WA_CODE_CONFIG = 21,
  // The client was shut down.
  WA_CODE_STOPPED = 22,
  // A defect of this library.
  WA_CODE_INTERNAL = 23,
  // An error that this header does not know; wa_error_name tells its name.
  WA_CODE_OTHER = 1000,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wa_code wa_code;
#else
typedef int32_t wa_code;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// A call that was started by a function whose name ends in _async. It is a means to give the call up; the call goes on when it
// is freed. It may be used and freed before or after the callback, in it, and after the client is freed.
typedef struct wa_call wa_call;

// A handle on one session: one WhatsApp account in one browser. It brings its own threads and leaves none behind. All
// functions may be called from any thread, several at once, also inside callbacks.
typedef struct wa_client wa_client;

// Why a call failed. Its texts hold no phone number, name or message text, so they can be logged.
//
// A function that takes `wa_error **error` sets it to NULL when it works and to a new error when it fails; free that with
// wa_error_free. `error` may be NULL. An error may be read by several threads at once.
typedef struct wa_error wa_error;

// Settings of a client, to be set before it is made. Not to be used by two threads at once.
typedef struct wa_options wa_options;

// Options of a message. Not to be changed by two threads at once; one may be used for many messages.
typedef struct wa_send_options wa_send_options;

// A subscription to events. It ends when it is freed, or with the client.
typedef struct wa_subscription wa_subscription;

// What a call answers or an event carries: a JSON document. Fields are named by JSON pointers (RFC 6901): "/data/body" is
// the text of a message, "" the whole document. A later version may have more fields, never fewer.
//
// Texts read from a value belong to it and live as long as it does. A value may be read by several threads at once.
typedef struct wa_value wa_value;

// Told every event, in order, never two at once, from a thread that belongs to the subscription. Blocking calls may be made
// inside, and the subscription and the client may be freed inside. A callback that takes its time delays only itself; when it
// falls behind by more events than the queue holds, the oldest are lost and the event "lagged" tells how many.
//
// The event belongs to the library and lives until the callback returns; wa_value_copy keeps it. It is
// {"event": name, "session": …, "seq": n, "at": time, "data": {…}}. NULL tells, once and last, that no more events come
// because the client was shut down.
//
// The events and what "data" holds; later versions may have more of both:
//
//   qr                       payload, generatedAt, expiresAt, attempt, of: a new code, which replaces the one before
//   code                     code, expiresAt: a pairing code is valid
//   loading_screen           percent: progress of syncing
//   authenticated            restored: an account is linked
//   auth_failure             reason {code}: linking was refused, or stored credentials are no longer accepted
//   ready                    me {phone, lid, pushname, platform}, webVersion: messages can be sent
//   disconnected             reason {code}, willRetry: the session is lost or over
//   change_state             status, previous, phase {name}
//   reconnecting             attempt, nextAt, reason {code}: an attempt is planned
//   message                  a message of somebody: key, id, chat, from, to, author, fromMe, phone, lid, chatPhone, chatLid, type,
//                            subtype, body, timestamp, ack, notifyName, quoted, mentions, hasMedia, caughtUp
//   message_create           the same, for messages of others and of our own
//   message_sent             id, key, chat, timestamp, ack, queuedMs, duplicate: the server took a message of ours
//   message_ack              key, id, ack, name: a message of ours came further
//   message_ciphertext       as message: it stayed unreadable
//   message_edit             message, previous: its text changed
//   message_revoke_everyone  key, by, message: it was deleted for everyone
//   message_revoke_me        key: it was deleted on our side only
//   message_reaction         parent, sender, phone, lid, emoji (empty: taken back), timestamp, fromMe
//   call                     id, peer, phone, lid, video, group, offline, timestamp: somebody calls
//   manual_disconnect        wa_client_disconnect was called
//   manual_reconnect         wa_client_reconnect was called
//   incompatible             fatal, report: the page lacks something that the library uses
//   account_restricted       kind, until: WhatsApp limits what the account may do
//   cache_degraded           the cache fails; once for each outage
//   lagged                   missed: this subscriber was too slow and has lost events
typedef void (*wa_event_callback)(void *user_data,
                                  const wa_value *event);

// Told once that user data is no longer used, after the last callback.
typedef void (*wa_destructor)(void *user_data);

// Told once how a call has ended, from a thread of the library: result or error, the other one is NULL. Calls that answer
// nothing have no result either. Both belong to the library and live until the callback returns; wa_value_copy keeps a result.
//
// The callbacks of one client come one after the other, never two at once, in the order in which the calls end. Blocking calls
// may be made inside; what must not be done is to wait inside for another callback of the same client.
typedef void (*wa_completion)(void *user_data,
                              const wa_value *result,
                              const wa_error *error);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Gives a call up: its callback is told WA_CODE_CANCELLED, unless it has ended already. For a send, wa_error_maybe_sent tells
// whether the message may have left; one that has not left is not sent. May be called from any thread, more than once. NULL is
// fine.
void wa_call_cancel(const wa_call *call);

// Frees the handle of a call. The call itself goes on, and its callback is called. NULL is fine.
void wa_call_free(wa_call *call);

// Makes a client with these options, which are not changed and may be freed afterwards; NULL stands for the defaults. Nothing
// is started before wa_client_initialize, apart from two threads. Free it with wa_client_free.
//
// Fails with WA_CODE_CONFIG, naming the setting, when the options make no sense.
wa_code wa_client_new(const wa_options *options,
                      wa_client **client,
                      wa_error **error);

// Shuts the session down as wa_client_shutdown does, ends all threads of the client and frees it. Session data is kept. NULL
// is fine.
//
// Calls that are under way in other threads end with WA_CODE_STOPPED or WA_CODE_DISCONNECTED; new ones must not be made. Every
// completion callback that is still due is called, every subscription ends, and their threads are waited for. Handles of
// subscriptions and calls stay valid and are freed as always.
//
// May be called inside a callback of the same client. Then it does not wait for the thread that this callback runs on, which
// ends soon after the callback has returned.
void wa_client_free(wa_client *client);

// The name of the session. Lives as long as the client; NULL for NULL.
const char *wa_client_session(const wa_client *client);

// The settings in use, with the defaults: the fields of wa_options_set_json, except "redisUrl", which may hold a password.
// Free them with wa_value_free.
wa_code wa_client_config(const wa_client *client,
                         wa_value **config,
                         wa_error **error);

// The stable name of a code, for example "invalid_phone"; "other" for a number that is none. Never NULL, lives for ever.
const char *wa_code_name(int32_t code);

// The code; WA_CODE_OK for NULL.
wa_code wa_error_code(const wa_error *error);

// The stable name of the code, for example "invalid_phone". Never NULL; lives as long as the error.
const char *wa_error_name(const wa_error *error);

// The operation that failed, for example "send_message". Never NULL; lives as long as the error.
const char *wa_error_operation(const wa_error *error);

// What happened, without name and operation. Never NULL; lives as long as the error.
const char *wa_error_message(const wa_error *error);

// All in one line for people: "send_message: timeout: …". Never NULL; lives as long as the error.
const char *wa_error_text(const wa_error *error);

// Whether the same call can succeed when made again: "never", "now", or "after" the time that wa_error_retry_after_ms tells.
// Never NULL; lives as long as the error.
const char *wa_error_retry(const wa_error *error);

// How long to wait before the next try, in milliseconds; -1 when the advice is not to wait.
int64_t wa_error_retry_after_ms(const wa_error *error);

// For a send: 1 when the message may have reached the server, 0 when it surely has not. -1 for everything else.
int32_t wa_error_maybe_sent(const wa_error *error);

// For a send: the id that was chosen for the message, else NULL. Sending again with it never makes a second message. Lives as
// long as the error.
const char *wa_error_message_id(const wa_error *error);

// Everything as JSON: code, operation, message, retry, retryAfterMs, maybeSent, messageId, phase, missing, source; what does
// not apply is left out. Never NULL; lives as long as the error.
const char *wa_error_json(const wa_error *error);

// The same as a value, to read single fields, for example "/missing/0". Free it with wa_value_free. NULL for NULL.
wa_value *wa_error_value(const wa_error *error);

// Frees an error and its texts. NULL is fine.
void wa_error_free(wa_error *error);

// Subscribes to the events of that name from now on; NULL or "*" stands for every event. "lagged" is told whatever the name.
// `destructor`, which may be NULL, is called once with `user_data`, after the last callback. When this function fails, neither
// is ever called. Free the subscription with wa_subscription_free, before or after the client.
//
// Fails with WA_CODE_INVALID_ARGUMENT when there is no such event.
wa_code wa_client_subscribe(const wa_client *client,
                            const char *name,
                            wa_event_callback callback,
                            void *user_data,
                            wa_destructor destructor,
                            wa_subscription **subscription,
                            wa_error **error);

// The same, beginning behind the event number `seq` (0: with the oldest), as far as past events are kept, see
// wa_options_set_event_replay. What is no longer kept is told as "lagged".
wa_code wa_client_subscribe_after(const wa_client *client,
                                  uint64_t seq,
                                  const char *name,
                                  wa_event_callback callback,
                                  void *user_data,
                                  wa_destructor destructor,
                                  wa_subscription **subscription,
                                  wa_error **error);

// Ends a subscription and frees it. When this returns, the callback is not running, will not run again, and the destructor has
// been called. Inside the callback itself it returns at once; then the callback is not called again, and the destructor is
// called when it has returned. NULL is fine.
void wa_subscription_free(wa_subscription *subscription);

// The name of an event, for example "message"; "" for NULL and for what is no event. Lives as long as the event.
const char *wa_event_name(const wa_value *event);

// Starts the session: browser, page, check of the page. Returns as soon as a code can be scanned or a stored session was
// recognised; wa_client_wait_ready and the event "ready" tell when messages can be sent. Does nothing when the session is up.
//
// `timeout_ms`: how long to wait at most, or WA_FOREVER: a start that fails for a passing reason is tried again as often as
// the setting "reconnect" says. When the time is over, the start goes on, and the call fails with WA_CODE_TIMEOUT.
//
// Fails with WA_CODE_BROWSER_NOT_FOUND, _BROWSER_LAUNCH, _PROFILE_LOCKED, _SESSION_CORRUPT, _CONFIG, _INCOMPATIBLE_PAGE,
// _TIMEOUT, _PAGE, _CANCELLED (when another call ends it), _STOPPED.
wa_code wa_client_initialize(const wa_client *client,
                             uint64_t timeout_ms,
                             wa_error **error);

// Starts wa_client_initialize; `callback` is told when it has ended, without a result. See wa_completion and wa_call; `call`
// may be NULL.
wa_code wa_client_initialize_async(const wa_client *client,
                                   wa_completion callback,
                                   void *user_data,
                                   wa_call **call,
                                   wa_error **error);

// Waits until messages can be sent, at most `timeout_ms` milliseconds, or WA_FOREVER: somebody may have to scan a code first.
//
// Fails with WA_CODE_NOT_READY when no session runs, _DISCONNECTED when it ends meanwhile, _TIMEOUT, _STOPPED.
wa_code wa_client_wait_ready(const wa_client *client,
                             uint64_t timeout_ms,
                             wa_error **error);

// Starts wa_client_wait_ready; `callback` is told when it has ended, without a result. See wa_completion and wa_call; `call`
// may be NULL.
wa_code wa_client_wait_ready_async(const wa_client *client,
                                   wa_completion callback,
                                   void *user_data,
                                   wa_call **call,
                                   wa_error **error);

// Closes the browser and cancels planned attempts. The account stays linked and its data stays. Fails with WA_CODE_STOPPED.
wa_code wa_client_disconnect(const wa_client *client,
                             wa_error **error);

// Starts wa_client_disconnect; `callback` is told when it has ended, without a result. See wa_completion and wa_call; `call`
// may be NULL.
wa_code wa_client_disconnect_async(const wa_client *client,
                                   wa_completion callback,
                                   void *user_data,
                                   wa_call **call,
                                   wa_error **error);

// Closes the browser, forgets failed attempts and starts again; works in every state. Returns, and fails, as
// wa_client_initialize does.
wa_code wa_client_reconnect(const wa_client *client,
                            uint64_t timeout_ms,
                            wa_error **error);

// Starts wa_client_reconnect; `callback` is told when it has ended, without a result. See wa_completion and wa_call; `call`
// may be NULL.
wa_code wa_client_reconnect_async(const wa_client *client,
                                  wa_completion callback,
                                  void *user_data,
                                  wa_call **call,
                                  wa_error **error);

// Unlinks this device from the account, closes the browser and deletes the session data.
//
// Fails with WA_CODE_NOT_READY when no session runs, _NOT_AUTHENTICATED when no account is linked, _TIMEOUT and _PAGE when the
// page did not log out (then nothing is deleted), _DISCONNECTED, _CANCELLED, _SESSION_CORRUPT, _STOPPED.
wa_code wa_client_logout(const wa_client *client,
                         wa_error **error);

// Starts wa_client_logout; `callback` is told when it has ended, without a result. See wa_completion and wa_call; `call` may
// be NULL.
wa_code wa_client_logout_async(const wa_client *client,
                               wa_completion callback,
                               void *user_data,
                               wa_call **call,
                               wa_error **error);

// Ends the session for good: closes the browser, keeps the session data, ends all subscriptions. Calls made afterwards fail
// with WA_CODE_STOPPED; calling it again is fine. wa_client_free does it as well. Does not fail, except for a NULL.
wa_code wa_client_shutdown(const wa_client *client,
                           wa_error **error);

// Starts wa_client_shutdown; `callback` is told when it has ended, without a result. See wa_completion and wa_call; `call` may
// be NULL.
wa_code wa_client_shutdown_async(const wa_client *client,
                                 wa_completion callback,
                                 void *user_data,
                                 wa_call **call,
                                 wa_error **error);

// The QR code that can be scanned now; NULL in `code` when the account is linked or none is valid. Never one that has expired.
// When no session runs in this process, the cache is asked, so that one process can show the code of another.
//
// The code is {"payload", "generatedAt", "expiresAt", "attempt", "of"}; wa_qr_terminal and others draw the payload, which is a
// secret while it is valid. Free it with wa_value_free.
wa_code wa_client_qr_code(const wa_client *client,
                          wa_value **code,
                          wa_error **error);

// Starts wa_client_qr_code; `callback` is told the code, or no result when there is none. See wa_completion and wa_call;
// `call` may be NULL.
wa_code wa_client_qr_code_async(const wa_client *client,
                                wa_completion callback,
                                void *user_data,
                                wa_call **call,
                                wa_error **error);

// Makes the page start a new batch of QR codes and gives the first of it, as wa_client_qr_code does. Free it with
// wa_value_free.
//
// Fails with WA_CODE_ALREADY_AUTHENTICATED, _NOT_READY when no session runs or a pairing code is being made, _TIMEOUT, _PAGE,
// _DISCONNECTED, _CANCELLED, _STOPPED; while the session starts, also as wa_client_initialize does.
wa_code wa_client_generate_qr_code(const wa_client *client,
                                   wa_value **code,
                                   wa_error **error);

// Starts wa_client_generate_qr_code; `callback` is told the code. See wa_completion and wa_call; `call` may be NULL.
wa_code wa_client_generate_qr_code_async(const wa_client *client,
                                         wa_completion callback,
                                         void *user_data,
                                         wa_call **call,
                                         wa_error **error);

// Makes a code to be typed on the phone of the account with the number `phone` (Linked devices, Link with phone number). It
// replaces an earlier one, and the QR code until it expires, is used or is cancelled.
//
// The code is {"code": "XXXX-XXXX", "expiresAt"}, a secret while it is valid. Free it with wa_value_free.
//
// Fails with WA_CODE_INVALID_PHONE, _ALREADY_AUTHENTICATED, _NOT_READY when the login screen is not there, _RATE_LIMITED,
// _TIMEOUT, _PAGE, _DISCONNECTED, _CANCELLED, _STOPPED.
wa_code wa_client_request_pairing_code(const wa_client *client,
                                       const char *phone,
                                       wa_value **code,
                                       wa_error **error);

// Starts wa_client_request_pairing_code; `callback` is told the code. See wa_completion and wa_call; `call` may be NULL.
wa_code wa_client_request_pairing_code_async(const wa_client *client,
                                             const char *phone,
                                             wa_completion callback,
                                             void *user_data,
                                             wa_call **call,
                                             wa_error **error);

// Goes back from a pairing code to QR codes. Does nothing when there is none. Fails with WA_CODE_TIMEOUT, _PAGE,
// _DISCONNECTED, _STOPPED.
wa_code wa_client_cancel_pairing_code(const wa_client *client,
                                      wa_error **error);

// Starts wa_client_cancel_pairing_code; `callback` is told when it has ended, without a result. See wa_completion and wa_call;
// `call` may be NULL.
wa_code wa_client_cancel_pairing_code_async(const wa_client *client,
                                            wa_completion callback,
                                            void *user_data,
                                            wa_call **call,
                                            wa_error **error);

// New options, with every one at its default. Free them with wa_send_options_free.
wa_send_options *wa_send_options_new(void);

// Answers the message with this key ("/data/key" of its event). The text is copied. Fails with WA_CODE_INVALID_ARGUMENT.
wa_code wa_send_options_set_quoted(wa_send_options *options,
                                   const char *key,
                                   wa_error **error);

// Chooses the id of the message. Sending twice with the same id makes one message: the second call gets what became of the
// first. The text is copied. Default: a new one. Fails with WA_CODE_INVALID_ARGUMENT.
wa_code wa_send_options_set_id(wa_send_options *options,
                               const char *id,
                               wa_error **error);

// Chooses what to wait for: "queued" (the page has it), "server" (the default), "delivered" (on a device of the recipient) or
// "read". Fails with WA_CODE_INVALID_ARGUMENT.
wa_code wa_send_options_set_until(wa_send_options *options,
                                  const char *until,
                                  wa_error **error);

// Chooses how long the message may take, in milliseconds. Default: the setting "deadlines.send". Does nothing for NULL.
void wa_send_options_set_deadline_ms(wa_send_options *options,
                                     uint64_t deadline_ms);

// Frees options. NULL is fine.
void wa_send_options_free(wa_send_options *options);

// Sends `text` to a phone number or a chat, and waits until the *server* has it (see wa_send_options_set_until). `options` may
// be NULL. Messages to one recipient keep their order; others do not wait for each other. While a session starts or
// reconnects, the message waits, within its deadline.
//
// What was sent is {"id", "key", "chat", "timestamp", "ack", "queuedMs", "duplicate"}. Free it with wa_value_free; `sent` may
// be NULL.
//
// Fails with WA_CODE_INVALID_PHONE, _INVALID_ARGUMENT, _NOT_READY when no session runs, _NOT_AUTHENTICATED, _NOT_REGISTERED,
// _RATE_LIMITED, _SEND_FAILED, _TIMEOUT, _DISCONNECTED, _CAPABILITY_UNAVAILABLE, _PAGE, _STOPPED. wa_error_message_id and
// wa_error_maybe_sent tell which message it was and whether it may have left; sending it again with the same id is always
// safe.
wa_code wa_client_send_message(const wa_client *client,
                               const char *to,
                               const char *text,
                               const wa_send_options *options,
                               wa_value **sent,
                               wa_error **error);

// Starts wa_client_send_message; `callback` is told what was sent. Texts and options are copied. See wa_completion and
// wa_call; `call` may be NULL.
wa_code wa_client_send_message_async(const wa_client *client,
                                     const char *to,
                                     const char *text,
                                     const wa_send_options *options,
                                     wa_completion callback,
                                     void *user_data,
                                     wa_call **call,
                                     wa_error **error);

// Whether a phone number has a WhatsApp account.
//
// Fails with WA_CODE_INVALID_PHONE, _NOT_READY when no session runs, _NOT_AUTHENTICATED, _TIMEOUT, _RATE_LIMITED, _PAGE,
// _CAPABILITY_UNAVAILABLE, _DISCONNECTED, _STOPPED.
wa_code wa_client_is_registered(const wa_client *client,
                                const char *number,
                                bool *registered,
                                wa_error **error);

// Starts wa_client_is_registered; `callback` is told true or false as the whole document: wa_value_bool(result, "", false).
// See wa_completion and wa_call; `call` may be NULL.
wa_code wa_client_is_registered_async(const wa_client *client,
                                      const char *number,
                                      wa_completion callback,
                                      void *user_data,
                                      wa_call **call,
                                      wa_error **error);

// Asks the page how far a message of ours has come, by the key that sending it told or by its id alone: -1 failed, 0 not
// confirmed, 1 on the server, 2 delivered, 3 read, 4 played; WA_ACK_UNKNOWN when the page does not know the message.
//
// Fails with WA_CODE_INVALID_ARGUMENT, _NOT_READY when no session runs, _NOT_AUTHENTICATED, _RATE_LIMITED, _TIMEOUT, _PAGE,
// _DISCONNECTED, _STOPPED.
wa_code wa_client_message_status(const wa_client *client,
                                 const char *key,
                                 int32_t *ack,
                                 wa_error **error);

// Starts wa_client_message_status; `callback` is told the level as the whole document, wa_value_int(result, "", 0), or no
// result when the page does not know the message. See wa_completion and wa_call; `call` may be NULL.
wa_code wa_client_message_status_async(const wa_client *client,
                                       const char *key,
                                       wa_completion callback,
                                       void *user_data,
                                       wa_call **call,
                                       wa_error **error);

// New options, with every setting at its default. Free them with wa_options_free. NULL only when there is no memory.
wa_options *wa_options_new(void);

// Takes settings from a JSON object: names are camelCase, durations are milliseconds, for example
// {"session": "shop", "pacing": {"perMinute": 10}, "deadlines": {"send": 30000}}. The settings are those of `Config` in the
// documentation of the library. What was set before under one of these names is replaced, the rest stays.
//
// Fails with WA_CODE_CONFIG when the text is not a JSON object. Names and values are checked by wa_client_new.
wa_code wa_options_set_json(wa_options *options,
                            const char *json,
                            wa_error **error);

// Sets the name of the session: 1 to 64 letters, digits, - and _. The text is copied. Default: "default".
wa_code wa_options_set_session(wa_options *options,
                               const char *session,
                               wa_error **error);

// Sets where session data is kept, in session-NAME below it. The text is copied. Default: ".wwebjs_auth".
wa_code wa_options_set_session_path(wa_options *options,
                                    const char *path,
                                    wa_error **error);

// Sets the address of the page, for example a simulator's. The text is copied. Default: "https://web.whatsapp.com/".
wa_code wa_options_set_page_url(wa_options *options,
                                const char *url,
                                wa_error **error);

// Sets the path of Chromium. The text is copied. Default: the environment's CHROME_PATH, then the usual places.
wa_code wa_options_set_executable(wa_options *options,
                                  const char *path,
                                  wa_error **error);

// Sets a Redis server for status and QR code, where other processes can read them: "redis://user:password@host:port/db", or
// rediss:// for TLS. The text is copied. Default: they stay in memory.
wa_code wa_options_set_redis_url(wa_options *options,
                                 const char *url,
                                 wa_error **error);

// Sets how many events a subscriber may be behind before it loses the oldest. Default: 4096.
wa_code wa_options_set_event_queue(wa_options *options,
                                   size_t events,
                                   wa_error **error);

// Sets how many past events are kept for wa_client_subscribe_after. Default: 0.
wa_code wa_options_set_event_replay(wa_options *options,
                                    size_t events,
                                    wa_error **error);

// Frees options. NULL is fine.
void wa_options_free(wa_options *options);

// Whether an account is linked, as far as is known now. Does not wait. false for NULL.
bool wa_client_is_authenticated(const wa_client *client);

// Everything about the session at this moment. Does not wait. {"status": DISCONNECTED, CONNECTING, QR_READY, AUTHENTICATED,
// READY or AUTH_FAILURE, "ready", "initializing", "hasQRCode", "qrCodeExpiry", "reconnectAttempts", "lastUpdated", "message",
// "phase": {"name"}, "reason": {"code"}, "me": {"phone"}, "webVersion", "session"}. Free it with wa_value_free.
wa_code wa_client_connection_status(const wa_client *client,
                                    wa_value **status,
                                    wa_error **error);

// What the check of the present page found; NULL in `report` before a page was loaded. Does not wait. {"version", "complete",
// "report": [{"capability", "core", "status": "ok", "fallback" or "missing", "module", "export", "tried"}]}. Free it with
// wa_value_free.
wa_code wa_client_capability_report(const wa_client *client,
                                    wa_value **report,
                                    wa_error **error);

// What the cache holds about this session, written by the process that runs it: for one that does not. As
// wa_client_connection_status; NULL in `status` when there is nothing, or no answer in time. Free it with wa_value_free.
wa_code wa_client_cached_status(const wa_client *client,
                                wa_value **status,
                                wa_error **error);

// Starts wa_client_cached_status; `callback` is told the status, or no result when there is none. See wa_completion and
// wa_call; `call` may be NULL.
wa_code wa_client_cached_status_async(const wa_client *client,
                                      wa_completion callback,
                                      void *user_data,
                                      wa_call **call,
                                      wa_error **error);

// Starts the session if none runs, and gives what the check of the page found, as wa_client_capability_report does, also when
// the page cannot be used. Waits until the page has shown everything it has, at most `timeout_ms` milliseconds, or WA_FOREVER.
// Free the report with wa_value_free. Fails as wa_client_initialize does.
wa_code wa_client_doctor(const wa_client *client,
                         uint64_t timeout_ms,
                         wa_value **report,
                         wa_error **error);

// Starts wa_client_doctor; `callback` is told the report. See wa_completion and wa_call; `call` may be NULL.
wa_code wa_client_doctor_async(const wa_client *client,
                               wa_completion callback,
                               void *user_data,
                               wa_call **call,
                               wa_error **error);

// The version of the library that runs, for example "0.1.0"; the header has that of the library it belongs to, WA_VERSION.
// Lives for ever.
const char *wa_version(void);

// Frees a text that a function gave out as `char *`. NULL is fine.
void wa_string_free(char *text);

// Frees the bytes of wa_qr_png; `length` is what that function told. NULL is fine.
void wa_bytes_free(uint8_t *bytes,
                   size_t length);

// Draws a QR code for a terminal with a dark background, in lines of UTF-8 half blocks. `payload` is the text inside the code.
// Free `drawing` with wa_string_free. Whoever scans it links the account: treat payload and drawing as a secret.
wa_code wa_qr_terminal(const char *payload,
                       char **drawing,
                       wa_error **error);

// Draws a QR code as an SVG picture, black on white, that scales to any size. Free `svg` with wa_string_free.
wa_code wa_qr_svg(const char *payload,
                  char **svg,
                  wa_error **error);

// Draws a QR code as a PNG picture in a data: URL for an <img>. Free `url` with wa_string_free.
wa_code wa_qr_data_url(const char *payload,
                       char **url,
                       wa_error **error);

// Draws a QR code as a PNG picture, black on white, with `scale` pixels (1 to 64) a module. Free `bytes` with wa_bytes_free
// and the `length` told here.
wa_code wa_qr_png(const char *payload,
                  uint32_t scale,
                  uint8_t **bytes,
                  size_t *length,
                  wa_error **error);

// Reads a phone number in international form, for example "+55 (11) 98888-7777", and gives its digits. Free `digits` with
// wa_string_free. Fails with WA_CODE_INVALID_PHONE, saying what is wrong.
wa_code wa_phone_parse(const char *text,
                       char **digits,
                       wa_error **error);

// Hides a number or a text for a log: "5511988887799" becomes "55*********99". Free `masked` with wa_string_free.
wa_code wa_mask(const char *text,
                char **masked,
                wa_error **error);

// The whole document as JSON. Lives as long as the value; "null" for NULL, never NULL itself.
const char *wa_value_json(const wa_value *value);

// A text; NULL when there is none at that place. Lives as long as the value. `length`, unless NULL, gets its length in bytes
// without the NUL behind it: people can write texts that hold a NUL.
const char *wa_value_string(const wa_value *value,
                            const char *pointer,
                            size_t *length);

// A whole number; `otherwise` when there is none at that place.
int64_t wa_value_int(const wa_value *value,
                     const char *pointer,
                     int64_t otherwise);

// Yes or no; `otherwise` when there is neither at that place.
bool wa_value_bool(const wa_value *value,
                   const char *pointer,
                   bool otherwise);

// A time, in milliseconds since 1970 (UTC); `otherwise` when there is none at that place. In JSON, times are texts such as
// "2026-08-01T12:00:00.000Z".
int64_t wa_value_time_ms(const wa_value *value,
                         const char *pointer,
                         int64_t otherwise);

// How many elements a list has; 0 when there is no list at that place. "/missing/0" is the first of a list.
size_t wa_value_count(const wa_value *value,
                      const char *pointer);

// Whether there is anything but null at that place.
bool wa_value_has(const wa_value *value,
                  const char *pointer);

// Another handle on the same document, for example to keep an event after its callback has returned. Free it with
// wa_value_free. NULL for NULL.
wa_value *wa_value_copy(const wa_value *value);

// Frees a value that a function gave out, and its texts. Not for values that a callback gets as `const`. NULL is fine.
void wa_value_free(wa_value *value);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* WA_CLIENT_H */
