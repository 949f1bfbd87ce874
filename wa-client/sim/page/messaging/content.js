'use strict';
// Kinds of messages beyond text: locations, events, link previews, status posts.
{
  const { module, use, chats } = __sim;
  const gen = (chat, type) => use('WAWebMsgDataUtils').genOutgoingMsgData(chat, type);
  const send = (chat, data) => use('WAWebSendMsgChatAction').addAndSendMsgToChat(chat, data);

  module('WAWebBackendJobsCommon', (exports) => {
    const KINDS = { imageMessage: 'image', videoMessage: 'video', audioMessage: 'audio', documentMessage: 'document', stickerMessage: 'sticker', locationMessage: 'location', contactMessage: 'vcard' };
    exports.mediaTypeFromProtobuf = (proto) => Object.entries(KINDS).find(([field]) => proto[field])?.[1] ?? null;
  });
  module('WAWebE2EProtoUtils', (exports) => {
    exports.typeAttributeFromProtobuf = (proto) => {
      if (proto.reactionMessage) return 'reaction';
      if (proto.pollCreationMessage || proto.pollUpdateMessage) return 'poll';
      return use('WAWebBackendJobsCommon').mediaTypeFromProtobuf(proto) ? 'media' : 'text';
    };
  });
  module('WAWebSendMsgCreateFanoutStanza', (exports) => {
    exports.createFanoutMsgStanza = async ({ id, to, type = 'text' }) => use('WAWap').wap('message', { id, to, type });
  });

  module('WAWebSendLocationChatAction', (exports) => {
    exports.default = async ({ chat, lat, lng, loc }) => {
      const [, result] = send(chat, { ...(await gen(chat, 'location')), lat, lng, loc });
      const { messageSendResult } = await result;
      if (messageSendResult !== 'OK') throw new Error(`Location message SendMsgResult failure status: ${messageSendResult}`);
    };
  });

  // ---- link previews: the phone makes them; this one has none, so a minimal one it is ------------------------

  module('WAWebGenMinimalLinkPreviewChatAction', (exports) => {
    exports.genMinimalLinkPreview = (link, _delayMs) => ({
      url: link.url,
      data: { title: link.domain, description: '', matchedText: link.url, canonicalUrl: link.href, richPreviewType: 0, doNotPlayInline: true, thumbnail: undefined },
    });
  });
  module('WAWebLinkPreviewChatAction', (exports) => {
    exports.getLinkPreview = async (link, _chat) => use('WAWebGenMinimalLinkPreviewChatAction').genMinimalLinkPreview(link, 0);
  });

  module('useWAWebLinkPreview', (exports) => {
    exports.findFirstWebLink = (text) => use('WALinkify').findLinks(text)[0];
  });

  // ---- events -------------------------------------------------------------------------------------------------

  const place = (name) => name && { degreesLatitude: 0, degreesLongitude: 0, name };
  module('WAWebSendEventCreationMsgAction', (exports) => {
    /** The sending itself is not waited for. */
    exports.sendEventCreationMessage = async ({ chat, eventCreationOpts: opts, quotedMsg }) => {
      const link = opts.callType && opts.callType !== 'none'
        ? await use('WAWebGenerateEventCallLink').createEventCallLink(opts.startTime, opts.callType, opts.requireApproval)
        : undefined;
      send(chat, {
        ...(await gen(chat, 'event_creation')), kind: 'eventCreation', eventName: opts.name, eventDescription: opts.description,
        eventStartTime: opts.startTime, eventEndTime: opts.endTime, eventLocation: place(opts.location), eventJoinLink: link, isEventCanceled: false,
        eventIsScheduledCall: opts.isScheduledCall, eventExtraGuestsAllowed: opts.extraGuestsAllowed,
        messageSecret: crypto.getRandomValues(new Uint8Array(32)), ...(quotedMsg ? quotedMsg.msgContextInfo(chat.id) : {}),
      });
    };
  });
  module('WAWebSendEventEditMsgAction', (exports) => {
    exports.sendEventEditMessage = async (opts, eventMsg) => {
      const msg = eventMsg.unsafe();
      msg.set({
        eventName: opts.name, eventDescription: opts.description, eventStartTime: opts.startTime, eventEndTime: opts.endTime,
        eventLocation: place(opts.location), isEventCanceled: Boolean(opts.isEventCanceled), latestEditSenderTimestampMs: Date.now(),
      });
    };
  });
  module('WAWebUpsertEventResponsesModelCollectionAction', (exports) => {
    exports.upsertEventResponsesModelCollection = async (rows, removed = []) => {
      const { EventResponseCollection } = use('WAWebEventResponseCollection');
      EventResponseCollection.add(rows.map((row) => ({ ...row, id: String(row.msgKey) })));
      EventResponseCollection.remove(removed.map(String));
    };
  });
  module('WAWebSendEventResponseMsgAction', (exports) => {
    exports.sendEventResponseMsg = async (type, eventMsg) => {
      const chat = use('WAWebFrontendMsgGetters').getCurrentChat(eventMsg);
      const { id, from, t } = await gen(chat, 'event_response');
      const { EventResponseCollection } = use('WAWebEventResponseCollection');
      const old = EventResponseCollection.filter((entry) => String(entry.parentMsgKey) === eventMsg.id.toString() && entry.senderUserJid === from.toString());
      await use('WAWebUpsertEventResponsesModelCollectionAction').upsertEventResponsesModelCollection(
        [{ msgKey: id, parentMsgKey: eventMsg.id, eventResponse: type, senderUserJid: from.toString(), t, timestampMs: Date.now() }],
        old.map((entry) => entry.id),
      );
    };
  });

  // ---- status -----------------------------------------------------------------------------------------------------

  const statusChat = () => new (use('WAWebChatModel').Chat)({ id: use('WAWebWidFactory').createWid('status@broadcast') });
  async function post(data) {
    const { MsgCollection } = use('WAWebMsgCollection');
    const msg = MsgCollection.add(data)[0];
    const result = await use('WAWebSendMsgRecordAction').sendMsgRecord(msg);
    const own = use('WAWebStatusCollection').StatusCollection.getMyStatus();
    own.set({ t: chats.now(), totalCount: (own.totalCount ?? 0) + 1 });
    return { ...result, msg };
  }
  module('WAWebSendStatusMsgAction', (exports) => {
    exports.sendStatusTextMsgAction = async ({ text, color = 0xff7acca5, font = 0 }) => {
      if (!text) throw Object.assign(new Error('Minified invariant #56285; %s'), { name: 'Invariant Violation' });
      return post({ ...(await gen(statusChat(), 'chat')), body: text, backgroundColor: color, textColor: 0xffffffff, font });
    };
    exports.sendStatusMediaMsgAction = async ({ mediaMsgData, beforeSend }) => {
      const data = { ...mediaMsgData };
      await beforeSend?.(data);
      return post(data);
    };
  });
  module('WAWebRevokeStatusAction', (exports) => {
    exports.sendStatusRevokeMsgAction = async (statusModel, msg) => {
      msg.delete();
      statusModel.set({ totalCount: Math.max(0, (statusModel.totalCount ?? 1) - 1) });
    };
  });
  module('WAWebStatusGatingUtils', (exports) => {
    exports.isStatusRankingEnabled = () => false;
  });
}
