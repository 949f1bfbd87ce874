'use strict';
// Functions that take a model. They replace attributes that models no longer have.
{
  const { module, use } = __sim;
  const names = (text) => text.trim().split(/\s+/);
  const getterName = (field) => `get${field[0].toUpperCase()}${field.slice(1)}`;
  const fields = (exports, text, defaults = {}) => {
    for (const field of names(text)) exports[getterName(field)] = (model) => model[field] ?? defaults[field];
  };
  const Wid = () => use('WAWebWid').default;
  const keyOf = (msg) => use('WAWebMsgKey').default.from(msg.id);

  module('WAWebMsgGetters', (exports) => {
    fields(exports, `type subtype serverId to from viewMode author senderWithDevice ack viewCount forwardsCount list latestEditMsgKey
      errorCode ephemeralDuration expiredTimestamp t clientReceivedTsMillis backgroundColor footer mentionedJidList groupMentions
      quotedMsg quotedRemoteJid quotedParticipant isViewOnce isGif ctwaContext mimetype filehash deprecatedMms3Url waveform
      isGroupStatus local nonJidMentions title body caption comment pollName pollOptions pollSelectableOptionsCount pollInvalidated
      pollContentType pollType correctOptionIndex pollEndTime eventName eventDescription eventStartTime eventEndTime eventJoinLink
      eventLocation isEventCanceled isFromTemplate isLive isDynamicReplyButtonsMsg dynamicReplyButtons isForwarded forwardingScore
      revokeSender isNewMsg invis star kicState pendingDeleteForMe hasReaction`, {
      isViewOnce: false, isGif: false, local: false, body: '', pollName: '', groupMentions: [], t: 0, isForwarded: false,
      isEventCanceled: false, eventName: '',
    });
    exports.getId = keyOf;
    exports.getMsgUnsafe = (msg) => msg;
    exports.getIsNotification = ({ type }) => use('WAWebMsgType').SYSTEM_MESSAGE_TYPES.includes(type);
    exports.getIsSentByMe = (msg) => {
      const key = keyOf(msg);
      if (key.self === 'in' || exports.getIsNotification(msg)) return false;
      return msg.type === 'revoked' ? use('WAWebUserPrefsMeUser').isMeAccount(msg.from) : key.fromMe;
    };
    exports.getIsGroupMsg = ({ from, to }) => Wid().isGroup(from) || Wid().isGroup(to);
    exports.getIsNewsletterMsg = ({ from, to }) => Wid().isNewsletter(from) || Wid().isNewsletter(to);
    exports.getIsStatus = (msg) => Wid().isStatus(keyOf(msg).remote) || msg.isGroupStatus === true;
    exports.getIsDirectMsg = ({ from, to }) => from.isRegularUser() && to.isRegularUser();
    exports.getSender = (msg) => {
      const asWid = (wid) => (wid instanceof Wid() ? wid : null);
      if (exports.getIsSentByMe(msg)) return asWid(msg.from);
      return asWid(exports.getIsGroupMsg(msg) || exports.getIsStatus(msg) ? msg.author : msg.from);
    };
    exports.getOriginalSelfAuthorOrSender = (msg) => msg.originalSelfAuthor ?? exports.getSender(msg);
    exports.getIsMedia = ({ type }) => ['image', 'video', 'audio', 'sticker-pack'].includes(type);
    exports.getIsSticker = ({ type }) => type === 'sticker';
    exports.getIsDocument = ({ type }) => type === 'document';
    exports.getIsReaction = ({ type }) => type === 'reaction' || type === 'reaction_enc';
    exports.getIsPollVote = ({ type, subtype }) => type === 'poll_update' && subtype === 'poll_vote';
    exports.getIsFutureproof = ({ type, subtype }) => type === 'unknown' || (type === 'payment' && subtype === 'futureproof');
    exports.getIsQuotedMsg = ({ quotedMsg }) => quotedMsg != null;
    exports.getIsEdited = ({ latestEditMsgKey }) => latestEditMsgKey != null;
    exports.getIsFailed = ({ ack, isSendFailure }) => ack === -1 || isSendFailure === true;
    exports.getIsEphemeral = ({ type, subtype, ephemeralDuration }) =>
      !(type === 'protocol' && subtype === 'ephemeral_setting') && Boolean(ephemeralDuration);
    exports.getIsKept = () => false;
    exports.getIsPSA = (msg) => Wid().isPSA(keyOf(msg).remote);
    exports.getIsInitialE2ENotification = ({ type, subtype }) => type === 'e2e_notification' && subtype === 'encrypt';
    exports.getHasOriginatedFromNewsletter = (msg) => exports.getIsNewsletterMsg(msg) || msg.forwardedNewsletterMessageInfo != null;
    exports.getNumTimesForwarded = ({ forwardingScore, isForwarded }) => forwardingScore ?? (isForwarded ? 1 : 0);
    const unread = new Set(names(`interactive chat image video ptv audio ptt document vcard location ciphertext oversized multi_vcard
      sticker status product groups_v4_invite poll_creation poll_result_snapshot list newsletter_admin_invite
      newsletter_follower_invite event_creation sharable_event_invite sticker-pack album rich_response
      automated_greeting_message quarantined`));
    exports.getIsUnreadType = ({ type }) => unread.has(type);
    exports.isRealMessage = (msg) => unread.has(msg.type) || msg.type === 'revoked';
    exports.clearMsgGetterCacheFor = () => {};
  });

  module('WAWebFrontendMsgGetters', (exports) => {
    fields(exports, 'senderObj mediaData replyButtons buttons pendingDeleteForMe isFadingOut carouselCards', {
      pendingDeleteForMe: false, isFadingOut: false,
    });
    const chats = (msg) =>
      use('WAWebMsgGetters').getIsNewsletterMsg(msg) ? use('WAWebNewsletterCollection').default : use('WAWebChatCollection').ChatCollection;
    exports.getMaybeChat = (msg) => chats(msg).get(keyOf(msg).remote);
    exports.getChat = (msg) => {
      const chat = exports.getMaybeChat(msg);
      if (!chat) console.error('getChat: unexpected null chat');
      return chat;
    };
    exports.getCurrentChat = (msg) => {
      const chat = exports.getMaybeChat(msg);
      if (!chat) throw new Error('Got unexpected null or undefined');
      return chat;
    };
    exports.getIsMms = (msg) => use('WAWebMsgModelUtils').typeIsMms(msg);
    exports.getIsUnsentMedia = (msg) =>
      msg.ack != null && msg.ack < use('WAWebAck').ACK.SENT && exports.getIsMms(msg) && use('WAWebMsgGetters').getIsSentByMe(msg);
    exports.getText = (msg) => {
      switch (msg.type) {
        case 'chat': case 'interactive_response': case 'automated_greeting_message': case 'template_button_reply': case 'hsm':
          return msg.body;
        case 'image': case 'video': case 'ptv': case 'document': case 'sticker-pack':
          return msg.caption;
        case 'poll_creation':
          return msg.pollName;
        case 'event_creation':
          return msg.eventName;
        case 'groups_v4_invite':
          return msg.comment;
        case 'list':
          return msg.list?.description;
        default:
          return undefined;
      }
    };
    const as = (name, ...types) => {
      exports[`getAs${name}`] = (msg) => (types.includes(msg.type) ? msg : null);
    };
    as('GroupNotification', 'gp2');
    as('BroadcastNotification', 'broadcast_notification');
    as('Product', 'product');
    as('Revoked', 'revoked');
    as('Doc', 'document');
    as('Image', 'image');
    as('Video', 'video');
    as('Audio', 'audio');
    as('Ptt', 'ptt');
    as('Ptv', 'ptv');
    as('PollCreation', 'poll_creation');
    as('Poll', 'poll_creation', 'poll_result_snapshot');
    as('EventCreation', 'event_creation');
    as('Album', 'album');
    as('CallLog', 'call_log');
    as('PollUpdate', 'poll_update');
    as('VisualMedia', 'image', 'video');
    exports.getAsMms = (msg) => (exports.getIsMms(msg) ? msg : null);
    exports.getAsUrl = (msg) => (use('WAWebMsgModelUtils').typeIsUrl(msg) ? msg : null);
    exports.getAsViewOnce = (msg) => (msg.isViewOnce ? exports.getAsVisualMedia(msg) ?? exports.getAsPtt(msg) : null);
    exports.getIsUrlMessage = (msg) => exports.getAsUrl(msg) !== null;
    exports.clearFrontendMsgGetterCacheFor = () => {};
  });

  module('WAWebChatGetters', (exports) => {
    fields(exports, `t unreadCount archive isReadOnly isLocked muteExpiration isAutoMuted name pin labels endOfHistoryTransferType
      pendingInitialLoading changeNumberOldJid changeNumberNewJid chatlistPreview lastReactionPreview draftMessage tcToken
      tcTokenTimestamp previewT`, { unreadCount: 0, muteExpiration: 0, isAutoMuted: false, pendingInitialLoading: false });
    exports.getId = ({ id }) => id;
    exports.getChatUnsafe = (chat) => chat;
    for (const kind of names('User PSA Group Broadcast Newsletter Bot')) exports[`getIs${kind}`] = ({ id }) => Wid()[`is${kind}`](id);
    exports.getCanUnread = () => true;
    exports.getHasUnread = ({ unreadCount }) => unreadCount !== 0;
    exports.getIsEligibleForContactSync = ({ id }) => !id.isBroadcast() && !id.isPSA();
    exports.clearChatGetterCacheFor = () => {};
  });

  module('WAWebFrontendChatGetters', (exports) => {
    fields(exports, `groupMetadata contact composeQuotedMsg msgs isParentGroup formattedTitle mute presence newsletterMetadata promises
      isFavorite trusted active pendingAction`, { isFavorite: false });
    exports.getKind = ({ id }) =>
      id.isGroup() ? 'group' : id.isBroadcast() ? 'broadcast' : id.isNewsletter() ? 'newsletter' : id.isUser() ? 'chat' : undefined;
    exports.getIsE2ee = (chat) => Boolean(chat.contact);
    exports.getOptimisticUnreadCount = ({ unreadCount, pendingSeenCount }) =>
      unreadCount === -1 ? -1 : Math.max(0, unreadCount - (pendingSeenCount ?? 0));
    exports.getHasDraftMessage = ({ draftMessage }) => Boolean(draftMessage?.text?.trim());
    exports.getPreviewMessage = ({ msgs }) => msgs.last();
    exports.getShouldAppearInList = (chat) => {
      if (chat.isLocked || chat.id.isStatus()) return false;
      if (chat.id.isBroadcast()) return chat.id.user === 'chat';
      return chat.createdLocally !== true || chat.msgs.some((msg) => use('WAWebMsgGetters').isRealMessage(msg));
    };
    exports.clearFrontendChatGetterCacheFor = () => {};
  });

  module('WAWebContactGetters', (exports) => {
    fields(exports, `id pushname isBusiness verifiedLevel verifiedName name requestedPnTimestamp shortName isEnterprise isSmb labels
      statusMute privacyMode isHosted businessProfile`);
    exports.getContactUnsafe = (contact) => contact;
    exports.getCalculatedStatusMute = ({ statusMute, parentStatusMute }) => statusMute || parentStatusMute;
    exports.getNotifyName = ({ pushname, isBusiness, verifiedLevel, verifiedName }) =>
      isBusiness && verifiedLevel !== 2 ? verifiedName : pushname;
    exports.getIsMe = ({ id }) => use('WAWebUserPrefsMeUser').isMeAccount(id);
    for (const kind of names('User Group Broadcast Newsletter Bot PSA')) exports[`getIs${kind}`] = ({ id }) => Wid()[`is${kind}`](id);
    exports.getIsSupportAccount = () => false;
    exports.getIsIAS = ({ id }) => String(id) === '16508638904@c.us';
    exports.getPremiumMessageName = ({ pushname }) => pushname || '';
    exports.getCanRequestPhoneNumber = ({ requestedPnTimestamp: t }) => t == null || t + 86400 < Date.now() / 1000;
    const verified = ({ isBusiness, verifiedLevel }) => Boolean(isBusiness && verifiedLevel === 2);
    exports.getShowBusinessCheckmarkAsPrimary = (contact) => verified(contact) && (!contact.name || contact.name === contact.verifiedName);
    exports.getShowBusinessCheckmarkAsSecondary = (contact) => verified(contact) && Boolean(contact.name) && contact.name !== contact.verifiedName;
    exports.getShowBusinessCheckmarkInChatlist = verified;
    exports.getShowAsMetaVerified = verified;
    exports.getIsDisplayNameApproved = ({ isBusiness, verifiedLevel }) => Boolean(isBusiness && verifiedLevel >= 1);
    exports.getShouldForceBusinessUpdate = ({ forcedBusinessUpdateFromServer, isContactSyncCompleted }) =>
      !forcedBusinessUpdateFromServer && !isContactSyncCompleted;
    exports.getIsWAContact = (contact) => exports.getIsUser(contact) && contact.type === 'in';
    exports.getUserid = (contact) => (exports.getIsUser(contact) ? contact.id.user : null);
  });

  module('WAWebFrontendContactGetters', (exports) => {
    fields(exports, `phoneNumber pendingAction isContactBlocked shareOwnPn businessProfile commonGroups textStatusString textStatusEmoji
      textStatusExpiryTs usernameKey username isEphemeralityDisabled isUsernameContact`);
    const phone = (wid) => use('WAWebPhoneUtils').formattedPhoneNumber(wid);
    exports.getPnForLid = ({ id, phoneNumber }) => (phoneNumber ? phone(phoneNumber) : phone(id));
    exports.getFormattedUsernameOrPhone = (contact) => (contact.id.isLid() ? exports.getPnForLid(contact) : phone(contact.id));
    exports.getIsMyContact = (contact) =>
      Boolean(contact.id.isRegularUser() && (contact.name?.length || (contact.id.isLid() && contact.isUsernameContact)));
    exports.getIsNonVerified = (contact) => Boolean(!exports.getIsMyContact(contact) && contact.isBusiness && contact.verifiedLevel !== 2);
    exports.getFormattedUser = (contact) => {
      const { id, name, verifiedLevel, verifiedName } = contact;
      if (name) return name;
      if (verifiedLevel >= 1 && verifiedName) return verifiedName;
      return exports.getFormattedUsernameOrPhone(contact);
    };
    exports.getFormattedName = (contact) => {
      if (!contact.id) return '';
      if (use('WAWebContactGetters').getIsMe(contact)) return 'You';
      if (contact.name) return contact.name;
      if (contact.verifiedLevel === 2 && contact.verifiedName) return contact.verifiedName;
      return contact.id.isUser() ? exports.getFormattedUsernameOrPhone(contact) : '';
    };
    exports.getFormattedShortName = (contact) => {
      if (use('WAWebContactGetters').getIsMe(contact)) return 'You';
      return contact.shortName || exports.getFormattedName(contact);
    };
    exports.getDisplayName = (contact) => {
      const { Conn } = use('WAWebConnModel');
      if (use('WAWebContactGetters').getIsMe(contact) && Conn.pushname) return Conn.pushname;
      return contact.name || use('WAWebContactGetters').getNotifyName(contact) || exports.getFormattedUsernameOrPhone(contact);
    };
    exports.getFormattedShortNameWithNonBreakingSpaces = (contact) => exports.getFormattedShortName(contact).replace(/\s/g, '\u00a0');
    exports.getUserDisplayNameForLid = (contact) => contact.name || exports.getPnForLid(contact);
    exports.getSearchVerifiedName = ({ verifiedLevel, verifiedName }) => (verifiedLevel >= 1 && verifiedName ? verifiedName.toLowerCase() : null);
    exports.getSearchName = ({ name }) => name?.toLowerCase() ?? null;
    exports.getHeader = ({ name }) => (name ? name[0].toLowerCase() : '#');
  });
}
