'use strict';

// Plain objects out of the page's models, built by hand: `serialize()` leaves out session attributes and cannot cross
// to the debugging protocol.

const SYSTEM_TYPES = new Set([
  'broadcast_notification', 'call_log', 'debug', 'e2e_notification', 'gp2', 'group-history', 'guest_upsell_system_msg',
  'history_bundle', 'message_history_notice', 'newsletter_notification', 'notification', 'notification_template', 'pinned_message',
  'poll_add_option_decrypted', 'protocol', 'status_notification',
]);

/** Not readable yet: the page rewrites the same model when it is. */
const PENDING_TYPES = new Set(['ciphertext', 'debug_placeholder', 'quarantined']);

const MEDIA_TYPES = new Set(['image', 'video', 'audio', 'ptt', 'ptv', 'document', 'sticker', 'sticker-pack']);

/** Their `body` is a thumbnail. */
const THUMBNAIL_TYPES = new Set([...MEDIA_TYPES, 'location', 'product', 'order', 'groups_v4_invite', 'payment']);

/** `user@server` of a wid or its text, without the device; undefined for nothing. */
function addressOf(wid) {
  if (wid === undefined || wid === null) return undefined;
  if (typeof wid === 'object' && wid.user !== undefined && wid.server !== undefined) return `${wid.user}@${wid.server}`;
  const text = String(wid);
  return text.includes('@') ? text.replace(/:\d+(?=@)/, '') : undefined;
}

function serverOf(address) {
  return address?.slice(address.indexOf('@') + 1);
}

function userOf(address) {
  return address?.slice(0, address.indexOf('@'));
}

/** The text of a key: `toString()` today, `_serialized` in older builds. */
function keyText(key) {
  if (key === undefined || key === null) return undefined;
  const text = String(key);
  return text.startsWith('[object') ? key._serialized : text;
}

/** Number and LID of a person, as far as the page knows them; nothing for groups. */
function formsOf(wid) {
  const address = addressOf(wid);
  const server = serverOf(address);
  if (server === 'c.us') {
    return { phone: userOf(address), lid: addressOf(use('lid_of_number')(use('create_wid')(address))) };
  }
  // The page throws for anything but the LID of a user (`WAWebLidPnCache`).
  if (server === 'lid') {
    return { lid: address, phone: userOf(addressOf(use('number_of_lid')(use('create_wid')(address)))) };
  }
  return {};
}

function ownForms() {
  return { phone: userOf(addressOf(use('own_number')())), lid: addressOf(use('own_lid')()) };
}

function isMe(wid) {
  return wid !== undefined && wid !== null && use('is_me')(wid) === true;
}

/** The key of the message this one answers, as the page would make it (`WAWebQuotedMsgModelUtils`, which adds models). */
function quotedKey(msg) {
  const id = msg.quotedStanzaID;
  const participant = msg.quotedParticipant;
  if (!id || !participant) return undefined;
  const remote = addressOf(msg.quotedRemoteJid ?? msg.id.remote);
  const direct = ['c.us', 'lid'].includes(serverOf(remote));
  return `${isMe(participant)}_${remote}_${id}${direct ? '' : `_${addressOf(participant)}`}`;
}

function bodyOf(msg) {
  const text = MEDIA_TYPES.has(msg.type) ? msg.caption : THUMBNAIL_TYPES.has(msg.type) ? undefined : msg.body;
  return typeof text === 'string' ? text.slice(0, config.limits.text) : undefined;
}

function serialiseMessage(msg, live) {
  const chat = addressOf(msg.id.remote);
  const fromMe = msg.id.fromMe === true;
  const author = msg.author ?? msg.id.participant;
  const direct = ['c.us', 'lid'].includes(serverOf(chat));
  const sender = fromMe ? ownForms() : formsOf(direct ? (msg.from ?? msg.id.remote) : author);
  const other = direct ? formsOf(msg.id.remote) : {};
  const own = addressOf(use('own_number')()) ?? addressOf(use('own_lid')());
  return {
    key: keyText(msg.id),
    id: String(msg.id.id),
    chat,
    from: addressOf(msg.from) ?? (fromMe ? own : chat),
    to: addressOf(msg.to) ?? (fromMe ? chat : own),
    author: direct ? undefined : addressOf(author),
    fromMe,
    phone: sender.phone,
    lid: sender.lid,
    chatPhone: other.phone,
    chatLid: other.lid,
    type: String(msg.type),
    subtype: msg.subtype ? String(msg.subtype) : undefined,
    body: bodyOf(msg),
    t: Math.trunc(Number(msg.t)) || 0,
    ack: Number.isInteger(msg.ack) ? msg.ack : undefined,
    notifyName: msg.notifyName ? String(msg.notifyName).slice(0, 1024) : undefined,
    quoted: quotedKey(msg),
    mentions: (msg.mentionedJidList || []).map(addressOf).filter(Boolean),
    system: SYSTEM_TYPES.has(msg.type),
    live,
    hasMedia: MEDIA_TYPES.has(msg.type),
    ciphertext: PENDING_TYPES.has(msg.type),
    editedKey: keyText(msg.latestEditMsgKey),
  };
}
