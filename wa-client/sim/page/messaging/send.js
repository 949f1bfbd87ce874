'use strict';
// Sending: message data, the way into the chat, and the record that goes to the server.
{
  const { module, use, wire, db, chats } = __sim;
  const me = () => use('WAWebUserPrefsMeUser');

  module('WAWebMsgDataUtils', (exports) => {
    exports.genOutgoingMsgData = async (chat, type) => {
      const MsgKey = use('WAWebMsgKey').default;
      const byLid = chat.id.isLid() || Boolean(chat.groupMetadata?.isLidAddressingMode);
      const from = byLid ? me().getMeLidUserOrThrow() : me().getMePnUserOrThrow_DO_NOT_USE();
      const participant = chat.id.isGroup() || chat.id.isStatus() ? from : undefined;
      const id = new MsgKey({ from, to: chat.id, id: await MsgKey.newId(), participant, selfDir: 'out' });
      return {
        id, from, to: chat.id, type, t: chats.now(), viewMode: 'VISIBLE', isNewMsg: true, local: true, ack: 0, bizBotType: null,
        ...(participant ? { author: participant } : {}),
      };
    };
  });

  module('WAWebGetEphemeralFieldsMsgActionsUtils', (exports) => {
    exports.getEphemeralFields = (chat) => {
      const duration = chat.groupMetadata?.ephemeralDuration ?? chat.ephemeralDuration;
      if (!duration) return {};
      return { ephemeralDuration: duration, ephemeralSettingTimestamp: chat.ephemeralSettingTimestamp, disappearingModeInitiator: 'chat' };
    };
  });

  module('WAWebSendTextMsgChatAction', (exports) => {
    exports.createTextMsgData = async (chat, text, options = {}) => {
      const body = text.trim();
      if (body === '') return null;
      const { quotedMsg, linkPreview, mentionedJidList, groupMentions, ctwaContext, threadIds, maybeNonJidMentioned } = options;
      const data = {
        ...(await use('WAWebMsgDataUtils').genOutgoingMsgData(chat, 'chat')),
        body,
        ...use('WAWebGetEphemeralFieldsMsgActionsUtils').getEphemeralFields(chat),
        ...(quotedMsg ? quotedMsg.msgContextInfo(chat.id) : {}),
        ...(linkPreview ? { ...(linkPreview.data ?? linkPreview), subtype: 'url' } : {}),
      };
      if (mentionedJidList) data.mentionedJidList = mentionedJidList;
      if (groupMentions) data.groupMentions = groupMentions;
      if (ctwaContext) data.ctwaContext = ctwaContext;
      if (threadIds) data.threadIds = threadIds;
      if (maybeNonJidMentioned && body.includes('@all')) data.nonJidMentions = 1;
      return data;
    };
    exports.addAndSendTextMsg = async (chat, data, _systemMsgs) => {
      if (data === null) return undefined;
      const msg = await __sim.outgoing.addToChat(chat, data);
      return use('WAWebSendMsgRecordAction').sendMsgRecord(msg);
    };
    exports.sendTextMsgToChat = async (chat, text, options = {}) => {
      const data = await use('WAWebSendTextMsgChatAction').createTextMsgData(chat, text, options);
      return data === null ? undefined : use('WAWebSendTextMsgChatAction').addAndSendTextMsg(chat, data);
    };
  });

  module('WAWebSendMsgChatAction', (exports) => {
    /** Two promises at once: the model as soon as it is in the chat, and the result of sending. In order within a chat. */
    exports.addAndSendMsgToChat = (chat, dataOrPromise, interceptor) => {
      const added = chat.addQueue.enqueue(async () => {
        const data = await dataOrPromise;
        return __sim.outgoing.addToChat(chat, data);
      });
      // The interceptor finishes what the message still lacks, an upload for instance, once it is in the chat.
      // The next one of this chat waits until this one is on its way; the answer comes when it comes.
      const underWay = chat.sendQueue.enqueue(async () => {
        const msg = await added;
        await interceptor?.(msg);
        const handedOver = __sim.outgoing.handedOver(msg);
        const result = use('WAWebSendMsgRecordAction').sendMsgRecord(msg);
        await Promise.race([handedOver, result]);
        return { result };
      });
      const sent = underWay.then(({ result }) => result);
      sent.catch(() => {}); // whoever takes only the first promise leaves no unhandled rejection behind
      return [added, sent];
    };
    exports.resendMsgToChat = (chat, msg) => chat.sendQueue.enqueue(() => use('WAWebResendMsgAction').resendMsg(msg));
  });

  module('WAWebResendMsgAction', (exports) => {
    // Under its old id; the result is only the word for it. What has not failed is left alone.
    exports.resendMsg = async (msg) => {
      if (!use('WAWebMsgGetters').getIsFailed(msg)) return undefined;
      queueMicrotask(() => msg.set({ isSendFailure: false, ack: 0 }));
      return (await use('WAWebSendMsgRecordAction').sendMsgRecord(msg)).messageSendResult;
    };
  });

  module('WAWebSendMsgRecordAction', (exports) => {
    const { SendMsgResult } = use('WAWebSendMsgResultAction');
    const { ACK } = use('WAWebAck');

    exports.sendMsgRecord = async (msg) => {
      const { contact } = use('WAWebFrontendMsgGetters').getMaybeChat(msg) ?? {};
      if (contact?.isContactBlocked) throw new (use('WAWebContactBlockedErrorAction').default)();
      use('WAWebMsgCollection').MsgCollection.trigger('new_msg_sent');
      const answer = await __sim.outgoing.transmit(msg);
      if (answer.nack !== undefined) {
        msg.set({ ack: ACK.FAILED, isSendFailure: true });
        if (answer.nack === 475) msg.errorCode = 'UserReachedMaxMonthlyLimitForNewMessages';
        return { messageSendResult: SendMsgResult.ERROR_UNKNOWN, ackErrorCode: answer.nack };
      }
      return { messageSendResult: SendMsgResult.OK, t: answer.t, count: null };
    };
  });

  // ---- towards the server --------------------------------------------------------------------

  const unanswered = new Map(); // id part of the key -> {frame, settle}
  const handing = new Map(); // id part of the key -> resolve: who waits for the message to be on the wire
  let flowing = false; // the stream is up and what was queued for this device has been taken in

  function hand(frame) {
    if (!wire.send(frame)) return;
    const { id } = frame.message;
    handing.get(id)?.();
    handing.delete(id);
  }

  function frameOf(msg) {
    const isMedia = use('WAWebMsgModelUtils').typeIsMms(msg);
    const frame = {
      id: msg.id.id, key: msg.id.toString(), to: msg.id.remote.toString(), from: String(msg.from), type: msg.type,
      body: (isMedia ? msg.caption : msg.body) ?? '', t: msg.t,
    };
    if (msg.quotedStanzaID) frame.quoted = msg.quotedStanzaID;
    if (msg.mentionedJidList?.length) frame.mentions = msg.mentionedJidList.map(String);
    if (msg.type === 'location') frame.loc = { lat: msg.lat, lng: msg.lng, name: msg.loc ?? null };
    if (msg.type === 'poll_creation') frame.poll = { name: msg.pollName, options: msg.pollOptions.map(({ name }) => name) };
    if (isMedia) frame.media = __sim.media.outboundFields(msg);
    return frame;
  }

  __sim.outgoing = {
    /** Into the chat with ack 0; the server knows nothing of it yet. */
    async addToChat(chat, given) {
      // Callers spread whole models into the data; what is no attribute of a message stays out.
      const { definition } = use('WAWebMsgModel').Msg.prototype._schema;
      const data = Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(definition, name)));
      // Sending reads the chat: what was unread is seen by now.
      use('WAWebUpdateUnreadChatAction').sendSeen({ chat });
      chat.trusted = true;
      db.putMessage(data);
      await __sim.store.flush(); // known on disk before anybody sees it
      const { MsgCollection } = use('WAWebMsgCollection');
      await MsgCollection.processMultipleMessages(chat.id, [data], { add: 'after' }, 'addAndSendMsgToChat');
      const msg = MsgCollection.get(data.id);
      if (!msg) throw new (use('WAWebMiscErrors').ModelCreateError)();
      msg.local = true;
      if (!(chat.t >= data.t)) chat.t = data.t;
      if (chat.createdLocally) chat.createdLocally = false;
      return msg;
    },

    /** Resolves with the server's answer, however long it takes; a lost connection only delays it. */
    transmit(msg) {
      return new Promise((settle) => {
        const frame = { t: 'send', message: frameOf(msg) };
        unanswered.set(msg.id.id, { frame, settle });
        if (flowing) hand(frame);
      });
    },

    /** Resolves when the message went out for the first time. */
    handedOver: (msg) => new Promise((resolve) => {
      handing.set(msg.id.id, resolve);
    }),

    /** Sends what the server has not answered; the ids are the same. */
    resume() {
      if (flowing) return;
      flowing = true;
      for (const { frame } of [...unanswered.values()]) hand(frame);
      for (const frame of later.splice(0)) wire.send(frame);
    },
    pause() {
      flowing = false;
    },
    /** Goes out now, or with the next connection. */
    reliably(frame) {
      if (!flowing || !wire.send(frame)) later.push(frame);
    },
  };
  const later = [];

  // ---- receipts --------------------------------------------------------------------------------

  function settle(id, answer) {
    const entry = unanswered.get(id);
    if (!entry) return false;
    unanswered.delete(id);
    handing.delete(id);
    entry.settle(answer);
    return true;
  }

  // In a group the message has reached what all participants have reached.
  const groupLevels = new Map(); // id -> Map(participant -> level)
  function groupLevel(id, participant, level, of) {
    const levels = groupLevels.get(id) ?? new Map();
    levels.set(participant, Math.max(level, levels.get(participant) ?? 0));
    groupLevels.set(id, levels);
    return levels.size < of ? 0 : Math.min(...levels.values());
  }

  /** The server has it. */
  async function accepted(key) {
    const msg = key && use('WAWebMsgCollection').MsgCollection.get(key);
    const { ACK } = use('WAWebAck');
    if (msg) {
      await msg.updateAck(me().isMeAccount(msg.id.remote) ? ACK.READ : ACK.SENT);
      const chat = use('WAWebFrontendMsgGetters').getMaybeChat(msg);
      if (chat) chat.lastReceivedKey = msg.id;
    } else if (key) {
      const row = db.getMessage(key);
      if (row && !(row.ack >= ACK.SENT)) db.putMessage({ ...row, ack: ACK.SENT });
    }
  }

  /** What recipients confirmed: raises the message, in memory or on disk. */
  async function confirmed(id, level) {
    const key = db.ownKeyOf(id);
    if (!key || level === 0) return;
    const msg = use('WAWebMsgCollection').MsgCollection.get(key);
    const row = msg ? null : db.getMessage(key);
    if (row && !(row.ack >= level)) db.putMessage({ ...row, ack: level });
    // All receipts pass here, also those of messages that are only on disk.
    await use('WAWebUpdateMsgAcksAction').updateMsgOtherAcks([key], level, chats.now());
  }

  module('WAWebUpdateMsgAcksAction', (exports) => {
    const raise = async (keys, level) => {
      await Promise.all(keys.map((key) => use('WAWebMsgCollection').MsgCollection.get(key)?.updateAck(level)));
    };
    exports.updateMsgOtherAcks = raise;
    exports.updateMsgPeerAcks = raise;
  });

  // Clients hook these two: every receipt above "sent" goes through one of them.
  module('WAWebHandleDirectChatReceipt', (exports) => {
    exports.handleChatSimpleReceipt = async ({ externalIds, ack }) => {
      for (const id of externalIds) await confirmed(id, ack);
    };
  });
  module('WAWebHandleGroupChatReceipt', (exports) => {
    exports.handleGroupSimpleReceipt = async ({ externalIds, ack, participant, of }) => {
      for (const id of externalIds) await confirmed(id, groupLevel(id, String(participant), ack, of));
    };
  });

  wire.on('receipt', async ({ ids, level, at, chat, participant, participant_lid: lid, of }) => {
    if (level === 1) {
      for (const id of ids) {
        await accepted(db.ownKeyOf(id));
        settle(id, { t: at });
      }
      return;
    }
    for (const id of ids) {
      const key = db.ownKeyOf(id);
      if (key && (participant || lid)) __sim.messageInfo.note(key, { participant, lid, level, t: at });
    }
    const { createWid } = use('WAWebWidFactory');
    const sender = lid ?? participant;
    const receipt = {
      ack: level, ackString: ['', '', 'delivery', 'read', 'played'][level], externalIds: ids, ts: at, of,
      from: createWid(chat), participant: of && sender ? createWid(sender) : null, recipient: null,
    };
    if (of) await use('WAWebHandleGroupChatReceipt').handleGroupSimpleReceipt(receipt);
    else await use('WAWebHandleDirectChatReceipt').handleChatSimpleReceipt(receipt);
  });
  wire.on('nack', ({ id, code }) => {
    settle(id, { nack: code });
  });
}
