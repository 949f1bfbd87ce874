'use strict';

// Messages as they come, change and go.

/** A set that forgets what is oldest. */
class RecentKeys {
  constructor(limit) {
    this.limit = limit;
    this.keys = new Set();
  }

  has(key) {
    return this.keys.has(key);
  }

  /** False when it was there. */
  add(key) {
    if (this.keys.has(key)) return false;
    this.keys.add(key);
    if (this.keys.size > this.limit) this.keys.delete(this.keys.values().next().value);
    return true;
  }
}

/** Keys that were told as live messages, as revoked, and the level each own message has reached. */
const reported = { live: new RecentKeys(20_000), revoked: new RecentKeys(2_000), acks: new WeakMap() };

/** What a bot shows while it "types" is a message of its own that goes away again. */
function isPlaceholder(msg) {
  return msg.fromQuotedMsg === true || /typing/.test(String(msg.subtype ?? ''));
}

function onAdd(msg) {
  // Unset on what the page loads from its database; set on what arrives and on what is sent.
  if (msg?.isNewMsg !== true || isPlaceholder(msg)) return;
  const message = serialiseMessage(msg, true);
  if (reported.live.add(message.key)) emit('message', message);
}

function onType(msg, type, before) {
  if (type === 'revoked') tellRevoked(msg);
  else if (before === 'ciphertext') emit('resolved', serialiseMessage(msg, true));
}

function onBody(msg, body, before) {
  // The body also changes when a message becomes readable or is deleted.
  if (!msg.latestEditMsgKey || msg.type === 'revoked' || msg.type === 'ciphertext' || body === undefined) return;
  const previous = typeof before === 'string' ? before.slice(0, config.limits.text) : undefined;
  emit('edit', { message: serialiseMessage(msg, true), previous });
}

function tellAck(msg, ack) {
  emit('ack', {
    key: keyText(msg.id),
    id: String(msg.id.id),
    ack,
    failed: ack < 0 || msg.isSendFailure === true || undefined,
    code: msg.errorCode ? String(msg.errorCode).slice(0, 64) : undefined,
  });
}

/** Levels only rise, except to a failure; an edit of ours runs through them once more. */
function onAck(msg, ack) {
  if (msg.id?.fromMe !== true || !Number.isInteger(ack)) return;
  const reached = reported.acks.get(msg) ?? -1;
  if (ack >= 0 && ack <= reached) return;
  reported.acks.set(msg, Math.max(reached, ack));
  tellAck(msg, ack);
}

function onSendFailure(msg, failed) {
  if (msg.id?.fromMe !== true || failed !== true || msg.ack < 0) return;
  tellAck(msg, Number.isInteger(msg.ack) ? msg.ack : 0);
}

/** The model was rewritten: its key is now that of the deletion, the old one is in `protocolMessageKey`. */
function tellRevoked(msg) {
  const key = keyText(msg.protocolMessageKey);
  if (!key || !reported.revoked.add(key)) return;
  emit('revoke', { key, message: serialiseMessage(msg, true), by: msg.subtype === 'admin' ? 'admin' : 'sender' });
}

function onRemove(msg) {
  if (isPlaceholder(msg) || msg.type === 'revoked' || SYSTEM_TYPES.has(msg.type)) return;
  if (use('connection').blockStoreAdds === true) return;
  emit('removed', { key: keyText(msg.id) });
}

/** A message is looked for under its key and under the same key in the other form of address. */
function messageInMemory(key) {
  const messages = use('messages');
  const found = messages.get(key);
  if (found) return found;
  const alternate = maybe('alternate_key');
  const MessageKey = maybe('message_key');
  if (!alternate || !MessageKey) return undefined;
  const other = alternate(typeof key === 'string' ? MessageKey.fromString(key) : key);
  return other ? messages.get(other) : undefined;
}

/** Deletions of messages that are not in memory change no model: they only pass through here. */
function hookProtocolMessages() {
  const collection = use('messages');
  const process = collection.processMultipleMessages;
  if (typeof process !== 'function') return;
  const look = guard('revoke', (rows) => {
    for (const row of Array.isArray(rows) ? rows : []) {
      if (row?.type !== 'protocol' || !/^(sender|admin)_revoke$/.test(row.subtype)) continue;
      const key = keyText(row.protocolMessageKey);
      if (!key || messageInMemory(row.protocolMessageKey) || !reported.revoked.add(key)) continue;
      emit('revoke', { key, by: row.subtype === 'admin_revoke' ? 'admin' : 'sender' });
    }
  });
  collection.processMultipleMessages = function processMultipleMessages(...args) {
    look(args[1]);
    return process.apply(this, args);
  };
}

function watchMessages() {
  const collection = use('messages');
  const listeners = {
    add: onAdd,
    remove: onRemove,
    'change:type': onType,
    'change:body': onBody,
    'change:caption': onBody,
    'change:ack': onAck,
    'change:isSendFailure': onSendFailure,
  };
  for (const [event, listener] of Object.entries(listeners)) collection.on(event, guard(event, listener));
  hookProtocolMessages();
  // What arrived between the page's start and now.
  const newest = collection.getModelsArray().filter((msg) => msg.isNewMsg === true);
  for (const msg of newest.sort((a, b) => a.t - b.t)) guard('add', onAdd)(msg);
}
