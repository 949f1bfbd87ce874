'use strict';
// All loaded messages.
{
  const { module, use } = __sim;

  module('WAWebMsgCollection', (exports) => {
    const { BaseCollection } = use('WAWebBaseCollection');
    const { PAGE_SIZE } = use('WAWebCollectionConstants');

    class MsgCollectionImpl extends BaseCollection {
      constructor(models, options) {
        super(models, options);
        this.pendingAdd = {};
        this.on('remove', (msg) => use('WAWebFrontendMsgGetters').getMaybeChat(msg)?.removeFromCollection(msg));
      }

      // A key of another shape than text or key is nobody's: objects without a text of their own find nothing.
      get(id) {
        if (typeof id !== 'string' && !(id instanceof use('WAWebMsgKey').default)) return undefined;
        return super.get(id);
      }

      /** Ids (texts or keys) to models, from memory or disk. */
      async getMessagesById(ids) {
        const rows = await use('WAWebDBMsgUtils').getMsgsByMsgKey(ids);
        return { messages: await this.processMultipleMessages(undefined, rows, { add: 'search' }, 'msgCollectionGetMessagesById'), eof: true, canceled: false };
      }
      async hydrateOrGetMessages(ids) {
        const missing = ids.filter((id) => !this.get(id));
        if (missing.length) {
          const { messages } = await this.getMessagesById(missing);
          if (messages.length !== missing.length) throw new Error('No message found for one or more ids');
        }
        return ids.map((id) => this.get(id));
      }

      /**
       * The way of every batch of message data into memory. `add` says where: `after` (new), `before` (earlier history) or
       * `search` (known to this collection only, unless the chat is loaded that far anyway).
       */
      processMultipleMessages(chatId, list, options, _origin) {
        return use('WAWebProcessMultipleMsgsAction')._processMultipleMessages(chatId, list, options);
      }

      search(term, page = 1, count = PAGE_SIZE, chatWid = undefined, _filter = {}) {
        return use('WAWebDBMessageFindLocal')
          .msgFindSearch({ searchTerm: term, page: page || 1, count: count || PAGE_SIZE, remote: chatWid })
          .then(async ({ messages, eof }) => ({
            messages: await this.processMultipleMessages(undefined, messages, { add: 'search' }, 'msgCollectionSearch'),
            eof,
            canceled: false,
          }));
      }
      async queryMedia(chat, count, direction = 'before', anchor = undefined, mediaType = undefined) {
        const { messages } = await use('WAWebDBMessageFindLocal').msgFindMedia({ chat, count: count || PAGE_SIZE, direction, anchor, mediaType });
        return { messages: await this.processMultipleMessages(undefined, messages, { add: 'search' }, 'msgCollectionQueryMedia') };
      }
      async hasSynced() {
        await use('WAWebChatLoadMessages').waitForSync();
      }
    }
    MsgCollectionImpl.model = use('WAWebMsgModel').Msg;
    exports.MsgCollectionImpl = MsgCollectionImpl;
    exports.MsgCollection = new MsgCollectionImpl();
  });

  module('WAWebProcessMultipleMsgsAction', (exports) => {
    const place = (chat, data, where) => {
      const { MsgCollection } = use('WAWebMsgCollection');
      const known = MsgCollection.get(data.id);
      if (known && !known.fromQuotedMsg) return known;
      // A message known as a quote only makes room for the real one.
      if (known) MsgCollection.remove(known);
      if (!chat) return MsgCollection.add(data)[0];
      return chat.msgs.add(data, where)[0];
    };

    /** A message about another one: changes that one, and is none itself. */
    const carryOut = ({ id, subtype, protocolMessageKey, from, author, t }) => {
      if (!/^(sender|admin)_revoke$/.test(subtype)) return;
      __sim.inbound.applyRevoke(protocolMessageKey, { revokeId: id.id, sender: author ?? from, admin: subtype === 'admin_revoke', timestamp: t });
    };

    exports._processMultipleMessages = async (chatId, messages, { add = 'after' } = {}) => {
      const { ChatCollection } = use('WAWebChatCollection');
      const list = messages.filter(({ type }) => type !== 'protocol');
      messages.filter(({ type }) => type === 'protocol').forEach(carryOut);
      if (add === 'search') return list.map((data) => place(undefined, data));
      const chat = chatId && (ChatCollection.get(chatId) ?? use('WAWebNewsletterCollection').default.get(chatId));
      if (add !== 'before') return list.map((data) => place(chat, data));
      // Oldest first in the list, and in front of what is loaded: from the back, each at the front.
      return list.map((data, i) => place(chat, data, { at: i }));
    };
  });

  module('WAWebUpdateMessageUIAction', (exports) => {
    /** Shows a message that just came in. */
    exports.updateUI = async ({ chatId, msg }) => {
      const { MsgCollection } = use('WAWebMsgCollection');
      const fresh = { ...msg, recvFresh: true, isNewMsg: true };
      try {
        await MsgCollection.processMultipleMessages(chatId, [fresh], { add: 'after', isHistory: false }, 'updateMessageUIAction');
      } catch (error) {
        // What a listener threw while the message was added ends here; the message counts as received.
        console.warn('msg_handler for MD: error storing/processing single message', error);
      }
    };
    exports.removePlaceholder = async ({ id }) => {
      use('WAWebMsgCollection').MsgCollection.get(id)?.delete();
    };
  });
}
