'use strict';
// Reactions, in and out.
{
  const { module, use, wire, db, attributesOf, chats } = __sim;

  module('WAWebReactionsCollection', (exports) => {
    const { BaseModel, defineModel, collection, session } = use('WAWebBaseModel');
    const { BaseCollection } = use('WAWebBaseCollection');

    class Sender extends BaseModel {}
    Sender.attributes = attributesOf('id msgKey parentMsgKey reactionText timestamp senderUserJid read ack orphan orphanReason t isSendFailure');
    class Senders extends BaseCollection {}
    Senders.model = defineModel(Sender);
    class Aggregate extends BaseModel {}
    Aggregate.attributes = { ...attributesOf('id aggregateEmoji hasReactionByMe'), senders: collection(Senders) };
    class Aggregates extends BaseCollection {}
    Aggregates.model = defineModel(Aggregate);
    class Reactions extends BaseModel {}
    Reactions.attributes = { ...attributesOf('id'), reactionByMe: session(), reactions: collection(Aggregates) };
    Reactions.idClass = use('WAWebMsgKey').default;

    class ReactionsCollectionImpl extends BaseCollection {
      async findImpl(id) {
        const key = use('WAWebMsgKey').default.from(id);
        const senders = db.reactionsOf(key);
        if (senders.length) exports.fill(this.gadd(key), senders.map(exports.revive));
        return { id: key };
      }
    }
    ReactionsCollectionImpl.model = defineModel(Reactions);
    exports.ReactionsCollection = new ReactionsCollectionImpl();

    exports.revive = (row) => {
      const MsgKey = use('WAWebMsgKey').default;
      return {
        ...row, msgKey: MsgKey.from(row.msgKey), parentMsgKey: MsgKey.from(row.parentMsgKey),
        senderUserJid: String(row.senderUserJid),
      };
    };
    /** Rebuilds the lists of one parent. They are filled in silence: nothing of this comes up as an event. */
    exports.fill = (model, senders) => {
      const isMe = (text) => use('WAWebUserPrefsMeUser').isMeAccount(use('WAWebWidFactory').createWid(text));
      model.reactions.reset();
      for (const sender of senders) {
        const emoji = sender.reactionText;
        const [aggregate] = model.reactions.add({ id: emoji, aggregateEmoji: emoji }, { silent: true });
        aggregate.senders.add({ ...sender, id: String(sender.msgKey) }, { silent: true });
        if (isMe(sender.senderUserJid)) aggregate.hasReactionByMe = true;
      }
      model.reactionByMe = senders.find(({ senderUserJid }) => isMe(senderUserJid));
    };
  });

  module('WAWebUpdateReactionMessageUIAction', (exports) => {
    exports.updateReactionCollection = async (msgs, _removedKeys, _options) => {
      const { ReactionsCollection, fill, revive } = use('WAWebReactionsCollection');
      for (const entry of msgs) {
        const parent = entry.reactionParentKey;
        const sender = (entry.author ?? entry.from).toString();
        const senders = db.reactionsOf(parent).map(revive).filter(({ senderUserJid }) => senderUserJid !== sender);
        if (entry.reactionText !== '') {
          senders.push({
            msgKey: entry.id, parentMsgKey: parent, reactionText: entry.reactionText, timestamp: entry.reactionTimestamp,
            senderUserJid: sender, read: entry.read ?? false, ack: entry.ack,
          });
        }
        db.saveReactions(parent, senders);
        fill(ReactionsCollection.gadd(parent), senders);
        const msg = use('WAWebMsgCollection').MsgCollection.get(parent);
        if (msg) msg.set({ hasReaction: senders.length > 0 });
        else if (db.hasMessage(parent)) db.putMessage({ ...db.getMessage(parent), hasReaction: senders.length > 0 });
      }
    };
  });

  module('WAWebDBGetReactions', (exports) => {
    exports.REVOKED_REACTION_TEXT = '';
    /** The rows of one message, by its key's text, gathered by emoji. */
    exports.getReactions = async (parent) => {
      const MsgKey = use('WAWebMsgKey').default;
      const rows = db.reactionsOf(MsgKey.from(parent)).map((row) => ({
        ...row, msgKey: String(row.msgKey), parentMsgKey: String(row.parentMsgKey), senderUserJid: String(row.senderUserJid), orphan: 0,
      }));
      const byMe = rows.find(({ msgKey }) => MsgKey.fromString(msgKey).fromMe) ?? null;
      const emojis = [...new Set(rows.map(({ reactionText }) => reactionText))];
      return {
        reactionByMe: byMe,
        reactions: emojis.map((emoji) => ({
          aggregateEmoji: emoji, senders: rows.filter(({ reactionText }) => reactionText === emoji), hasReactionByMe: byMe?.reactionText === emoji,
        })),
      };
    };
  });

  module('WAWebAddonReactionTableMode', (exports) => {
    exports.reactionTableMode = {
      async bulkUpsert(rows) {
        return rows;
      },
    };
  });

  module('WAWebReactionsMsgAction', (exports) => {
    /** Brings a stored reaction to the models. */
    exports.addOrUpdateReactionsModelCollection = async (row, { allowNotify }) => {
      const { from } = use('WAWebMsgKey').default;
      const parent = from(row.parentMsgKey);
      const sender = use('WAWebWidFactory').createWid(row.senderUserJid);
      const entry = {
        id: from(row.msgKey), type: 'reaction', reactionParentKey: parent, reactionText: row.reactionText, from: sender,
        reactionTimestamp: row.timestamp, author: parent.remote.isGroup() ? sender : undefined, to: parent.remote, t: row.t,
        read: row.read, ack: row.ack,
      };
      await use('WAWebUpdateReactionMessageUIAction').updateReactionCollection([entry], [], { allowNotify });
    };
  });

  /** The road of every reaction: table, row, models; clients hook any of them. */
  async function take(entry) {
    await use('WAWebAddonReactionTableMode').reactionTableMode.bulkUpsert([entry]);
    const row = {
      msgKey: entry.id.toString(), parentMsgKey: entry.reactionParentKey.toString(), reactionText: entry.reactionText,
      senderUserJid: (entry.author ?? entry.from).toString(), timestamp: entry.reactionTimestamp, t: entry.t, read: entry.read,
      ack: entry.ack, orphan: 0,
    };
    await use('WAWebReactionsMsgAction').addOrUpdateReactionsModelCollection(row, { allowNotify: true });
  }

  wire.on('reaction', async (frame) => {
    const parent = __sim.inbound.targetKey(frame);
    if (!parent) return;
    const sender = chats.chatWid(__sim.inbound.person(frame));
    const MsgKey = use('WAWebMsgKey').default;
    const { isMeAccount } = use('WAWebUserPrefsMeUser');
    const fromMe = isMeAccount(sender);
    await take({
      id: new MsgKey({ fromMe, remote: parent.remote, id: MsgKey.newId_DEPRECATED(), participant: parent.remote.isGroup() ? sender : undefined }),
      type: 'reaction', reactionParentKey: parent, reactionText: frame.emoji ?? '', reactionTimestamp: frame.at * 1000,
      from: sender, author: parent.remote.isGroup() ? sender : undefined, to: parent.remote, t: frame.at, read: false, ack: 1,
    });
  });

  module('WAWebSendReactionMsgAction', (exports) => {
    exports.sendReactionToMsg = async (msg, emoji) => {
      const chat = use('WAWebFrontendMsgGetters').getCurrentChat(msg);
      const { id, from, author } = await use('WAWebMsgDataUtils').genOutgoingMsgData(chat, 'reaction');
      const timestamp = Date.now();
      await take({
        id, type: 'reaction', reactionParentKey: msg.id, reactionText: emoji, reactionTimestamp: timestamp, from, author,
        to: chat.id, t: Math.floor(timestamp / 1000), read: true, ack: 0,
      });
      try {
        await wire.request('react', { id: msg.id.id, key: msg.id.toString(), chat: chat.id.toString(), emoji });
      } catch {
        throw new Error('Reaction send error');
      }
    };
  });
  module('WAWebSendStatusReactionAction', (exports) => {
    exports.sendStatusReaction = async (msg, emoji) => {
      try {
        await use('WAWebSendReactionMsgAction').sendReactionToMsg(msg, emoji);
      } catch {
        throw new Error('Status reaction send error');
      }
    };
  });
}
