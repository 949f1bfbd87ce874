'use strict';
// Ties the messaging part to the login walk: what is stored comes back, what is queued is taken in, what changes is stored.
{
  const { use, session, db, chats, inbound, outgoing } = __sim;
  const wid = (text) => use('WAWebWidFactory').createWid(text);
  const bus = () => use('WAWebBackendEventBus').BackendEventBus;

  // ---- storing -----------------------------------------------------------------------------------

  const dirty = new Set();
  let scheduled = false;
  function touch(model) {
    dirty.add(model);
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(() => {
      scheduled = false;
      for (const entry of dirty) save(entry);
      dirty.clear();
    });
  }

  const { Msg } = use('WAWebMsgModel');
  const TABLES = new Map([
    [use('WAWebChatModel').Chat, 'chat'],
    [use('WAWebContactModel').default, 'contact'],
  ]);
  function save(model) {
    if (model instanceof Msg) {
      if (!model.fromQuotedMsg && db.hasMessage(model.id)) db.putMessage(use('WAWebMsgDataFromModel').msgDataFromMsgModel(model));
    } else if (TABLES.has(model.constructor)) {
      db.saveModel(TABLES.get(model.constructor), model);
    } else {
      db.saveGroup(model);
    }
  }

  const { MsgCollection } = use('WAWebMsgCollection');
  const { ChatCollection } = use('WAWebChatCollection');
  const { ContactCollection } = use('WAWebContactCollection');
  const Groups = use('WAWebGroupMetadataCollection').default;
  // The rewritten message of a deletion is under a new id: it counts as new on disk.
  MsgCollection.on('change:id', (msg) => db.putMessage(use('WAWebMsgDataFromModel').msgDataFromMsgModel(msg)));
  MsgCollection.on('change', touch);
  MsgCollection.on('remove', (msg) => {
    if (msg.fromQuotedMsg) return;
    db.removeMessage(msg.id);
  });
  ChatCollection.on('add change', touch);
  ChatCollection.on('remove', (chat) => {
    db.remove('chat', chat.id);
    db.clearChat(chat.id);
  });
  ContactCollection.on('add change', touch);
  Groups.on('add change', (meta) => meta instanceof use('WAWebGroupMetadata').default && touch(meta));

  // ---- restoring -----------------------------------------------------------------------------------

  const definedOf = (row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined && value !== null));

  /** Chats and contacts from disk; of each chat one message, and none of them is new. */
  async function restoreChats() {
    const { contacts, chats: rows, groups } = await db.load();
    const mappings = contacts.filter(({ id }) => id.startsWith('map:')).map(({ pn, lid }) => ({ pn: wid(pn), lid: wid(lid) }));
    __sim.learnMappings(mappings);
    for (const row of contacts) {
      if (!row.id.startsWith('map:')) ContactCollection.gadd({ ...definedOf(row), id: wid(row.id) });
    }
    ensureOwnContacts();
    for (const { participants = [], membershipApprovalRequests, ...row } of groups) {
      const meta = Groups.gadd(wid(row.id));
      meta.set({ ...definedOf(row), id: meta.id, ...(row.owner ? { owner: wid(row.owner) } : {}) });
      for (const entry of participants) meta.participants.add({ ...definedOf(entry), id: wid(entry.id) });
    }
    const MsgKey = use('WAWebMsgKey').default;
    for (const row of rows) {
      ChatCollection.add({
        ...definedOf(row), id: wid(row.id), ...(row.accountLid ? { accountLid: wid(row.accountLid) } : {}),
        ...(row.lastReceivedKey ? { lastReceivedKey: MsgKey.fromString(row.lastReceivedKey) } : {}),
      });
    }
    inbound.settleStored();
    for (const chat of ChatCollection.toArray()) {
      const last = db.chatRows(chat.id).findLast(({ id }) => !held.has(id));
      if (last) await MsgCollection.processMultipleMessages(chat.id, [db.fromRow(last)], { add: 'after', isHistory: true }, 'restore');
    }
  }

  function ensureOwnContacts() {
    const me = use('WAWebUserPrefsMeUser');
    for (const own of [me.getMaybeMePnUser(), me.getMaybeMeLidUser()]) if (own) ContactCollection.gadd(own);
  }

  function takeContacts(list = []) {
    for (const { wid: pn, lid, name, pushname, business } of list) {
      if (pn && lid) __sim.learnMappings([{ pn: wid(pn), lid: wid(lid) }]);
      chats.ensureContact(wid(pn ?? lid), { name: name ?? undefined, pushname: pushname ?? undefined, business });
    }
  }

  /** Chats with messages that the account already has elsewhere; nothing of it counts as new. */
  async function takeHistory(list = []) {
    for (const entry of list) {
      const id = wid(entry.chat);
      if (entry.chat_pn && entry.chat_lid) __sim.learnMappings([{ pn: wid(entry.chat_pn), lid: wid(entry.chat_lid) }]);
      const chat = chats.ensureChat(id, { t: entry.t ?? undefined, name: id.isGroup() ? entry.name ?? undefined : undefined });
      if (entry.name && id.isUser()) chats.ensureContact(id, { name: entry.name });
      const rows = (entry.messages ?? []).map((frame) => inbound.decode(frame)).filter((data) => !db.hasMessage(data.id));
      for (const data of rows) db.putMessage({ ...data, isMdHistoryMsg: true });
      const last = rows.at(-1);
      if (last) await MsgCollection.processMultipleMessages(chat.id, [{ ...last, isMdHistoryMsg: true }], { add: 'after', isHistory: true }, 'historySync');
      const received = rows.findLast((data) => !data.id.fromMe);
      chat.set({
        t: Math.max(chat.t ?? 0, last?.t ?? 0) || chat.t, unreadCount: entry.unread ?? chat.unreadCount, archive: entry.archived ?? chat.archive,
        ...(received ? { lastReceivedKey: received.id } : {}),
      });
    }
  }

  // ---- the walk --------------------------------------------------------------------------------------

  const NON_BLOCKING_MAX = 1000;
  let restoring = false; // queued messages go to disk only
  const held = new Map(); // key text -> frame: queued messages, on disk already, that come in as new ones once the page is ready

  function hold(message) {
    const data = inbound.decode(message);
    if (db.hasMessage(data.id)) return;
    db.putMessage(data);
    held.set(data.id.toString(), message);
  }

  session.on('success', async (frame) => {
    await db.load(); // what comes in is compared with what is known
    ensureOwnContacts();
    if (!frame.fresh) {
      for (const group of frame.groups ?? []) __sim.groups.apply(group);
      takeContacts(frame.contacts);
    }
  });
  session.on('stored', async (frame) => {
    if (frame.offline) restoring = true;
    else await restoreChats();
  });
  session.on('offline', async (frame) => {
    for (const { message } of frame.messages.map((entry) => (entry.message ? entry : { message: entry }))) {
      // A short queue does not hold the page up beyond its first batch.
      const later = restoring && frame.total < NON_BLOCKING_MAX && frame.done > frame.messages.length;
      if (!restoring) inbound.accept(message, true);
      else if (later) hold(message);
      else inbound.accept(message, false);
    }
    if (frame.end && restoring) {
      restoring = false;
      await restoreChats();
    }
  });
  session.on('history', async (frame) => {
    takeContacts(frame.contacts);
    for (const group of frame.groups ?? []) {
      __sim.groups.apply(group);
      chats.ensureChat(wid(group.id), { t: group.created_t });
    }
    await takeHistory(frame.chats);
  });
  session.on('ready', () => {
    for (const message of held.values()) inbound.show(message);
    held.clear();
    outgoing.resume();
  });
  session.on('lost', () => {
    outgoing.pause();
    use('WAWebPresenceCollection').PresenceCollection.forget();
  });
  bus().onOfflineDeliveryEnd(() => outgoing.resume());
  __sim.wire.on('contact', (frame) => takeContacts([frame]));
}
__sim.bundle.close();
