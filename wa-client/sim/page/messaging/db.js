'use strict';
// Chats, messages and contacts as they are on disk, mirrored in memory: rows are plain data, ids are texts.
{
  const { module, use, store } = __sim;

  const messages = new Map(); // key text -> row
  const byChat = new Map(); // chat text -> rows, oldest first
  const reactions = new Map(); // parent key text -> row
  const ownIds = new Map(); // id part -> key text, of messages sent by this account
  let loading = null;

  const WIDS = ['from', 'to', 'author', 'quotedParticipant', 'quotedRemoteJid', 'revokeSender', 'callCreator', 'originalSelfAuthor'];
  const WID_LISTS = ['mentionedJidList', 'recipients'];
  const KEYS = ['id', 'protocolMessageKey', 'latestEditMsgKey', 'reactionParentKey', 'pinParentKey', 'parentMsgKey'];
  // True of this document only.
  const TRANSIENT = new Set(['isNewMsg', 'recvFresh', 'local', 'mediaData', 'senderObj', 'fromQuotedMsg', 'search', 'rowId']);

  function plain(value) {
    if (value === null || typeof value !== 'object') return typeof value === 'function' ? undefined : value;
    if (value instanceof use('WAWebWid').default || value instanceof use('WAWebMsgKey').default) return value.toString();
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value;
    if (Array.isArray(value)) return value.map(plain);
    const result = {};
    for (const [name, inner] of Object.entries(value)) result[name] = plain(inner);
    return result;
  }

  function toRow(data) {
    const row = {};
    for (const [name, value] of Object.entries(data)) {
      if (value !== undefined && !TRANSIENT.has(name)) row[name] = plain(value);
    }
    row.chat = data.id.remote.toString();
    return row;
  }

  /** Row to message data: ids become objects again. */
  function fromRow(row) {
    const { chat, ...data } = row;
    const { createWid } = use('WAWebWidFactory');
    const MsgKey = use('WAWebMsgKey').default;
    for (const name of WIDS) if (typeof data[name] === 'string') data[name] = createWid(data[name]);
    for (const name of WID_LISTS) if (data[name]) data[name] = data[name].map(createWid);
    for (const name of KEYS) if (typeof data[name] === 'string') data[name] = MsgKey.fromString(data[name]);
    return data;
  }

  function index(row) {
    if (row.id.startsWith('true_')) ownIds.set(row.id.split('_')[2], row.id);
    let rows = byChat.get(row.chat);
    if (!rows) byChat.set(row.chat, (rows = []));
    let at = rows.length;
    while (at > 0 && rows[at - 1].t > row.t) at -= 1;
    rows.splice(at, 0, row);
  }

  function unindex(row) {
    const rows = byChat.get(row.chat);
    rows?.splice(rows.indexOf(row), 1);
  }

  const db = {
    /** Reads the disk once. */
    load() {
      loading ??= (async () => {
        const rows = await store.getAll('message');
        rows.sort((a, b) => a.t - b.t || a.seq - b.seq);
        for (const row of rows) {
          // A send that was still pending when its document went away: it is not sent again.
          if (row.ack === 0 && row.id.startsWith('true_') && !row.isSendFailure) {
            row.isSendFailure = true;
            store.put('message', row);
          }
          messages.set(row.id, row);
          index(row);
          seq = Math.max(seq, row.seq);
        }
        for (const row of await store.getAll('reactions')) reactions.set(row.id, row);
        const [contacts, chats, groups] = await Promise.all(['contact', 'chat', 'group-metadata'].map((name) => store.getAll(name)));
        return { contacts, chats, groups };
      })();
      return loading;
    },

    ownKeyOf: (id) => ownIds.get(id),
    hasMessage: (id) => messages.has(String(id)),
    getMessage(id) {
      const row = messages.get(String(id));
      return row && fromRow(row);
    },
    putMessage(data) {
      const row = toRow(data);
      const known = messages.get(row.id);
      row.seq = known?.seq ?? (seq += 1);
      messages.set(row.id, row);
      if (known) {
        const rows = byChat.get(row.chat);
        rows[rows.lastIndexOf(known)] = row; // mostly one of the newest
      } else {
        index(row);
      }
      store.put('message', row);
    },
    removeMessage(id) {
      const row = messages.get(String(id));
      if (!row) return;
      messages.delete(row.id);
      unindex(row);
      store.remove('message', row.id);
    },
    /** Message data of a chat, oldest first. `filter` sees rows. */
    chatRows: (chat) => byChat.get(String(chat)) ?? [],
    chatIds: () => [...byChat.keys()],
    fromRow,
    /** A message of a chat by the id part of its key. */
    findByStanzaId(chat, id) {
      const row = db.chatRows(chat).findLast((candidate) => candidate.id.split('_')[2] === id);
      return row && fromRow(row);
    },
    clearChat(chat) {
      for (const row of db.chatRows(chat).slice()) db.removeMessage(row.id);
    },

    saveMapping(pn, lid) {
      store.put('contact', { id: `map:${lid}`, pn: pn.toString(), lid: lid.toString() });
    },
    saveModel(name, model) {
      store.put(name, plain(Object.fromEntries(model._schema.props.map((prop) => [prop, model[prop]]))));
    },
    saveGroup(meta) {
      const { membershipApprovalRequests, pendingParticipants, pastParticipants, ...values } = meta.serialize();
      store.put('group-metadata', plain(values));
    },
    remove: (name, id) => store.remove(name, String(id)),
    reactionsOf: (parent) => reactions.get(String(parent))?.senders ?? [],
    saveReactions(parent, senders) {
      const row = { id: String(parent), senders: plain(senders) };
      reactions.set(row.id, row);
      store.put('reactions', row);
    },
  };
  let seq = 0;
  __sim.db = db;

  module('WAWebDBMsgUtils', (exports) => {
    exports.getMsgsByMsgKey = async (ids) => ids.map((id) => __sim.db.getMessage(id)).filter(Boolean);
  });
  module('WAWebDBUpdateMessageTable', (exports) => {
    exports.updateMessageTable = async (id, changes) => {
      const data = db.getMessage(id);
      if (data) db.putMessage({ ...data, ...changes });
    };
  });

  module('WAWebDBMessageFindLocal', (exports) => {
    const page = (rows) => ({ status: 200, messages: rows.map(fromRow) });
    const around = (anchor, count, direction, test = () => true) => {
      const rows = db.chatRows(anchor.remote);
      const at = rows.findIndex((row) => row.id === anchor.toString());
      if (at < 0) return [];
      return direction === 'after'
        ? rows.slice(at + 1).filter(test).slice(0, count)
        : rows.slice(0, at).filter(test).slice(-count);
    };
    const inChat = (chat, test, { anchor, count = 50, direction = 'before' }) => {
      if (anchor) return around(anchor, count, direction, test);
      const chats = chat ? [chat.id ?? chat] : db.chatIds();
      return chats.flatMap((id) => db.chatRows(id).filter(test)).slice(-count);
    };
    const finder = (test) => async ({ chat, ...options }) => page(inChat(chat, test, options));

    exports.msgFindByDirection = async ({ direction, anchor, count }) => page(around(anchor, count, direction));
    exports.msgFindBefore = (options) => exports.msgFindByDirection({ ...options, direction: 'before' });
    exports.msgFindAfter = (options) => exports.msgFindByDirection({ ...options, direction: 'after' });
    exports.msgFindMedia = async ({ mediaType, ...options }) => {
      const kinds = { image: ['image'], video: ['video'], document: ['document'], url: ['chat'] }[mediaType] ?? ['image', 'video', 'document', 'audio', 'ptt'];
      return finder(({ type }) => kinds.includes(type))(options);
    };
    exports.msgFindStarred = finder(({ star }) => star === true);
    exports.msgFindEvents = finder(({ type }) => type === 'event_creation');
    exports.msgFindCallLog = finder(({ type }) => type === 'call_log');
    exports.getAllDocsMessages = finder(({ type }) => type === 'document');
    exports.getAllLinksMessages = finder(({ type, body }) => type === 'chat' && use('WALinkify').findLink(body) !== null);
    exports.msgFindSearch = async ({ searchTerm, page: number, count, remote }) => {
      const term = String(searchTerm).toLowerCase();
      const text = ({ body, caption, type }) => (type === 'image' || type === 'video' ? caption : body) ?? caption ?? '';
      const chats = remote ? [remote] : db.chatIds();
      const rows = chats.flatMap((chat) => db.chatRows(chat)).filter((row) => typeof text(row) === 'string' && text(row).toLowerCase().includes(term));
      rows.sort((a, b) => b.t - a.t || b.seq - a.seq);
      const from = (number - 1) * count;
      return { ...page(rows.slice(from, from + count)), eof: rows.length <= from + count };
    };
  });

  module('WAWebChatLoadMessages', (exports) => {
    exports.waitForSync = async () => {
      const { Socket } = use('WAWebSocketModel');
      if (!Socket.hasSynced) await new Promise((resolve) => Socket.once('change:hasSynced', resolve));
    };
    exports.waitForChatLoading = async () => {};

    const load = (flag, direction) => ({ chat, msgCollection }) => {
      const msgs = msgCollection ?? chat.msgs;
      const state = msgs.msgLoadState;
      const slot = `${flag}Promise`;
      // One load at a time; a second caller gets the running one.
      msgs[slot] ??= (async () => {
        const anchor = direction === 'before' ? msgs.head() : msgs.last();
        state[flag] = true;
        await Promise.resolve();
        const { PAGE_SIZE } = use('WAWebCollectionConstants');
        const { msgFindByDirection } = use('WAWebDBMessageFindLocal');
        const rows = anchor
          ? (await msgFindByDirection({ direction, anchor: anchor.id, count: PAGE_SIZE })).messages
          : db.chatRows(chat.id).slice(-PAGE_SIZE).map(fromRow);
        const { MsgCollection } = use('WAWebMsgCollection');
        const loaded = await MsgCollection.processMultipleMessages(chat.id, rows, { add: direction }, 'chatLoadMessages');
        if (direction === 'before' && rows.length < PAGE_SIZE) state.noEarlierMsgs = true;
        return loaded;
      })().finally(() => {
        state[flag] = false;
        msgs[slot] = undefined;
      });
      return msgs[slot];
    };
    const loadEarlier = load('isLoadingEarlierMsgs', 'before');
    const loadRecent = load('isLoadingRecentMsgs', 'after');
    exports.loadEarlierMsgs = async (options) => {
      const { chat, msgCollection } = options;
      const state = (msgCollection ?? chat.msgs).msgLoadState;
      return state.noEarlierMsgs ? undefined : loadEarlier(options);
    };
    exports.loadRecentMsgs = async (options) => loadRecent(options);
  });
}
