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

/**
 * Not a message to anybody: a quote whose message is not there, what a bot shows while it "types", the hidden twin of a
 * picture that is sent in two qualities (the pictures of an album are hidden as well), a status shown in a group.
 */
function isPlaceholder(msg) {
  if (msg.fromQuotedMsg === true || msg.isGroupStatus === true || /typing/.test(String(msg.subtype ?? ''))) return true;
  return msg.viewMode === 'HIDDEN' && !/album/i.test(String(msg.associationType ?? ''));
}

function onAdd(msg) {
  // Unset on what the page loads from its database; set on what arrives and on what is sent.
  if (msg?.isNewMsg !== true || isPlaceholder(msg)) return;
  const message = serialiseMessage(msg, true);
  if (reported.live.add(message.key)) emit('message', message);
}

function onType(msg, type, before) {
  if (type === 'revoked') tellRevoked(msg);
  else if (PENDING_TYPES.has(before) && !PENDING_TYPES.has(type)) emit('resolved', serialiseMessage(msg, true));
}

function tellEdit(msg, before) {
  const previous = typeof before === 'string' ? before.slice(0, config.limits.text) : undefined;
  emit('edit', { message: serialiseMessage(msg, true), previous });
}

/** The text also changes when a message becomes readable or is deleted. */
function onText(msg, text, before) {
  if (!msg.latestEditMsgKey || msg.type === 'revoked' || PENDING_TYPES.has(msg.type) || text === undefined) return;
  tellEdit(msg, before);
}

/** Of a medium, this is a thumbnail. */
function onBody(msg, body, before) {
  if (!THUMBNAIL_TYPES.has(msg.type)) onText(msg, body, before);
}

function onCaption(msg, caption, before) {
  if (MEDIA_TYPES.has(msg.type)) onText(msg, caption, before);
}

/**
 * How far a message of ours has come. The one place that tells what was refused from what was given up: what was pending when
 * its document went away comes back marked as failed, at level 0 and without a code, and the page does not send it again
 * (`WAWebMsgGetters.getIsFailed`). The server may have it; under its old id it stays one message.
 */
function fateOf(msg, level = msg.ack) {
  const ack = Number.isInteger(level) ? level : undefined;
  const code = msg.errorCode ? String(msg.errorCode).slice(0, 64) : undefined;
  // The page may leave the mark on what got through after all.
  const marked = ack === 0 && msg.isSendFailure === true;
  const refused = ack < 0 || (marked && code !== undefined);
  return { ack, failed: refused ? 'refused' : marked ? 'given_up' : undefined, code };
}

function tellAck(msg, ack) {
  emit('ack', { key: keyText(msg.id), id: String(msg.id.id), ...fateOf(msg, ack) });
}

/** Levels only rise, except to a failure; an edit runs through them once more. */
function onAck(msg, ack, before) {
  if (msg.id?.fromMe !== true || !Number.isInteger(ack)) return;
  const reached = reported.acks.get(msg) ?? (Number.isInteger(before) ? before : -1);
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
  if (isPlaceholder(msg) || msg.type === 'revoked' || SYSTEM_TYPES.has(msg.type) || isDiscarded(msg.id)) return;
  if (use('connection').blockStoreAdds === true) return;
  emit('removed', { key: keyText(msg.id) });
}

/** The page's own object for a key, which rows of its database hold as a text. */
function keyOf(key) {
  return typeof key === 'string' ? use('message_key').fromString(key) : key;
}

/** A key, and the same key in the other form of address where there is one. */
function bothKeys(key) {
  const alternate = maybe('alternate_key');
  if (!alternate || !maybe('message_key')) return [key];
  try {
    const other = alternate(keyOf(key));
    // Anything else, and the page would look for it.
    return keyText(other)?.split('_').length > 2 ? [key, other] : [key];
  } catch (error) {
    fault('alternate_key', error);
    return [key];
  }
}

/** The message in memory; a quote of it is not the message. */
function messageInMemory(key) {
  const messages = use('messages');
  const real = (found) => (found && found.fromQuotedMsg !== true ? found : undefined);
  return real(messages.get(key)) ?? bothKeys(key).map((each) => real(messages.get(each))).find(Boolean);
}

/** Whether two addresses are one person's, by number or by LID. */
function samePerson(one, other) {
  const [a, b] = [formsOf(one), formsOf(other)];
  return addressOf(one) === addressOf(other) || (a.lid !== undefined && a.lid === b.lid) || (a.phone !== undefined && a.phone === b.phone);
}

/** The page drops deletions by somebody who may not delete (`WAWebGetMsgUpdatesActionsUtils`). */
function mayRevoke(row) {
  const { fromMe, remote, participant } = keyOf(row.protocolMessageKey);
  const inGroup = serverOf(addressOf(remote)) === 'g.us';
  if (row.subtype === 'admin_revoke') return inGroup;
  const sender = row.author ?? row.from;
  return fromMe ? isMe(sender) : samePerson(sender, inGroup ? participant : remote);
}

/** Deletions of messages that are not in memory change no model: they only pass through here. */
function hookProtocolMessages() {
  const collection = use('messages');
  const process = collection.processMultipleMessages;
  if (typeof process !== 'function') return;
  const look = guard('revoke', (rows) => {
    for (const row of rows) {
      const key = keyText(row.protocolMessageKey);
      if (!key || !mayRevoke(row) || messageInMemory(row.protocolMessageKey) || !reported.revoked.add(key)) continue;
      emit('revoke', { key, by: row.subtype === 'admin_revoke' ? 'admin' : 'sender' });
    }
  });
  collection.processMultipleMessages = function processMultipleMessages(...args) {
    const done = process.apply(this, args);
    const rows = Array.isArray(args[1]) ? args[1] : [];
    const deletions = rows.filter((row) => row?.type === 'protocol' && /^(sender|admin)_revoke$/.test(row.subtype));
    // What the same chat has waiting is added first: a deletion is told behind its message.
    if (deletions.length) Promise.resolve(done).then(() => look(deletions), () => look(deletions));
    return done;
  };
}

/** Edits of messages that are not in memory change no model either. */
function hookEdits() {
  return wrap('edited', ([edits]) => {
    for (const { parentMsg, editedMsgData } of edits) {
      if (messageInMemory(parentMsg.id)) continue;
      tellEdit({ ...parentMsg, ...editedMsgData, id: keyOf(parentMsg.id) }, parentMsg.caption ?? parentMsg.body);
    }
  });
}

/** Nor do receipts. In groups they are those of single participants. */
function hookAcks() {
  const look = ([keys, ack]) => {
    for (const key of keys) {
      const direct = ['c.us', 'lid'].includes(serverOf(addressOf(key.remote)));
      if (key.fromMe === true && direct && Number.isInteger(ack) && !messageInMemory(key)) tellAck({ id: key }, ack);
    }
  };
  return ['acks_of_others', 'acks_of_peers'].map((name) => wrapOnce(name, look)).every(Boolean);
}

function watchMessages() {
  const collection = maybe('messages');
  if (!collection) return false;
  const listeners = {
    add: onAdd,
    remove: onRemove,
    'change:type': onType,
    'change:body': onBody,
    'change:caption': onCaption,
    'change:ack': onAck,
    'change:isSendFailure': onSendFailure,
  };
  for (const [event, listener] of Object.entries(listeners)) listen('messages', event, guard(event, listener));
  hookProtocolMessages();
  // What arrived between the page's start and now.
  const newest = collection.getModelsArray().filter((msg) => msg.isNewMsg === true);
  for (const msg of newest.sort((a, b) => a.t - b.t)) guard('add', onAdd)(msg);
  return true;
}
