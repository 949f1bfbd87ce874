'use strict';
// Chats, their message lists and the chat collection.
{
  const { module, use, attributesOf } = __sim;

  module('WAInOrderPromiseQueue', (exports) => {
    /** Runs tasks one after the other; a failed one does not stop the next. */
    exports.default = class InOrderPromiseQueue {
      constructor() {
        this.tail = Promise.resolve();
      }
      enqueue(task) {
        const result = this.tail.then(task);
        this.tail = result.catch(() => {});
        return result;
      }
      wait() {
        return this.tail;
      }
    };
  });

  module('WAWebChatMsgsCollection', (exports) => {
    const { BaseModel, defineModel } = use('WAWebBaseModel');
    const { BaseCollection } = use('WAWebBaseCollection');
    class MsgLoad extends BaseModel {}
    MsgLoad.attributes = attributesOf(
      'noEarlierMsgs isLoadingEarlierMsgs isLoadingRecentMsgs isLoadingAroundMsgs isRepairingMsgHistory contextLoaded', '',
      { noEarlierMsgs: false, isLoadingEarlierMsgs: false, isLoadingRecentMsgs: false, isLoadingAroundMsgs: false,
        isRepairingMsgHistory: false, contextLoaded: false },
    );
    const MsgLoadModel = defineModel(MsgLoad);

    /** Messages of one chat: they are added here first, then to the collection of all messages. */
    class ChatMsgsCollection extends BaseCollection {
      constructor(models, options) {
        super(models, options);
        this.msgLoadState = new MsgLoadModel();
      }
      add(models, options) {
        const before = this.length;
        const added = super.add(models, options);
        const { MsgCollection } = use('WAWebMsgCollection');
        MsgCollection.add(added, { ...options, at: undefined });
        for (const msg of added) msg.setMsgChunk(this);
        if (this.length !== before) this.trigger('bulk_add', added, options);
        return added;
      }
      delete() {
        this.stopListening();
        super.delete();
      }
    }
    ChatMsgsCollection.model = use('WAWebMsgModel').Msg;
    exports.ChatMsgsCollection = ChatMsgsCollection;
  });

  module('WAWebChatModel', (exports) => {
    const { BaseModel, defineModel, collection } = use('WAWebBaseModel');
    const InOrderPromiseQueue = use('WAInOrderPromiseQueue').default;

    class Chat extends BaseModel {
      initialize() {
        super.initialize();
        this.addQueue = new InOrderPromiseQueue();
        this.sendQueue = new InOrderPromiseQueue();
        this.msgs.msgLoadState.contextLoaded = true;
        const isGroup = this.id.isGroup();
        const isLid = this.id.isLid();
        if (isLid && !this.accountLid) this.__x_accountLid = this.id;
        const lid = isLid ? this.id : this.accountLid;
        this.addChild('presence', use('WAWebPresenceCollection').PresenceCollection.gadd(lid ?? this.id));
        const { MuteCollection } = use('WAWebMuteCollection');
        this.addChild('mute', MuteCollection.get(this.id) ?? MuteCollection.gadd({ id: this.id, expiration: this.muteExpiration }));
        this.listenTo(this.mute, 'change:expiration', () => this.set({ muteExpiration: this.mute.expiration }));
        this.addChild('contact', use('WAWebContactCollection').ContactCollection.gadd(this.id));
        this.listenTo(this.contact, 'change:name change:phoneNumber', () => this.updateTitle());
        this.on('change:name', () => this.updateTitle());
        this.canSend = true;
        if (isGroup) {
          this.trusted = true;
          this.addChild('groupMetadata', use('WAWebGroupMetadataCollection').default.gadd(this.id));
          this.listenTo(this.groupMetadata, 'change:subject', () => this.updateTitle());
          this.listenTo(this.groupMetadata, 'change:announce', () => this.updateCanSend());
          this.listenTo(this.groupMetadata.participants, 'add remove change:isAdmin reset', () => this.updateCanSend());
          this.updateCanSend();
        }
        if (this.id.isNewsletter()) {
          this.addChild('newsletterMetadata', use('WAWebNewsletterMetadataCollection').default.gadd(this.id));
        }
        this.updateTitle();
      }

      updateTitle() {
        this.set({ formattedTitle: use('WAWebChatGroupUtils').titleOf(this) });
      }
      updateCanSend() {
        const meta = this.groupMetadata;
        if (!meta) return;
        const participants = meta.participants;
        const member = participants.length === 0 || participants.iAmMember();
        this.set({ isReadOnly: !member, canSend: member && (!meta.announce || participants.iAmAdmin()) });
      }
      iAmAdmin() {
        return this.groupMetadata?.participants.iAmAdmin() ?? false;
      }
      isTrusted() {
        if (this.trusted || this.notSpam) return true;
        const { getIsMyContact } = use('WAWebFrontendContactGetters');
        return getIsMyContact(this.contact) || this.msgs.some((msg) => msg.id.fromMe);
      }
      isSuspendedOrTerminated() {
        return Boolean(this.groupMetadata?.suspended || this.groupMetadata?.terminated);
      }
      getAllMsgs() {
        return this.msgs;
      }
      getGroupMetadataCollection() {
        return use('WAWebGroupMetadataCollection').default;
      }
      removeFromCollection(msg) {
        this.msgs.remove(msg.id);
        if (this.lastReceivedKey?.equals(msg.id)) {
          this.lastReceivedKey = this.msgs.findLast(({ id, type }) => !id.fromMe && type !== 'e2e_notification')?.id;
        }
      }
      delete() {
        super.delete();
        this.getCollection().remove(this.id);
      }
      getCollection() {
        return this.id.isNewsletter() ? use('WAWebNewsletterCollection').default : use('WAWebChatCollection').ChatCollection;
      }
    }
    Chat.attributes = {
      ...attributesOf(
        `id accountLid t unreadCount unreadDividerOffset archive isReadOnly isLocked isAnnounceGrpRestrict modifyTag muteExpiration
         mentionAllMuteExpiration callMuteExpiration isAutoMuted name notSpam pin changeNumberOldJid changeNumberNewJid
         lastReceivedKey ephemeralDuration ephemeralSettingTimestamp afterReadDuration disappearingModeInitiator
         disappearingModeTrigger disappearingModeInitiatedByMe createdLocally unreadMentionsOfMe unreadMentionCount
         hasUnreadMention archiveAtMentionViewedInDrawer hasChatBeenOpened tcToken tcTokenTimestamp tcTokenSenderTimestamp
         msgUnsyncedButtonReplyMsgs endOfHistoryTransferType pendingInitialLoading lastReactionPreview chatlistPreview previewT
         unreadEditTimestampMs draftMessage ephemeralDisplayedExemptions hasOpened lastChatEntryTimestamp
         hasRequestedWelcomeMsg lidOriginType historyChatId limitSharing labels`,
        `pendingAction formattedTitle active recording typing squelch pendingSeenCount markedUnread trusted canSend
         showUnreadInTitle activeUnreadCount isFavorite promises ftsCache composeQuotedMsg groupMetadata broadcastMetadata
         newsletterMetadata presence mute contact mediaCount linkCount docCount pendingDeleteForMeCount isParentGroup groupType
         endOfHistoryTransfer draftMessageSortTs unreadMsgAnchor`,
        {
          unreadCount: 0, unreadDividerOffset: 0, muteExpiration: 0, isAutoMuted: false, hasUnreadMention: false,
          archiveAtMentionViewedInDrawer: false, hasChatBeenOpened: false, pendingInitialLoading: false,
          hasRequestedWelcomeMsg: false, pendingSeenCount: 0, showUnreadInTitle: false, isFavorite: false,
          promises: () => ({}), ftsCache: () => ({}), mediaCount: 0, linkCount: 0, docCount: 0, pendingDeleteForMeCount: 0,
          endOfHistoryTransfer: false, pendingAction: 0,
        },
      ),
      msgs: collection(use('WAWebChatMsgsCollection').ChatMsgsCollection),
    };
    Chat.Proxy = 'chat';
    Chat.idClass = use('WAWebWid').default;
    exports.Chat = defineModel(Chat);
  });

  module('WAWebChatGroupUtils', (exports) => {
    exports.titleOf = (chat) => {
      if (chat.groupMetadata) return chat.groupMetadata.subject ?? chat.name ?? '';
      if (chat.newsletterMetadata) return chat.newsletterMetadata.name ?? chat.name ?? '';
      const { contact } = chat;
      if (chat.name ?? contact.name) return chat.name ?? contact.name;
      return use('WAWebFrontendContactGetters').getFormattedUser(contact);
    };
    exports.updateTitle = (chat) => chat.updateTitle();
    exports.isCommunityAnnouncementGroup = () => false;
  });

  module('WAWebChatCollection', (exports) => {
    const { BaseCollection } = use('WAWebBaseCollection');

    /** Newest first, pinned ones on top. No look-up of its own: `find` of an unknown chat rejects with a TypeError. */
    class ChatCollectionImpl extends BaseCollection {
      constructor(models, options) {
        super(models, options);
        this.on('change:t change:pin', (chat) => this.moved(chat));
        this.on('add', (chat) => {
          if (chat.accountLid) this.byAccountLid().set(String(chat.accountLid), chat);
        });
        this.on('change:accountLid', (chat, lid) => lid && this.byAccountLid().set(String(lid), chat));
        this.on('remove', (chat) => this.byAccountLid().delete(String(chat.accountLid)));
      }
      byAccountLid() {
        return (this._byAccountLid ??= new Map());
      }
      moved(chat) {
        const models = this._models;
        const at = models.indexOf(chat);
        const order = this._comparator;
        const fits = (i, j) => i < 0 || j >= models.length || order(models[i], models[j]) <= 0;
        if (at < 0 || (fits(at - 1, at) && fits(at, at + 1))) return;
        models.splice(at, 1);
        this._insertSorted([chat]);
        this.trigger('sort', this, chat);
      }
      /** The chat of a person under either address form. */
      getLatestChatForWid(wid) {
        const direct = this.get(wid);
        if (direct || !wid.isUser()) return direct;
        const lid = use('WAWebLidMigrationUtils').toUserLid(wid);
        const pn = use('WAWebLidMigrationUtils').toPn(wid);
        return (lid && (this.get(lid) ?? this.getChatByAccountLid(lid))) || (pn && this.get(pn)) || undefined;
      }
      getChatByAccountLid(lid) {
        return this.byAccountLid().get(String(lid));
      }
      getActive() {
        return this.findFirst((chat) => chat.active);
      }
    }
    ChatCollectionImpl.model = use('WAWebChatModel').Chat;
    ChatCollectionImpl.comparator = (a, b) => (b.pin ?? 0) - (a.pin ?? 0) || (b.t ?? 0) - (a.t ?? 0);
    exports.ChatCollectionImpl = ChatCollectionImpl;
    exports.ChatCollection = new ChatCollectionImpl();
  });
}
