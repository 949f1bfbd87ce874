'use strict';
// Edit, delete, star, pin, forward, played: what one does to a message.
{
  const { module, use, wire, db, chats } = __sim;
  const target = (msg) => ({ id: msg.id.id, key: msg.id.toString(), chat: msg.id.remote.toString() });

  module('WAWebSendMessageEditAction', (exports) => {
    exports.createEditMsgData = ({ msg, text, options }) => {
      const MsgKey = use('WAWebMsgKey').default;
      const id = new MsgKey({ fromMe: true, remote: msg.id.remote, id: MsgKey.newId_DEPRECATED(), participant: msg.id.participant });
      const { linkPreview, mentionedJidList, groupMentions } = options;
      const isCaption = use('WAWebMsgModelUtils').typeIsMms(msg);
      return {
        id, from: msg.from, to: msg.id.remote, type: 'protocol', kind: 'protocol', subtype: 'message_edit', viewMode: 'VISIBLE',
        protocolMessageKey: msg.id, local: true, t: chats.now(), latestEditMsgKey: id, latestEditSenderTimestampMs: Date.now(),
        editMsgType: msg.type, mentionedJidList, groupMentions, ...(linkPreview?.data ?? linkPreview),
        [isCaption ? 'caption' : 'body']: text.trim(),
      };
    };
    /** The message changes at once; a send that fails only marks it. */
    exports.addAndSendMessageEdit = async (msg, edit) => {
      const body = edit.caption ?? edit.body;
      __sim.inbound.applyEdit(msg.id, { body, editKey: edit.id, timestampMs: edit.latestEditSenderTimestampMs, own: true });
      for (const name of ['mentionedJidList', 'groupMentions', 'title', 'description', 'matchedText', 'thumbnail']) {
        if (edit[name] !== undefined) msg[name] = edit[name];
      }
      try {
        await wire.request('edit', { ...target(msg), body });
        await msg.updateAck(1);
      } catch {
        msg.isSendFailure = true;
      }
    };
    exports.sendMessageEdit = async (msg, text, options) => {
      const edit = exports.createEditMsgData({ msg, text, options });
      const { canEditText, canEditCaption } = use('WAWebMsgActionCapability');
      if (!canEditText(msg) && !canEditCaption(msg)) throw new Error('Cannot edit message');
      await exports.addAndSendMessageEdit(msg, edit);
    };
  });

  module('WAWebChatSendMessages', (exports) => {
    const { SendMsgResult } = use('WAWebSendMsgResultAction');
    /** One call at a time per chat: a second one gets the promise of the first, and its own arguments are dropped. */
    const single = (chat, name, run) => {
      chat.promises[name] ??= run().finally(() => delete chat.promises[name]);
      return chat.promises[name];
    };

    exports.sendRevokeMsgs = (chat, { list }, _clearMedia) =>
      single(chat, 'sendRevokeMsgs', async () => {
        const { canSenderRevokeMsg, canAdminRevokeMsg } = use('WAWebMsgActionCapability');
        const { getIsSentByMe } = use('WAWebMsgGetters');
        if (list.some((msg) => !getIsSentByMe(msg) && !canAdminRevokeMsg(msg))) throw new Error('revoking received message');
        return Promise.all(list.map(async (msg) => {
          const timely = canSenderRevokeMsg(msg) || canAdminRevokeMsg(msg);
          const revokeId = await use('WAWebMsgKey').default.newId();
          try {
            await wire.request('revoke', { ...target(msg), revoke_id: revokeId });
          } catch {
            return { messageSendResult: SendMsgResult.ERROR_UNKNOWN };
          }
          // Outside the window the server is asked all the same, and the local message stays.
          if (timely) {
            const admin = !getIsSentByMe(msg);
            __sim.inbound.applyRevoke(msg.id, { revokeId, sender: use('WAWebUserPrefsMeUser').getMeUserOrThrow(), admin });
          }
          return { messageSendResult: SendMsgResult.OK };
        }));
      });

    exports.sendDeleteMsgs = ({ chat_: chat, record }) =>
      single(chat, 'sendDeleteMsgs', async () => {
        await __sim.mutate('deleteMessageForMe', chat.id, record);
        for (const msg of record.list) msg.delete();
        return record.list.length;
      });

    exports.sendStarMsgs = (chat, list, star) =>
      single(chat, 'sendStarMsgs', async () => {
        await __sim.mutate('star', chat.id, { star });
        for (const msg of list) msg.star = star;
        const { AllStarredMsgsCollection } = use('WAWebStarredMsgCollection');
        for (const msg of list) star ? AllStarredMsgsCollection.add({ id: msg.id }) : AllStarredMsgsCollection.remove(msg.id);
      });

    exports.sendGroupInviteMessage = async ({ chat_: chat, gid, name, code, exp, caption, thumb }) => {
      const data = {
        ...(await use('WAWebMsgDataUtils').genOutgoingMsgData(chat, 'groups_v4_invite')),
        inviteGrp: gid, inviteGrpName: name, inviteCode: code, inviteCodeExp: exp, comment: caption, body: thumb,
      };
      const [, result] = use('WAWebSendMsgChatAction').addAndSendMsgToChat(chat, data);
      return result;
    };
  });

  module('WAWebPinMsgConstants', (exports) => {
    const SECONDS = { FiveSeconds: 5, FifteenSeconds: 15, OneMinute: 60, OneDay: 86400, SevenDays: 604800, ThirtyDays: 2592000 };
    exports.PIN_STATE = { INVALID: 0, PIN: 1, UNPIN: 2 };
    exports.PinExpiryDurationOption = use('$InternalEnum').Mirrored(Object.keys(SECONDS));
    exports.DEFAULT_PIN_EXPIRY_DURATION_OPTION = exports.PinExpiryDurationOption.SevenDays;
    exports.getPinExpiryDuration = (option) => SECONDS[option];
  });
  module('WAWebSendPinMessageAction', (exports) => {
    exports.sendPinInChatMsg = async (msg, type, option = 'SevenDays') => {
      const { PinInChatCollection } = use('WAWebPinInChatCollection');
      const duration = use('WAWebPinMsgConstants').getPinExpiryDuration(option);
      const pin = { id: `!!${msg.id}`, parentMsgKey: msg.id, chatId: msg.id.remote, pinType: 1, pinExpiryDuration: duration, senderTimestampMs: Date.now(), t: chats.now() };
      if (type === 1) PinInChatCollection.add(pin, { merge: true });
      else PinInChatCollection.deleteByParentMessageKey(msg.id);
      return { messageSendResult: 'OK' };
    };
  });
  module('WAWebPinInChatSchema', (exports) => {
    exports.getTable = () => ({
      equals: async (_fields, chatId) =>
        use('WAWebPinInChatCollection').PinInChatCollection
          .filter((pin) => String(pin.chatId) === chatId)
          .map((pin) => ({ chatId, pinType: pin.pinType, parentMsgKey: String(pin.parentMsgKey), pinExpiryDuration: pin.pinExpiryDuration })),
    });
  });

  module('WAWebKeepInChatMsgAction', (exports) => {
    const keep = (kicState) => async (msg) => {
      msg.set({ kicState, kicTimestampMs: Date.now() });
      return { messageSendResult: 'OK' };
    };
    exports.keepMessage = keep(1);
    exports.undoKeepMessage = keep(2);
  });

  module('WAWebMarkPlayedMsgAction', (exports) => {
    exports.canMarkPlayed = (msg) => !msg.id.fromMe && (msg.type === 'ptt' || msg.isViewOnce === true) && msg.ack !== 4;
    exports.markPlayed = async (msg) => {
      if (!exports.canMarkPlayed(msg)) return;
      __sim.outgoing.reliably({ t: 'receipt', ids: [msg.id.id], chat: msg.id.remote.toString(), kind: 'played' });
      await msg.updateAck(4);
    };
  });

  module('WAWebChatForwardMessage', (exports) => {
    const CARRIED = ['type', 'subtype', 'body', 'caption', 'lat', 'lng', 'loc', 'vcardList', 'vcardFormattedName', 'matchedText', 'title',
      'description', 'mimetype', 'filename', 'filehash', 'encFilehash', 'mediaKey', 'mediaKeyTimestamp', 'directPath', 'size', 'width',
      'height', 'duration', 'waveform', 'isGif'];
    /** Resolves with the media messages that failed; a blocked contact rejects. */
    exports.forwardMessages = async ({ chat, msgs, includeCaption = true, appendedText }) => {
      const failed = [];
      for (const msg of msgs) {
        const data = { ...(await use('WAWebMsgDataUtils').genOutgoingMsgData(chat, msg.type)), isForwarded: true };
        for (const name of CARRIED) if (msg[name] !== undefined && (name !== 'caption' || includeCaption)) data[name] = msg[name];
        data.forwardingScore = (msg.forwardingScore ?? 0) + 1;
        const [, result] = use('WAWebSendMsgChatAction').addAndSendMsgToChat(chat, data);
        try {
          await result;
        } catch (error) {
          if (error.name === 'ContactBlocked') throw error;
          if (use('WAWebMsgModelUtils').typeIsMms(msg)) failed.push(msg);
        }
      }
      if (appendedText) await use('WAWebSendTextMsgChatAction').sendTextMsgToChat(chat, appendedText, {});
      return failed;
    };
  });
  module('WAWebForwardMessagesToChat', (exports) => {
    exports.forwardMessagesToChats = async (msgs, list) => {
      for (const chat of list) await use('WAWebChatForwardMessage').forwardMessages({ chat, msgs, multicast: true });
    };
  });

  module('WAWebNonMessageDataRequestPlaceholderMessageResendUtils', (exports) => {
    // The phone is asked to send unreadable messages once more; the sender's own retry answers sooner or later.
    exports.handlePlaceholderMsgsSeen = (msgs, _force) => {
      for (const msg of msgs) wire.send({ t: 'receipt', ids: [msg.id.id], chat: msg.id.remote.toString(), kind: 'retry' });
    };
  });

  // The main screen carries out what `Cmd` asks for; before it is mounted, orders go unheard.
  module('WAWebActionListener', (exports) => {
    let mounted = false;
    exports.mount = () => {
      if (mounted) return;
      mounted = true;
      const { Cmd } = use('WAWebCmd');
      const actions = use('WAWebChatSendMessages');
      const quietly = (promise) => Promise.resolve(promise).catch((error) => console.error(error.name));
      Cmd.on('send_revoke_msgs', (chat, record, options) => quietly(actions.sendRevokeMsgs(chat, record, options)));
      Cmd.on('send_delete_msgs', (chat, record, clearMedia) => quietly(actions.sendDeleteMsgs({ chat_: chat, record, clearMedia })));
      Cmd.on('send_star_msgs', (chat, list) => quietly(actions.sendStarMsgs(chat, list, true)));
      Cmd.on('send_unstar_msgs', (chat, list) => quietly(actions.sendStarMsgs(chat, list, false)));
      Cmd.on('archive_chat', ({ chat, archive, showToast }) => quietly(use('WAWebSetArchiveChatAction').setArchive(chat, archive, showToast)));
      Cmd.on('pin_chat', (chat, pin) => quietly(use('WAWebSetPinChatAction').setPin(chat, pin)));
      Cmd.on('mark_chat_unread', (chat, unread) => quietly(use('WAWebUpdateUnreadChatAction').markUnread(chat, unread)));
    };
  });
  const { Stream } = use('WAWebStreamModel');
  Stream.on('change:mode', () => {
    if (Stream.mode === 'MAIN') use('WAWebActionListener').mount();
  });
}
