'use strict';
// Contacts and the collections that hang on them.
{
  const { module, use } = __sim;
  const names = (text) => text.trim().split(/\s+/);
  const attributesOf = (props, sessions, defaults = {}) => {
    const { prop, session } = use('WAWebBaseModel');
    return {
      ...Object.fromEntries(names(props).map((name) => [name, prop(defaults[name])])),
      ...Object.fromEntries((sessions ? names(sessions) : []).map((name) => [name, session(defaults[name])])),
    };
  };
  __sim.attributesOf = attributesOf;

  module('WAWebContactModel', (exports) => {
    const { BaseModel, defineModel } = use('WAWebBaseModel');
    class Contact extends BaseModel {
      initialize() {
        super.initialize();
        if (!this.id) return;
        this.pendingAction = 0;
        const { getIsMe } = use('WAWebContactGetters');
        const { Conn } = use('WAWebConnModel');
        if (this.name && !this.shortName) this.__x_shortName = this.name.split(' ')[0];
        this.on('change:name', () => this.onName());
        if (getIsMe(this)) {
          if (Conn.pushname) this.__x_pushname = Conn.pushname;
          this.listenTo(Conn, 'change:pushname', () => this.set({ pushname: Conn.pushname }));
        }
        if (!this.id.isUser()) return;
        use('WAWebBlocklistCollection').updateContactBlocked(this);
        const { getPhoneNumber } = use('WAWebApiContact');
        if (this.id.isLid()) {
          const pn = this.phoneNumber ?? getPhoneNumber(this.id);
          if (pn) this.copyFieldsFromPnContact(pn);
        }
      }

      onName() {
        if (this.name) this.set({ shortName: this.name.split(' ')[0] });
        if (this.id.isLid()) return;
        const lid = use('WAWebApiContact').getCurrentLid(this.id);
        if (lid) this.getCollection().get(lid)?.set({ name: this.name });
      }
      copyFieldsFromPnContact(pn) {
        const known = this.getCollection().get(pn);
        if (known?.name != null) this.set({ name: known.name });
        this.set({ phoneNumber: pn });
      }
      getProfilePicThumb() {
        return (this.profilePicThumb = use('WAWebProfilePicThumbCollection').ProfilePicThumbCollection.gadd(this.id));
      }
      getStatus() {
        return (this.status = use('WAWebTextStatusCollection').TextStatusCollection.gadd(this.id));
      }
      getCollection() {
        return use('WAWebContactCollection').ContactCollection;
      }
      searchMatch(text) {
        const { getFormattedName } = use('WAWebFrontendContactGetters');
        return `${getFormattedName(this)} ${this.pushname ?? ''} ${this.id.user}`.toLowerCase().includes(text.toLowerCase());
      }
    }
    Contact.attributes = attributesOf(
      `id name shortName pushname type isDeactivated verifiedName isBusiness isEnterprise isSmb verifiedLevel privacyMode statusMute
       parentStatusMute sectionHeader labels isContactSyncCompleted forcedBusinessUpdateFromServer disappearingModeDuration
       disappearingModeSettingTimestamp isEphemeralityDisabled textStatusString textStatusEmoji textStatusEphemeralDuration
       textStatusLastUpdateTime textStatusExpiryTs requestedPnTimestamp username usernameKey usernameCountryCode
       isUsernameContact externalUserState syncToAddressbook`,
      `isContactBlocked isContactOptedOut pendingAction promises status profilePicThumb businessProfile commonGroups
       businessCatalog locale shareOwnPn phoneNumber displayNameLID isHosted isOrHasBeenHosted isFavorite`,
      {
        type: 'in', isDeactivated: false, textStatusLastUpdateTime: -1, isUsernameContact: false, syncToAddressbook: false,
        isContactBlocked: false, isContactOptedOut: false, promises: () => ({}), isHosted: false, isOrHasBeenHosted: false,
        isFavorite: false,
      },
    );
    Contact.Proxy = 'contact';
    Contact.idClass = use('WAWebWid').default;
    exports.default = defineModel(Contact);
  });

  module('WAWebContactCollection', (exports) => {
    const { BaseCollection } = use('WAWebBaseCollection');
    class ContactCollectionImpl extends BaseCollection {
      // `find` of an unknown address gives a new contact; nothing more is known of it.
      async findImpl(id) {
        return { id: use('WAWebWidFactory').createWidFromWidLike(id) };
      }
      getMeContact() {
        const { getMaybeMePnUser, getMaybeMeLidUser } = use('WAWebUserPrefsMeUser');
        const [pn, lid] = [getMaybeMePnUser(), getMaybeMeLidUser()];
        return (pn && this.get(pn)) || (lid && this.get(lid)) || undefined;
      }
      searchContacts(text) {
        return this.filter((contact) => contact.searchMatch(text));
      }
      searchContactsExact(text) {
        return this.filter((contact) => contact.id.user === text || contact.name === text);
      }
      searchContactsFuzzy(text) {
        return this.searchContacts(text);
      }
      getFilteredContacts() {
        return this.filter((contact) => use('WAWebFrontendContactGetters').getIsMyContact(contact));
      }
    }
    ContactCollectionImpl.model = use('WAWebContactModel').default;
    exports.ContactCollectionImpl = ContactCollectionImpl;
    exports.ContactCollection = new ContactCollectionImpl();
  });

  module('WAWebBlocklistCollection', (exports) => {
    const { BaseModel, defineModel } = use('WAWebBaseModel');
    const { BaseCollection } = use('WAWebBaseCollection');
    class Blocked extends BaseModel {}
    Blocked.attributes = attributesOf('id');
    Blocked.idClass = use('WAWebWid').default;
    class BlocklistCollectionImpl extends BaseCollection {
      dedupedList() {
        return this.getModelsArray().filter(({ id }) => !id.isLid() || !this.get(use('WAWebLidMigrationUtils').toPn(id) ?? ''));
      }
    }
    BlocklistCollectionImpl.model = defineModel(Blocked);
    exports.BlocklistCollection = new BlocklistCollectionImpl();
    exports.updateContactBlocked = (contact) => {
      const other = use('WAWebApiContact').getAlternateUserWid(contact.id);
      const list = exports.BlocklistCollection;
      contact.isContactBlocked = Boolean(list.get(contact.id) ?? (other && list.get(other)));
    };
    const onChange = ({ id }) => {
      const { ContactCollection } = use('WAWebContactCollection');
      const other = use('WAWebApiContact').getAlternateUserWid(id);
      for (const wid of [id, other]) {
        const contact = wid && ContactCollection.get(wid);
        if (contact) exports.updateContactBlocked(contact);
      }
    };
    exports.BlocklistCollection.on('add remove', onChange);
  });

  module('WAWebPresenceCollection', (exports) => {
    const { BaseModel, defineModel, derived, collection } = use('WAWebBaseModel');
    const { BaseCollection } = use('WAWebBaseCollection');
    class Chatstate extends BaseModel {}
    Chatstate.attributes = attributesOf('id type t deny chatActive');
    Chatstate.idClass = use('WAWebWid').default;
    const ChatstateModel = defineModel(Chatstate);
    exports.ChatstateModel = ChatstateModel;

    class ChatstateCollection extends BaseCollection {}
    ChatstateCollection.model = ChatstateModel;
    exports.ChatstateCollection = ChatstateCollection;

    class Presence extends BaseModel {
      initialize() {
        super.initialize();
        this.addChild('chatstate', new ChatstateModel({ id: this.id.isGroup() ? undefined : this.id }));
        if (this.id.isGroup()) return;
        this.listenTo(this.chatstate, 'change:type', ({ type }) => {
          if (type === 'available' || type === 'unavailable') this.isOnline = type === 'available';
        });
      }
      reset() {
        this.hasData = false;
        this.chatstates.forEach((state) => state.set({ type: 'unavailable' }));
        this.chatstate.set({ type: 'unavailable', t: undefined, deny: undefined });
        this.set({ typingUserIds: [], recordingUserIds: [], stale: true, isSubscribed: false });
      }
      subscribe() {
        const bridge = use('WAWebContactPresenceBridge');
        if (this.id.isGroup()) return bridge.subscribeGroupPresence(this.id);
        const lid = use('WAWebLidMigrationUtils').toUserLid(this.id);
        return lid ? bridge.subscribeUserPresence(lid) : Promise.resolve();
      }
    }
    Presence.attributes = {
      ...attributesOf('id', 'isOnline stale hasData isSubscribed forceDisplay chatActive groupOnlineCount chatstate typingUserIds recordingUserIds', {
        isOnline: false, stale: true, hasData: false, isSubscribed: false, forceDisplay: false, chatActive: false, groupOnlineCount: 0,
        typingUserIds: () => [], recordingUserIds: () => [],
      }),
      isGroup: derived(function isGroup() {
        return this.id.isGroup();
      }, ['id']),
      isUser: derived(function isUser() {
        return this.id.isUser();
      }, ['id']),
      chatstates: collection(ChatstateCollection),
    };
    Presence.Proxy = 'presence';
    Presence.idClass = use('WAWebWid').default;
    class PresenceCollectionImpl extends BaseCollection {
      // Presence goes by LID only: for a phone number there is nothing to ask.
      async findImpl(id) {
        return { id };
      }
      /** The stream is gone, or the window went away: nobody is known to be online. */
      forget() {
        this.forEach((presence) => presence.reset());
      }
    }
    PresenceCollectionImpl.model = defineModel(Presence);
    exports.PresenceCollection = new PresenceCollectionImpl();
  });

  module('WAWebMuteCollection', (exports) => {
    const { BaseModel, defineModel } = use('WAWebBaseModel');
    const { BaseCollection } = use('WAWebBaseCollection');
    class Mute extends BaseModel {
      initialize() {
        super.initialize();
        this.promises = {};
      }
      get isMuted() {
        return this.expiration === -1 || this.expiration > Date.now() / 1000;
      }
      canMute() {
        return true;
      }
      mute({ expiration, sendDevice } = {}) {
        if (typeof expiration !== 'number') return Promise.reject(new (use('WAWebMiscErrors').ActionError)());
        return this.change('mute', expiration, sendDevice);
      }
      unmute({ sendDevice } = {}) {
        return this.change('unmute', 0, sendDevice);
      }
      change(what, expiration, sendDevice) {
        this.promises[what] ??= (async () => {
          if (sendDevice) await __sim.mutate('mute', this.id, { expiration });
          this.expiration = expiration;
        })().finally(() => delete this.promises[what]);
        return this.promises[what];
      }
    }
    Mute.attributes = attributesOf('id expiration isAutoMuted mentionAllMuteExpiration callExpiration', '', { expiration: 0, isAutoMuted: false });
    Mute.Proxy = 'mute';
    Mute.idClass = use('WAWebWid').default;
    class MuteCollectionImpl extends BaseCollection {}
    MuteCollectionImpl.model = defineModel(Mute);
    exports.MuteCollection = new MuteCollectionImpl();
  });
}
