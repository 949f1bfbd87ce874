'use strict';
// The message model. Attribute names are those of the real model; clients read what they know of them.
{
  const { module, use } = __sim;

  module('WAWebMsgModelUtils', (exports) => {
    const MMS = new Set(['image', 'video', 'ptv', 'audio', 'ptt', 'document', 'sticker', 'sticker-pack', 'album']);
    exports.typeIsMms = ({ type }) => MMS.has(type);
    exports.typeIsUrl = ({ type, subtype }) => type === 'chat' && subtype === 'url';
    exports.getQuotedParticipantForContextInfo = (msg) => use('WAWebMsgGetters').getSender(msg) ?? undefined;
    exports.getValidatedSender = (msg) => use('WAWebMsgGetters').getSender(msg);
  });

  module('WAWebMsgModel', (exports) => {
    const { BaseModel, defineModel, prop, session } = use('WAWebBaseModel');
    const { ACK } = use('WAWebAck');
    const names = (text) => text.trim().split(/\s+/);

    const PROPS = names(`
      id rowId serverId parentServerId viewCount viewed body type typeFlag subtype t clientReceivedTsMillis revokeTimestamp
      notifyName from to author ack invis isNewMsg star kicKey kicState kicTimestampMs kicNotified keepType keptMessageKey
      recvFresh caption contextInfo clientUrl loc lat lng isLive accuracy speed degrees comment sequence shareDuration
      deprecatedMms3Url directPath mimetype duration filehash encFilehash size filename streamingSidecar mediaKey
      mediaKeyTimestamp pageCount isGif gifAttribution accessibilityLabel isViewOnce streamable width height
      thumbnailDirectPath thumbnailSha256 thumbnailEncSha256 thumbnailHeight thumbnailWidth waveform staticUrl
      stickerPackId stickerPackName stickerPackPublisher mediaHandle scanLengths scansSidecar isFromTemplate devicesAdded
      devicesRemoved isThisDeviceAdded firstFrameLength firstFrameSidecar isAnimated isLottie matchedText thumbnail
      thumbnailHQ richPreviewType doNotPlayInline isScheduledMsg scheduledTimestampS title description businessOwnerJid
      productId currencyCode priceAmount1000 salePriceAmount1000 retailerId url productImageCount sessionId pollName
      pollOptions pollSelectableOptionsCount pollInvalidated pollContentType pollType correctOptionIndex pollEndTime
      pollHideVoterNames isSentCagPollCreation pollUpdateParentKey encPollVote selectedOptionLocalIds pollVotesSnapshot
      senderTimestampMs latestEditMsgKey latestEditSenderTimestampMs editMsgType recipients broadcast quotedMsg
      quotedStanzaID quotedRemoteJid quotedParticipant quotedGroupSubject quotedParentGroupJid quotedType mentionedJidList
      groupMentions nonJidMentions footer hydratedButtons hsmTag hsmCategory templateId eventName isEventCanceled
      eventDescription eventJoinLink eventStartTime eventEndTime eventLocation eventInvalidated eventIsScheduledCall
      eventExtraGuestsAllowed selectedId selectedIndex multicast urlText urlNumber clearMedia isVcardOverMmsDocument
      isCaptionByUser vcardList vcardFormattedName revokeSender protocolMessageKey futureproofType futureproofSubtype
      templateParams textColor backgroundColor font cannotBeRanked actionLink isForwarded isQuestion isSpoiler
      forwardsCount forwardingScore labels hasReaction paymentCurrency paymentAmount1000 paymentMessageReceiverJid
      paymentStatus paymentTxnStatus paymentNoteMsg paymentRequestMessageKey paymentExpiryTimestamp ephemeralDuration
      ephemeralSettingTimestamp ephemeralOutOfSync disappearingModeInitiator disappearingModeTrigger
      disappearingModeInitiatedByMe afterReadDuration expiredTimestamp parentMsgKey associationType viewMode messageSecret
      originalSelfAuthor bizPrivacyStatus verifiedBizName inviteCode inviteCodeExp inviteGrp inviteGrpName
      inviteGrpJpegThum inviteGrpType threadIds sellerJid message orderTitle itemCount orderId surface status token
      totalAmount1000 totalCurrencyCode isSendFailure errorCode broadcastParticipants broadcastEphSettings broadcastId
      ctwaContext list listResponse productHeaderImageRejected agentId lastPlaybackProgress isDynamicReplyButtonsMsg
      dynamicReplyButtons buttonsResponse selectedButtonId headerType nativeFlowName nativeFlowButtons interactiveHeader
      interactiveType interactivePayload isCarouselCard parentMsgId callSilenceReason callOutcome isVideoCall callDuration
      callCreator callParticipants isCallLink callLinkToken reactionParentKey reactionText reactionTimestamp
      targetMessageKey replyCount pinParentKey pinMessageType pinSenderTimestampMs pinExpiryDuration isMdHistoryMsg
      stickerSentTs isAvatar emojis invokedBotWid botMessageSecret bizBotType botPersonaId richResponse
      forwardedNewsletterMessageInfo newsletterAdminInviteInfo newsletterFollowerInviteInfo read isGroupStatus
      isNewsletterStatus bizContentPlaceholderType limitSharing`);
    const SESSION = names(`
      buttons local search startOfDay startOfDaySkew quotedMsgKey isQuotedMsgAvailable fromQuotedMsg senderObj mediaData
      forwardedFromWeb nonce squelch pendingDeleteForMe isFadingOut replyButtons revokeDuration senderWithDevice isRetry
      isOffline waitForPhoneUploadPromise isOverwrittenByRevoke carouselCards`);
    const DEFAULTS = {
      viewed: false, star: false, kicNotified: false, isFromTemplate: false, pollInvalidated: false,
      isSentCagPollCreation: false, latestEditMsgKey: null, latestEditSenderTimestampMs: null, isEventCanceled: false,
      eventInvalidated: false, isVcardOverMmsDocument: false, isForwarded: false, isQuestion: false, isSpoiler: false,
      forwardsCount: 0, hasReaction: false, productHeaderImageRejected: false, lastPlaybackProgress: 0,
      isDynamicReplyButtonsMsg: false, isCarouselCard: false, parentMsgId: null, callSilenceReason: null,
      isVideoCall: false, callDuration: null, callCreator: null, callParticipants: null, isCallLink: null,
      callLinkToken: null, isMdHistoryMsg: false, stickerSentTs: 0, isAvatar: false, invokedBotWid: null, bizBotType: null,
      bizContentPlaceholderType: null, nonJidMentions: null,
      local: false, isQuotedMsgAvailable: true, fromQuotedMsg: false, forwardedFromWeb: false, pendingDeleteForMe: false,
      isFadingOut: false, isRetry: false, isOffline: false, isOverwrittenByRevoke: false,
    };
    // What a quote does not carry along.
    const NOT_QUOTED = names(`
      ack author broadcast buttons from id invis isNewMsg latestEditMsgKey latestEditSenderTimestampMs multicast notifyName
      quotedMsg quotedParticipant quotedRemoteJid quotedStanzaID quotedType recipients recvFresh replyButtons senderObj
      star t to rowId`);

    class Msg extends BaseModel {
      initialize() {
        super.initialize();
        const { ContactCollection } = use('WAWebContactCollection');
        const sender = use('WAWebMsgModelUtils').getValidatedSender(this);
        if (sender?.isUser()) this.addChild('senderObj', ContactCollection.gadd(use('WAWebWidFactory').asUserWidOrThrow(sender)));
        if (!this.mentionedJidList) this.__x_mentionedJidList = [];
        if (!this.groupMentions) this.__x_groupMentions = [];
        if (use('WAWebMsgModelUtils').typeIsMms(this)) this.registerMedia();
      }

      registerMedia() {
        this.addChild('mediaData', __sim.mediaDataOf(this));
      }

      /** Raises the ack; only a failure may lower it. */
      async updateAck(ack, _inMemoryOnly) {
        if (typeof ack !== 'number') return;
        if (this.ack === undefined || ack > this.ack || (ack === ACK.FAILED && this.ack !== ACK.FAILED)) this.ack = ack;
      }

      msgContextInfo(targetWid) {
        const quotedMsg = {};
        for (const [name, value] of Object.entries(this.toJSON())) {
          if (value !== undefined && !NOT_QUOTED.includes(name)) quotedMsg[name] = value;
        }
        return {
          quotedMsg,
          quotedParticipant: use('WAWebMsgModelUtils').getQuotedParticipantForContextInfo(this),
          quotedStanzaID: this.id.id,
          quotedRemoteJid: targetWid && !this.id.remote.equals(targetWid) ? this.id.remote : null,
        };
      }

      isUnsentPhoneMsg() {
        return !this.local && use('WAWebMsgGetters').getIsSentByMe(this) && this.ack < ACK.SENT;
      }
      downloadMedia(options) {
        return use('WAWebMediaDownloadMsg').downloadMsg({ msg: this, ...options });
      }
      forceDownloadMediaEvenIfExpensive() {
        return this.downloadMedia({ downloadEvenIfExpensive: true, rmrReason: 1, isUserInitiated: true });
      }
      async waitForPrep() {
        if (use('WAWebMsgModelUtils').typeIsMms(this) && !this.mediaData) this.registerMedia();
      }
      setMsgChunk(chunk) {
        this.msgChunk = chunk;
      }
      getMsgChunk() {
        return this.msgChunk;
      }
      delete() {
        super.delete();
        this.getCollection().remove(this.id);
      }
      getCollection() {
        return use('WAWebMsgCollection').MsgCollection;
      }
    }
    Msg.attributes = {
      ...Object.fromEntries(PROPS.map((name) => [name, prop(DEFAULTS[name])])),
      ...Object.fromEntries(SESSION.map((name) => [name, session(DEFAULTS[name])])),
    };
    Msg.Proxy = 'msg';
    Msg.idClass = use('WAWebMsgKey').default;
    Msg.propNames = PROPS;
    exports.Msg = defineModel(Msg);
  });

  module('WAWebMsgDataFromModel', (exports) => {
    /** The message as plain data, as stores and jobs take it. */
    exports.msgDataFromMsgModel = (msg) => {
      const data = {};
      for (const name of use('WAWebMsgModel').Msg.propNames) {
        if (msg[name] !== undefined) data[name] = msg[name];
      }
      return data;
    };
  });

  module('WAWebQuotedMsgModelUtils', (exports) => {
    const quotedKey = (msg) => {
      const MsgKey = use('WAWebMsgKey').default;
      const { isMeAccount } = use('WAWebUserPrefsMeUser');
      const remote = msg.quotedRemoteJid ?? msg.id.remote;
      const participant = msg.quotedParticipant;
      return new MsgKey({
        fromMe: participant ? isMeAccount(participant) : false,
        remote,
        id: msg.quotedStanzaID,
        participant: remote.isGroup() ? participant : undefined,
      });
    };
    exports.getQuotedMsgKey = (msg) => (msg.quotedStanzaID ? quotedKey(msg) : undefined);

    /** The quoted message as a model: the loaded one, or one made of the quote's content. */
    exports.getQuotedMsgObj = (msg) => {
      if (!msg?.quotedMsg || !msg.quotedStanzaID) return undefined;
      const { MsgCollection } = use('WAWebMsgCollection');
      const id = quotedKey(msg);
      const known = MsgCollection.get(id) ?? MsgCollection.get(use('WAWebLidMigrationUtils').getAlternateMsgKey(id));
      if (known) return known;
      const { getMaybeMePnUser } = use('WAWebUserPrefsMeUser');
      const own = id.fromMe;
      return MsgCollection.add({
        ...msg.quotedMsg,
        id,
        from: own ? getMaybeMePnUser() : id.remote,
        to: own ? id.remote : getMaybeMePnUser(),
        author: id.participant,
        fromQuotedMsg: true,
      })[0];
    };
  });
}
