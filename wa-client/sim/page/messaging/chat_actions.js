'use strict';
// What one does to a chat: archive, pin, clear, delete, labels, notes.
{
  const { module, use, db, chats } = __sim;
  const status = (code, text) => new (use('WAWebBackendErrors').ServerStatusCodeError)(code, text);
  const refused = () => new (use('WAWebMiscErrors').ActionError)();
  /** One call at a time per chat: a second one gets the promise of the first. */
  const single = (chat, name, run) => {
    chat.promises[name] ??= run().finally(() => delete chat.promises[name]);
    return chat.promises[name];
  };

  module('WAWebChatArchiveBridge', (exports) => {
    exports.sendConversationArchive = async (id, archive, _lastKey) => {
      await __sim.mutate('archive', id, { archive });
      return { status: 200 };
    };
  });
  module('WAWebSetArchiveChatAction', (exports) => {
    exports.setArchive = (chat, archive, _showToast = true) => {
      if (Boolean(chat.archive) === archive) return Promise.reject(refused());
      const running = chat.promises.setArchive;
      if (running) return running.promise;
      const promise = (async () => {
        await use('WAWebChatArchiveBridge').sendConversationArchive(chat.id, archive, chat.lastReceivedKey);
        chat.set(archive ? { archive, pin: 0 } : { archive });
      })().finally(() => delete chat.promises.setArchive);
      chat.promises.setArchive = { promise, archive };
      return promise;
    };
  });

  module('WAWebChatPinBridge', (exports) => {
    const kin = (id) => (id.isNewsletter() ? use('WAWebNewsletterCollection').default : use('WAWebChatCollection').ChatCollection);
    exports.getPinLimit = (id) => (id.isNewsletter() ? 2 : 3);
    exports.getNumConversationsPinned = (id) => kin(id).filter((chat) => Boolean(chat.pin)).length;
  });
  module('WAWebSetPinChatAction', (exports) => {
    exports.setPin = (chat, pin) => single(chat, 'setPin', async () => {
      const { getPinLimit, getNumConversationsPinned } = use('WAWebChatPinBridge');
      if (pin && !chat.pin && getNumConversationsPinned(chat.id) >= getPinLimit(chat.id)) throw status(405, 'not-allowed');
      await __sim.mutate('pin', chat.id, { pin });
      chat.pin = pin ? Date.now() : 0;
    });
  });

  module('WAWebChatClearBridge', (exports) => {
    /** Cleans the disk and leaves the models in memory. */
    exports.sendClear = async (chat, _unused, keepStarred) => {
      const gone = db.chatRows(chat.id).filter((row) => !(keepStarred && row.star)).map(({ id }) => id);
      for (const id of gone) db.removeMessage(id);
      return { result: gone };
    };
  });
  module('WAWebClearChatUtils', (exports) => {
    exports.initClearChat = (chat, keepStarred) => {
      chat.promises.sendClear ??= use('WAWebChatClearBridge').sendClear(chat, undefined, keepStarred);
      return chat.promises.sendClear;
    };
    exports.finalizeClearChat = async (chat, clearing) => {
      try {
        const { result } = await clearing;
        const { MsgCollection } = use('WAWebMsgCollection');
        for (const id of result) MsgCollection.get(id)?.delete();
        chat.set({ unreadCount: 0, lastReceivedKey: undefined, createdLocally: false });
        return { result };
      } finally {
        delete chat.promises.sendClear;
      }
    };
  });
  module('WAWebSendClearChatAction', (exports) => {
    const UNDO_MS = 4000;
    const clearLater = async (chat, keepStarred) => {
      await new Promise((resolve) => setTimeout(resolve, UNDO_MS));
      const { initClearChat, finalizeClearChat } = use('WAWebClearChatUtils');
      await finalizeClearChat(chat, initClearChat(chat, keepStarred)).catch((error) => console.error(error.name));
    };
    // Starts after the time in which the user could undo it, and resolves whatever happens. Nothing is in flight before
    // that. Clients tell this function from another one of its name by the module that stands in its text.
    exports.sendClear = (chat, keepStarred) => clearLater(use('WAWebStateUtils').unproxy(chat), keepStarred);
  });
  module('WAWebChatDeleteBridge', (exports) => {
    exports.sendConversationDelete = async ({ id }) => {
      await __sim.mutate('deleteChat', id, {});
      return { status: 200 };
    };
  });
  module('WAWebDeleteChatAction', (exports) => {
    /** In flight is the bridge's own promise: whoever looks it up there gets its answer. */
    exports.sendDelete = (chat, _showToast = true) => {
      if (chat.promises.sendDelete) return chat.promises.sendDelete;
      if (chat.id.isGroup() && chat.groupMetadata.participants.iAmMember()) return Promise.reject(refused());
      const deleting = use('WAWebChatDeleteBridge').sendConversationDelete({ id: chat.id });
      chat.promises.sendDelete = deleting;
      return deleting.then(() => {
        for (const msg of chat.msgs.toArray()) msg.delete();
        chat.delete();
      }).finally(() => delete chat.promises.sendDelete);
    };
  });

  module('WAWebChatMessageSearch', (exports) => {
    exports.fts = ({ chat, searchTerm, page, count }) => use('WAWebMsgCollection').MsgCollection.search(searchTerm, page, count, chat.id);
    exports.getSearchContext = ({ chat, msgKey }) => {
      const collection = chat.msgs;
      return { collection, msg: collection.get(msgKey), key: msgKey, highlightMsg: true };
    };
  });

  module('WAWebSendNonMessageDataRequest', (exports) => {
    // Requests to the phone; this one has nothing more to give.
    exports.sendPeerDataOperationRequest = async (_type, _request) => {};
  });

  module('WAWebChangeEphemeralDurationChatAction', (exports) => {
    /** A refused change resolves like a done one. */
    exports.changeEphemeralDuration = async (chat, seconds) => {
      if (chat.contact?.isContactBlocked && !chat.groupMetadata) throw refused();
      if (chat.groupMetadata) {
        await use('WAWebGroupModifyInfoJob').setEphemeralGroupProperty({ groupWid: chat.id, ephemeralExpiration: seconds });
      } else {
        chat.set({ ephemeralDuration: seconds || undefined, ephemeralSettingTimestamp: chats.now() });
      }
    };
  });

  // ---- labels and notes ------------------------------------------------------------------------------

  module('WAWebListUtils', (exports) => {
    const COLORS = ['#ff9485', '#64c4ff', '#ffd429', '#dfaef0', '#99b6c1', '#55ccb3', '#ff9dff', '#d3a91d', '#6d7cce', '#d7e752',
      '#00d0e2', '#ffc5c7', '#93ceac', '#f74848', '#00a0f2', '#83e422', '#ffaf04', '#b5ebff', '#9ba6ff', '#9368cf'];
    exports.colorIndexToHex = (index) => COLORS[index];
    exports.getAllLabelColors = () => [...COLORS];
  });
  module('WAWebBizLabelUtils', (exports) => {
    exports.addToLabelCollection = (label) => use('WAWebLabelCollection').LabelCollection.add(label, { merge: true });
    exports.removeLabelFromCollection = (id) => use('WAWebLabelCollection').LabelCollection.remove(id);
    exports.initializeLabels = () => {};
  });
  module('WAWebBizLabelEditingAction', (exports) => {
    exports.labelAddAction = async (name, colorIndex) => {
      const { LabelCollection } = use('WAWebLabelCollection');
      const id = String(1 + Math.max(0, ...LabelCollection.map((label) => Number(label.id))));
      use('WAWebBizLabelUtils').addToLabelCollection({ id, name, colorIndex, count: 0, chatCount: 0, isActive: true });
      return id;
    };
    exports.labelEditAction = async (id, name, predefinedId, colorIndex, isActive, type) => {
      use('WAWebBizLabelUtils').addToLabelCollection({ id, name, predefinedId, colorIndex, isActive, type });
    };
    exports.labelDeleteAction = async ({ labelId }) => {
      use('WAWebBizLabelUtils').removeLabelFromCollection(labelId);
      use('WAWebChatCollection').ChatCollection.forEach((chat) => {
        if (chat.labels?.includes(labelId)) chat.labels = chat.labels.filter((id) => id !== labelId);
      });
    };
  });
  module('WAWebNoteAction', (exports) => {
    const notes = new Map(); // chat jid -> note
    exports.noteAddAction = async ({ type, chatJid, content }) => {
      notes.set(String(chatJid), { id: String(notes.size + 1), noteType: type, chatJid: String(chatJid), content, createdAt: Date.now(), modifiedAt: Date.now() });
    };
    exports.retrieveOnlyNoteForChatJid = async (jid) => notes.get(String(jid));
  });
}
