'use strict';

// Everything else that happens: reactions, calls, bans, restrictions, the fate of a pairing code.

/** Runs `look(args)` before an export of the page, which its callers look up at the moment of the call. */
function wrap(name, look) {
  const found = locate(name);
  if (!found || typeof found.value !== 'function') return false;
  const original = found.value;
  const listener = guard(name, look);
  found.holder[found.key] = function wrapped(...args) {
    listener(args);
    return original.apply(this, args);
  };
  return true;
}

const wrapped = new Set();

/** As `wrap`, for a place that is asked again until all its companions are there. */
function wrapOnce(name, look) {
  if (!wrapped.has(name) && wrap(name, look)) wrapped.add(name);
  return wrapped.has(name);
}

/** What was told of reactions. */
const reacted = new RecentKeys(5_000);

/**
 * No collection tells of reactions; all of them, own and received, pass through this export, and again when they are
 * acknowledged or read. What is restored, or shared as history, is not to be notified.
 */
function hookReactions() {
  return wrap('reactions', ([rows, , options]) => {
    if (options?.allowNotify === false) return;
    for (const row of rows) {
      if (!reacted.add(`${keyText(row.id)} ${row.reactionText} ${row.reactionTimestamp}`)) continue;
      const fromMe = row.id?.fromMe === true;
      const sender = row.author ?? row.from;
      emit('reaction', {
        parent: keyText(row.reactionParentKey),
        sender: addressOf(sender),
        ...(fromMe ? ownForms() : formsOf(sender)),
        emoji: String(row.reactionText ?? '').slice(0, 64),
        t: Math.trunc(Number(row.reactionTimestamp)) || 0,
        fromMe,
      });
    }
  });
}

const offered = new RecentKeys(200);

/** The page makes a model for the end of a call it has not seen as well; only its state tells, once the page has set it. */
function isOffered(call) {
  const { ReceivedCall = 3, ReceivedCallWithoutOffer = 8 } = maybe('call_states') ?? {};
  const state = call.getState?.();
  return state === undefined || state === ReceivedCall || state === ReceivedCallWithoutOffer;
}

function tellCall(call, offline) {
  if (!call?.id || call.outgoing === true || !isOffered(call) || !offered.add(String(call.id))) return;
  emit('call', {
    id: String(call.id),
    peer: addressOf(call.groupJid ?? call.peerJid),
    ...formsOf(call.peerJid),
    video: call.isVideo === true,
    group: call.isGroup === true,
    offline,
    t: Math.trunc(Number(call.offerTime)) || Math.floor(Date.now() / 1000),
  });
}

/** Depending on whether the page's calling stack is on, a call comes by one of two methods, or by both. */
function hookCalls() {
  const calls = maybe('calls');
  if (typeof calls?.processIncomingCall !== 'function' || typeof calls.setActiveCall !== 'function') return false;
  const later = (call, offline) => queueMicrotask(guard('calls', () => tellCall(call, offline)));
  const { processIncomingCall, setActiveCall } = calls;
  calls.processIncomingCall = function wrapped(...args) {
    const call = processIncomingCall.apply(this, args);
    later(call, args[2]?.offerReceivedWhileOffline === true);
    return call;
  };
  calls.setActiveCall = function wrapped(...args) {
    const result = setActiveCall.apply(this, args);
    later(args[0], false);
    return result;
  };
  return true;
}

function watchAccount() {
  // Fires with `banned: false` at each login.
  listen('commands', 'account_temporarily_banned_from_bridge', guard('ban', (ban) => {
    if (ban?.banned !== true) return;
    const seconds = Number(ban.expire);
    const expiresAt = seconds > 0 ? Math.round((seconds > 1e9 ? 0 : Date.now()) + seconds * 1000) : undefined;
    emit('banned', { code: Number.isInteger(Number(ban.code)) ? Number(ban.code) : undefined, expiresAt });
  }));
  listen('commands', 'reachout_timelock_state_change', guard('restriction', () => {
    emit('restricted', { kind: 'reachout_timelock', active: maybe('restriction')?.() });
  }));
  listen('commands', 'new_chat_message_capping_state_change', guard('restriction', () => {
    emit('restricted', { kind: 'new_chat_cap' });
  }));
}

const PAIRING_STAGES = {
  primary_hello_received: 'hello',
  error_alt_linking: 'error',
  refresh_alt_linking_code: 'refresh',
  force_manual_refresh: 'withdrawn',
  passkey_prologue_request: 'passkey',
};

function watchPairing() {
  const events = maybe('pairing_events');
  if (!events) return false;
  for (const [event, stage] of Object.entries(PAIRING_STAGES)) {
    events.on(`link_device_events:${event}`, guard('pairing', () => emit('pairing', { stage })));
  }
  return true;
}

/** What may come late; each is attached once, when it is there. */
const late = new Set([watchMessages, hookLogoutReason, hookReactions, hookCalls, hookEdits, hookAcks, watchPairing]);

function attachLate() {
  for (const attach of late) {
    guard('attach', () => {
      if (attach()) late.delete(attach);
    })();
  }
}

/** Listens to a model that the session depends on. One that does not let us is as good as gone. */
function listen(name, events, listener) {
  try {
    use(name).on(events, listener);
  } catch (error) {
    breakDown(name, 'cannot be listened to');
    lookAgain();
    throw error;
  }
}

function watchPage() {
  for (const watch of [watchState, watchQr, watchAccount]) guard('attach', watch)();
}
