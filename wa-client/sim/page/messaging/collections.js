'use strict';
// The smaller collections, and the registry of all of them.
{
  const { module, use, wire, attributesOf } = __sim;

  /** Defines module `name` with a collection of a model of its own at `exportName`. */
  function collectionModule(name, exportName, props, { sessions = '', wids = false, members = {}, modelMembers = {} } = {}) {
    module(name, (exports) => {
      const { BaseModel, defineModel } = use('WAWebBaseModel');
      const { BaseCollection } = use('WAWebBaseCollection');
      class Model extends BaseModel {}
      Model.attributes = attributesOf(props, sessions);
      if (wids) Model.idClass = use('WAWebWid').default;
      Object.defineProperties(Model.prototype, Object.getOwnPropertyDescriptors(modelMembers));
      class List extends BaseCollection {}
      Object.defineProperties(List.prototype, Object.getOwnPropertyDescriptors(members));
      List.model = defineModel(Model);
      exports[exportName] = new List();
    });
  }

  collectionModule('WAWebProfilePicThumbCollection', 'ProfilePicThumbCollection', 'id tag eurl previewEurl filehash fullDirectPath previewDirectPath timestamp', {
    sessions: 'stale imgFull raw pendingPic',
    wids: true,
    modelMembers: {
      get img() {
        return this.stale && !this.tag ? null : this.previewEurl ?? this.eurl;
      },
      canSet() {
        const { isMeAccount } = use('WAWebUserPrefsMeUser');
        if (isMeAccount(this.id)) return true;
        const meta = use('WAWebGroupMetadataCollection').default.get(this.id);
        return Boolean(meta?.participants.iAmAdmin() || (meta && !meta.restrict && meta.participants.iAmMember()));
      },
      canDelete() {
        return Boolean(this.tag) && this.canSet();
      },
    },
    members: {
      async findImpl(id) {
        if (typeof id === 'string') throw new TypeError('id.isUser is not a function');
        return use('WAWebContactProfilePicThumbBridge').requestProfilePicFromServer({ id });
      },
    },
  });

  collectionModule('WAWebBusinessProfileCollection', 'BusinessProfileCollection',
    'id description categories email website address businessHours latitude longitude profileOptions tag isBizBot3p', {
      wids: true,
      members: {
        async findImpl(id) {
          return { id };
        },
        fetchBizProfile(id) {
          return this.find(id);
        },
      },
    });

  collectionModule('WAWebTextStatusCollection', 'TextStatusCollection', 'id status text emoji ephemeralDuration lastUpdateTime', {
    wids: true,
    members: {
      async findImpl(id) {
        return { id };
      },
    },
  });

  collectionModule('WAWebMsgInfoCollection', 'MsgInfoCollection', 'id delivery read played deliveryRemaining readRemaining playedRemaining settled', {
    members: {
      async findImpl(id) {
        const info = await use('WAWebApiMessageInfoStore').queryMsgInfo(use('WAWebMsgKey').default.from(id));
        return { id: String(id), ...info };
      },
    },
  });

  const pinId = (parentKey) => `!!${parentKey}`;
  collectionModule('WAWebPinInChatCollection', 'PinInChatCollection', 'id msgKey parentMsgKey chatId pinType pinExpiryDuration senderTimestampMs sender t', {
    members: {
      getByParentMsgKey(key) {
        return this.get(pinId(key));
      },
      deleteByParentMessageKey(key) {
        this.remove(pinId(key));
      },
    },
  });

  collectionModule('WAWebLabelCollection', 'LabelCollection', 'id name colorIndex count chatCount type predefinedId isActive', {
    members: {
      addOrRemoveLabels(changes, chats) {
        for (const chat of chats) {
          if (chat.constructor !== use('WAWebChatModel').Chat) {
            console.error('addOrRemoveLabels: not a chat');
            continue;
          }
          const labels = new Set(chat.labels ?? []);
          for (const { id, type } of changes) type === 'add' ? labels.add(id) : labels.delete(id);
          chat.set({ labels: [...labels] });
        }
      },
    },
  });

  collectionModule('WAWebStatusCollection', 'StatusCollection', 'id t unreadCount totalCount readKeys expireTimer', {
    sessions: 'msgs contact',
    wids: true,
    members: {
      getMyStatus() {
        const own = use('WAWebUserPrefsMeUser').getMaybeMePnUser();
        return own && this.gadd(own);
      },
      async sync() {},
      handleUpdate() {},
    },
  });

  collectionModule('WAWebPollsPollVoteCollection', 'PollVoteCollection',
    'id msgKey parentMsgKey selectedOptionLocalIds sender senderTimestampMs t ack isFailed', {
      members: {
        /** One list for each parent asked for. */
        getForParentAddressingModeInsensitive(keys) {
          const texts = keys.map((key) => key.toString());
          return texts.map((text) => ({
            getModelsArray: () => this.filter(({ parentMsgKey }) => String(parentMsgKey) === text),
          }));
        },
      },
    });

  collectionModule('WAWebEventResponseCollection', 'EventResponseCollection', 'id msgKey parentMsgKey eventResponse senderUserJid t timestampMs');

  collectionModule('WAWebNewsletterMetadataCollection', 'default',
    'id name description inviteCode handle size verified membershipType privacy creationTime suspended terminated adminCount', {
      wids: true,
      members: {
        async findImpl(id) {
          return { id };
        },
      },
      modelMembers: {
        iAmOwner() {
          return this.membershipType === 'owner';
        },
        iAmAdmin() {
          return this.membershipType === 'admin';
        },
        iAmAdminOrOwner() {
          return this.iAmOwner() || this.iAmAdmin();
        },
        iAmSubscriber() {
          return this.membershipType === 'subscriber';
        },
        iAmGuest() {
          return this.membershipType === 'guest';
        },
      },
    });

  // Channels are chats in a collection of their own; this account follows none.
  module('WAWebNewsletterCollection', (exports) => {
    const { BaseCollection } = use('WAWebBaseCollection');
    class NewsletterCollection extends BaseCollection {}
    NewsletterCollection.model = use('WAWebChatModel').Chat;
    exports.default = new NewsletterCollection();
  });

  // Empty on an account that never used what they are for.
  const EMPTY = [
    ['OptOutList', 'WAWebOptOutListCollection', 'OptOutListCollection'],
    ['BotProfile', 'WAWebBotProfileCollection', 'BotProfileCollection'],
    ['BusinessCategoryResult', 'WAWebBusinessCategoriesResultCollection', 'BusinessCategoriesResultCollection'],
    ['Catalog', 'WAWebCatalogCollection', 'CatalogCollection'],
    ['ChatAssignment', 'WAWebChatAssignmentCollection', 'ChatAssignmentCollection'],
    ['WAWebChatPreferenceCollection', 'WAWebChatPreferenceCollection', 'default'],
    ['WAWebConversionTupleCollection', 'WAWebConversionTupleCollection', 'default'],
    ['DailyAggregatedStats', 'WAWebDailyAggregatedStatsCollection', 'DailyAggregatedStatsCollection'],
    ['EmojiVariant', 'WAWebEmojiVariantCollection', 'EmojiVariantCollection'],
    ['FavoriteCollection', 'WAWebFavoriteCollection', 'FavoriteCollection'],
    ['FeatureFlagCollection', 'WAWebFeatureFlagCollection', 'FeatureFlagCollection'],
    ['Order', 'WAWebOrderCollection', 'OrderCollection'],
    ['QuickReply', 'WAWebQuickReplyCollection', 'QuickReplyCollection'],
    ['RecentEmoji', 'WAWebRecentEmojiCollection', 'RecentEmojiCollection'],
    ['RecentSticker', 'WAWebRecentStickerCollection', 'RecentStickerCollection'],
    ['StarredMsg', 'WAWebStarredMsgCollection', 'AllStarredMsgsCollection'],
    ['Sticker', 'WAWebStickerCollection', 'StickerCollection'],
    ['StickerSearch', 'WAWebStickerSearchCollection', 'StickerSearchCollection'],
    ['RecentStickerMD', 'WAWebRecentStickerCollectionMd', 'RecentStickerCollectionMd'],
    ['StickerPackCollectionMD', 'WAWebStickerPackCollectionMd', 'StickerPackCollectionMd'],
    ['FavoriteSticker', 'WAWebFavoriteStickerCollection', 'FavoriteStickerCollection'],
    ['RecentReactions', 'WAWebRecentReactionsCollection', 'RecentReactionsCollection'],
    ['WAWebUnjoinedSubgroupMetadataCollection', 'WAWebUnjoinedSubgroupMetadataCollection', 'default'],
    ['AgentCollection', 'WAWebAgentCollection', 'AgentCollection'],
    ['SubscriptionCollection', 'WAWebSubscriptionCollection', 'SubscriptionCollection'],
    ['UnattributedMessageCollection', 'WAWebUnattributedMessageCollection', 'UnattributedMessageCollection'],
    ['WAWebCommunityActivityCollection', 'WAWebCommunityActivityCollection', 'default'],
    ['CommentCollection', 'WAWebCommentCollection', 'CommentCollection'],
    ['PremiumMessageCollection', 'WAWebPremiumMessageCollection', 'PremiumMessageCollection'],
    ['UserDisclosureCollection', 'WAWebUserDisclosureCollection', 'UserDisclosureCollection'],
  ];
  for (const [, name, exportName] of EMPTY) collectionModule(name, exportName, 'id');

  const FILLED = [
    ['Blocklist', 'WAWebBlocklistCollection', 'BlocklistCollection'],
    ['BusinessProfile', 'WAWebBusinessProfileCollection', 'BusinessProfileCollection'],
    ['WAWebCallCollection', 'WAWebCallCollection', 'default'],
    ['Chat', 'WAWebChatCollection', 'ChatCollection'],
    ['Contact', 'WAWebContactCollection', 'ContactCollection'],
    ['WAWebGroupMetadataCollection', 'WAWebGroupMetadataCollection', 'default'],
    ['Label', 'WAWebLabelCollection', 'LabelCollection'],
    ['Msg', 'WAWebMsgCollection', 'MsgCollection'],
    ['MsgInfo', 'WAWebMsgInfoCollection', 'MsgInfoCollection'],
    ['Mute', 'WAWebMuteCollection', 'MuteCollection'],
    ['PinInChat', 'WAWebPinInChatCollection', 'PinInChatCollection'],
    ['PollVote', 'WAWebPollsPollVoteCollection', 'PollVoteCollection'],
    ['Presence', 'WAWebPresenceCollection', 'PresenceCollection'],
    ['ProfilePicThumb', 'WAWebProfilePicThumbCollection', 'ProfilePicThumbCollection'],
    ['TextStatus', 'WAWebTextStatusCollection', 'TextStatusCollection'],
    ['Status', 'WAWebStatusCollection', 'StatusCollection'],
    ['Reactions', 'WAWebReactionsCollection', 'ReactionsCollection'],
    ['WAWebNewsletterCollection', 'WAWebNewsletterCollection', 'default'],
    ['WAWebNewsletterMetadataCollection', 'WAWebNewsletterMetadataCollection', 'default'],
    ['EventResponseCollection', 'WAWebEventResponseCollection', 'EventResponseCollection'],
  ];
  module('WAWebCollections', (exports) => {
    exports.default = Object.fromEntries([...FILLED, ...EMPTY].map(([key, name, exportName]) => [key, use(name)[exportName]]));
  });

  // ---- who has received an own message -------------------------------------------------------

  const info = new Map(); // key text -> Map(person text -> {level, t})
  __sim.messageInfo = {
    note(key, { participant, lid, level, t }) {
      const people = info.get(String(key)) ?? new Map();
      const person = participant ?? lid;
      const known = people.get(person);
      if (!known || level > known.level) people.set(person, { level, t });
      info.set(String(key), people);
    },
  };
  module('WAWebApiMessageInfoStore', (exports) => {
    exports.queryMsgInfo = async (key) => {
      const text = key.toString();
      const row = __sim.db.getMessage(text);
      if (!row || !row.id.fromMe) throw new Error(`No message info found for ${text}`);
      const { createWid } = use('WAWebWidFactory');
      const people = info.get(text) ?? new Map(row.ack > 1 && row.to.isUser() ? [[row.to.toString(), { level: row.ack, t: row.t }]] : []);
      const reached = (level) => [...people].filter(([, entry]) => entry.level >= level).map(([person, { t }]) => ({ id: createWid(person), t }));
      const members = use('WAWebGroupMetadataCollection').default.get(row.to)?.participants.length;
      const total = members ? members - 1 : 1;
      const [delivery, read, played] = [2, 3, 4].map(reached);
      return {
        delivery, read, played, deliveryRemaining: total - delivery.length, readRemaining: total - read.length,
        playedRemaining: total - played.length,
      };
    };
  });

  /** A change that the real page brings to the account's other devices; here it is local at once. */
  __sim.mutate = async (_what, _id, _values) => {};

  module('WAWebContactProfilePicThumbBridge', (exports) => {
    const { ServerStatusCodeError } = use('WAWebBackendErrors');
    exports.requestProfilePicFromServer = async ({ id }) => {
      try {
        const picture = await wire.request('profile_pic', { wid: String(id) });
        return picture ? { id, ...picture } : { id, tag: '' };
      } catch (error) {
        if (!(error instanceof ServerStatusCodeError)) throw error;
        if ([401, 404, 501].includes(error.status)) return { id, tag: '' };
        return [423, 429].includes(error.status) ? { id, stale: true } : { id };
      }
    };
    exports.sendSetPicture = async (id, _thumbnail, picture) => {
      const tag = `${Date.now()}`;
      use('WAWebProfilePicThumbCollection').ProfilePicThumbCollection.gadd(id).set({ tag, eurl: picture, previewEurl: picture, stale: false });
      return { status: 200, eurl: picture, tag };
    };
    exports.requestDeletePicture = async (id) => {
      use('WAWebProfilePicThumbCollection').ProfilePicThumbCollection.gadd(id).set({ tag: '', eurl: undefined, previewEurl: undefined });
      return { status: 200 };
    };
  });
}
