'use strict';
// What the server delivers: messages, late readable text, edits, deletions, receipts.
{
  const { module, use, wire, db, chats } = __sim;
  const wid = (text) => use('WAWebWidFactory').createWid(text);
  const me = () => use('WAWebUserPrefsMeUser');
  const Msgs = () => use('WAWebMsgCollection').MsgCollection;
  const Chats = () => use('WAWebChatCollection').ChatCollection;

  /** The person of a frame; both address forms teach the page their mapping. */
  function person({ from, from_lid: lid }) {
    if (from && lid) __sim.learnMappings([{ pn: wid(from), lid: wid(lid) }]);
    return wid(from ?? lid);
  }

  // The server sends the quoted message along; what is on disk knows more of it.
  function quoteFields(chatId, quoted) {
    if (!quoted) return {};
    const source = db.findByStanzaId(chatId, quoted.id) ?? quoted;
    const quotedMsg = {};
    for (const name of ['type', 'body', 'caption', 'mimetype', 'lat', 'lng', 'loc', 'pollName']) {
      if (source[name] !== undefined && source[name] !== null) quotedMsg[name] = source[name];
    }
    return {
      quotedMsg,
      quotedStanzaID: quoted.id,
      quotedParticipant: chats.chatWid(person(quoted)),
      quotedRemoteJid: null,
    };
  }

  /** Message data of a frame. */
  function decode(frame) {
    const MsgKey = use('WAWebMsgKey').default;
    person(frame);
    if (frame.chat_pn && frame.chat_lid) __sim.learnMappings([{ pn: wid(frame.chat_pn), lid: wid(frame.chat_lid) }]);
    const target = wid(frame.chat);
    const remote = Chats().getLatestChatForWid(target)?.id ?? target;
    const fromMe = frame.from_me === true;
    const ownPn = me().getMaybeMePnUser();
    const participant = frame.author ? wid(frame.author) : undefined;
    const { type = 'chat' } = frame;
    return {
      id: new MsgKey({ fromMe, remote, id: frame.id, participant }),
      type,
      body: frame.media ? undefined : (frame.body ?? undefined), // of a medium, the text is its caption
      t: frame.t,
      from: fromMe ? ownPn : remote,
      to: fromMe ? remote : ownPn,
      author: participant,
      ack: frame.ack ?? 1,
      viewMode: 'VISIBLE',
      notifyName: frame.notify_name ?? undefined,
      clientReceivedTsMillis: Date.now(),
      mentionedJidList: (frame.mentions ?? []).map(wid),
      ...(type === 'location' ? { lat: frame.lat, lng: frame.lng } : {}),
      ...(frame.poll ? __sim.polls.inboundFields(frame.poll) : {}),
      ...(frame.media ? __sim.media.inboundFields(frame.media, type) : {}),
      ...quoteFields(remote, frame.quoted),
      ...frame.extra,
    };
  }

  const countsAsUnread = (data) => !data.id.fromMe && use('WAWebMsgGetters').getIsUnreadType(data);

  // Delivery receipts of one moment travel together, by chat.
  const RECEIPT_MS = 10;
  const receipts = new Map(); // chat text -> ids
  function acknowledge(data) {
    if (data.id.fromMe) return;
    const chat = data.id.remote.toString();
    if (!receipts.size) setTimeout(flushReceipts, RECEIPT_MS);
    const ids = receipts.get(chat);
    if (ids) ids.push(data.id.id);
    else receipts.set(chat, [data.id.id]);
  }
  function flushReceipts() {
    for (const [chat, ids] of receipts) wire.send({ t: 'receipt', ids, chat, kind: 'delivery' });
    receipts.clear();
  }

  /** Takes a message in: `live` into memory and with its events, otherwise to disk only. What is known already is dropped. */
  function accept(frame, live) {
    const data = decode(frame);
    const known = db.getMessage(data.id);
    if (known) {
      if (known.type === 'ciphertext' && data.type !== 'ciphertext') resolve(known.id, data);
      acknowledge(data); // a second delivery means that our receipt was lost
    } else if (live) {
      show(frame, data);
    } else {
      storeOnly(data, person(frame), frame);
      acknowledge(data);
    }
  }

  /** Shows a message as one that just came in. */
  function show(frame, data = decode(frame)) {
    const chat = openChat(data, person(frame), frame);
    db.putMessage(data);
    use('WAWebUpdateMessageUIAction').updateUI({ chatId: chat.id, msg: data });
    const msg = Msgs().get(data.id);
    const changes = {};
    if (!(chat.t >= data.t)) changes.t = data.t;
    if (countsAsUnread(data)) changes.unreadCount = Math.max(0, chat.unreadCount) + 1;
    if (!data.id.fromMe) chat.lastReceivedKey = data.id;
    chat.set(changes);
    if (!data.id.fromMe && data.type !== 'ciphertext') use('WAWebCmd').Cmd.trigger('alert_new_msg', msg);
    acknowledge(data);
  }

  function openChat(data, sender, frame) {
    const { remote } = data.id;
    if (!data.id.fromMe) chats.ensureContact(sender, { pushname: frame.notify_name });
    const known = Chats().get(remote);
    if (known) return known;
    const ghosts = remote.isUser() ? [['e2e_notification', 'encrypt'], ['notification_template', 'contact_info_card']] : [];
    const chat = chats.ensureChat(remote, { ghosts });
    if (remote.isGroup()) __sim.groups.refreshSoon(remote);
    return chat;
  }

  // While the page restores itself, queued messages go to disk; the chat shows the last one later, as an old message.
  const waiting = new Map(); // chat text -> {t, unread, lastReceivedKey, remote}
  function storeOnly(data, sender, frame) {
    db.putMessage(data);
    const entry = waiting.get(String(data.id.remote)) ?? { remote: data.id.remote, unread: 0, senders: [] };
    entry.t = Math.max(entry.t ?? 0, data.t);
    if (countsAsUnread(data)) entry.unread += 1;
    if (!data.id.fromMe) {
      entry.lastReceivedKey = data.id;
      entry.senders.push([sender, frame.notify_name]);
    }
    waiting.set(String(data.id.remote), entry);
  }

  /** What came in while the page restored itself, onto the restored chats. */
  function settleStored() {
    for (const { remote, t, unread, lastReceivedKey, senders } of waiting.values()) {
      for (const [sender, pushname] of senders) chats.ensureContact(sender, { pushname });
      const chat = chats.ensureChat(remote);
      chat.set({ t: Math.max(chat.t ?? 0, t), unreadCount: Math.max(0, chat.unreadCount) + unread, lastReceivedKey: lastReceivedKey ?? chat.lastReceivedKey });
    }
    waiting.clear();
  }

  /** A ciphertext placeholder became readable: the same model, with its type last. */
  function resolve(key, data) {
    const msg = Msgs().get(key);
    const { type, id, isNewMsg, recvFresh, ...rest } = data;
    if (!msg) {
      db.putMessage({ ...db.getMessage(key), ...rest, type });
      return;
    }
    const changed = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
    msg.set({ ...changed, subtype: undefined }, { silent: false });
    if (!msg.id.fromMe) use('WAWebCmd').Cmd.trigger('alert_new_msg', msg);
    msg.set({ type });
    if (use('WAWebMsgModelUtils').typeIsMms(msg) && !msg.mediaData) msg.registerMedia();
  }

  /** The key that a frame about an earlier message means: its text, in either address form, or only its id part. */
  function targetKey(frame) {
    const MsgKey = use('WAWebMsgKey').default;
    if (frame.key) {
      const key = MsgKey.fromString(frame.key);
      if (db.hasMessage(key)) return key;
      const other = use('WAWebLidMigrationUtils').getAlternateMsgKey(key);
      if (other && db.hasMessage(other)) return other;
    }
    const own = db.ownKeyOf(frame.id);
    if (own) return MsgKey.fromString(own);
    const chat = frame.chat && (Chats().getLatestChatForWid(wid(frame.chat))?.id ?? wid(frame.chat));
    return chat ? db.findByStanzaId(chat, frame.id)?.id : undefined;
  }

  function applyEdit(key, { body, editKey, timestampMs = Date.now(), own = false }) {
    const msg = Msgs().get(key);
    const field = msg && msg.caption !== undefined && use('WAWebMsgModelUtils').typeIsMms(msg) ? 'caption' : 'body';
    const changes = { latestEditMsgKey: editKey, latestEditSenderTimestampMs: timestampMs };
    if (!msg) {
      const row = db.getMessage(key);
      if (!row) return;
      const editedMsgData = { ...changes, [row.caption !== undefined ? 'caption' : 'body']: body };
      db.putMessage({ ...row, ...editedMsgData });
      use('WAWebUpdateEditedMessagesAction').updateEditedMessagesAction([{ parentMsg: row, editedMsgData, protocolMsg: { id: editKey } }]);
      return;
    }
    msg.set(own ? { ...changes, [field]: body, ack: 0 } : { ...changes, ack: undefined, [field]: body });
    if (!own) use('WAWebFrontendMsgGetters').getMaybeChat(msg)?.set({ unreadEditTimestampMs: timestampMs });
  }

  /**
   * Deleted for everyone: the same model is rewritten, with the deletion's own key. Pages of the older key shape keep the
   * id; clients written for them look the message up by it.
   */
  function applyRevoke(key, { revokeId, sender, admin = false, timestamp = chats.now() }) {
    const MsgKey = use('WAWebMsgKey').default;
    const keepId = __sim.config.keyShape === 'serialized';
    const newKey = keepId ? key : new MsgKey({ fromMe: key.fromMe, remote: key.remote, id: revokeId, participant: key.participant });
    const changes = {
      id: newKey, type: 'revoked', subtype: admin ? 'admin' : 'sender', revokeSender: sender, revokeTimestamp: timestamp,
      protocolMessageKey: key, body: undefined,
    };
    const msg = Msgs().get(key);
    if (!msg) {
      const row = db.getMessage(key);
      if (!row) return;
      db.removeMessage(key);
      db.putMessage({ ...row, ...changes });
      return;
    }
    const chat = use('WAWebFrontendMsgGetters').getMaybeChat(msg);
    if (!keepId) {
      db.removeMessage(key);
      for (const collection of [chat?.msgs, Msgs()]) {
        if (!collection) continue;
        collection._index.delete(key.toString());
        collection._index.set(newKey.toString(), msg);
      }
    }
    const unread = chat && !key.fromMe && isUnread(chat, msg);
    msg.trigger('revoked');
    msg.set({ ...changes, caption: undefined });
    msg.trigger('change:msgKey', { newKey, oldKey: key });
    if (unread) chat.unreadCount -= 1;
  }

  function isUnread(chat, msg) {
    let left = chat.unreadCount;
    for (let i = chat.msgs.length - 1; i >= 0 && left > 0; i -= 1) {
      const candidate = chat.msgs.at(i);
      if (candidate === msg) return true;
      if (!candidate.id.fromMe && use('WAWebMsgGetters').getIsUnreadType(candidate)) left -= 1;
    }
    return false;
  }

  // Touches models only; edits of what is only on disk pass here all the same.
  module('WAWebUpdateEditedMessagesAction', (exports) => {
    exports.updateEditedMessagesAction = async (edits) => {
      for (const { parentMsg, editedMsgData } of edits) Msgs().get(parentMsg.id)?.set(editedMsgData);
    };
  });

  __sim.inbound = { accept, show, decode, settleStored, resolve, targetKey, applyEdit, applyRevoke, person };

  wire.on('message', ({ message }) => accept(message, true));
  wire.on('resolve', (frame) => {
    const key = targetKey(frame);
    const row = key && db.getMessage(key);
    if (row?.type === 'ciphertext') resolve(key, { type: frame.type ?? 'chat', body: frame.body });
  });
  wire.on('edit', (frame) => {
    const key = targetKey(frame);
    if (!key) return;
    const MsgKey = use('WAWebMsgKey').default;
    const editKey = new MsgKey({ fromMe: key.fromMe, remote: key.remote, id: frame.edit_id ?? MsgKey.newId_DEPRECATED(), participant: key.participant });
    applyEdit(key, { body: frame.body, editKey, timestampMs: frame.at * 1000 });
  });
  wire.on('delete', (frame) => {
    const key = targetKey(frame);
    if (!key) return;
    const msg = Msgs().get(key);
    if (msg) msg.delete();
    else db.removeMessage(key);
  });
  // A deletion is a message of its own: it comes along the road of all messages, where it rewrites the one it names.
  wire.on('revoke', async (frame) => {
    const key = targetKey(frame);
    if (!key) return;
    const row = db.getMessage(key);
    const sender = chats.chatWid(person(frame));
    const MsgKey = use('WAWebMsgKey').default;
    const participant = key.remote.isGroup() ? sender : undefined;
    const protocol = {
      id: new MsgKey({ fromMe: key.fromMe, remote: key.remote, id: frame.revoke_id, participant }), type: 'protocol',
      subtype: row.author && !sender.equals(row.author) ? 'admin_revoke' : 'sender_revoke', protocolMessageKey: key,
      from: key.remote.isGroup() ? key.remote : sender, to: row.to, author: participant, t: frame.at, viewMode: 'VISIBLE',
    };
    await use('WAWebUpdateMessageUIAction').updateUI({ chatId: key.remote, msg: protocol });
  });
}
