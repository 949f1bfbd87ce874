'use strict';
// What one does to a contact, and the own profile.
{
  const { module, use, wire, prefs, chats } = __sim;
  const wid = (text) => use('WAWebWidFactory').createWid(text);

  module('WAWebBlockContactUtils', (exports) => {
    exports.getContactToBlockOnlyUseIfNoAssociatedChat = (contact, _entryPoint) => {
      const lid = use('WAWebLidMigrationUtils').toUserLid(contact.id);
      return (lid && use('WAWebContactCollection').ContactCollection.get(lid)) ?? contact;
    };
  });
  module('WAWebBlockContactAction', (exports) => {
    const target = (contact) => {
      if (contact.id.isLid()) return contact.id;
      const chat = use('WAWebChatCollection').ChatCollection.get(contact.id);
      if (chat?.accountLid) return chat.accountLid;
      // A plain text, not an Error: that is what the page does here.
      return Promise.reject(`[blocklist] ${chat ? 'no accountLid for chat' : 'trying to block a pn contact without a chat'}`);
    };
    exports.blockContact = async ({ contact }) => {
      if (contact.isContactBlocked) return;
      const id = await target(contact);
      await __sim.mutate('block', id, { block: true });
      use('WAWebBlocklistCollection').BlocklistCollection.add({ id });
    };
    exports.unblockContact = async (contact) => {
      if (!contact.isContactBlocked) return;
      const id = await target(contact);
      await __sim.mutate('block', id, { block: false });
      use('WAWebBlocklistCollection').BlocklistCollection.remove(id);
    };
  });

  module('WAWebContactStatusBridge', (exports) => {
    let own = '';
    /** Never rejects for a refusal: the answer is stale then. */
    exports.getStatus = async ({ wid: id }) => {
      if (use('WAWebUserPrefsMeUser').isMeAccount(id)) return { id, status: own };
      try {
        const { status } = await wire.request('status', { wid: id.toString() });
        return { id, status };
      } catch (error) {
        if (!error.status) throw error;
        return { id, stale: true, status: '' };
      }
    };
    exports.queryStatusAll = async (wids) => Promise.all(wids.map((id) => exports.getStatus({ wid: id })));
    exports.setMyStatus = async (text) => {
      own = text;
    };
  });

  module('WAWebSaveContactAction', (exports) => {
    exports.saveContactAction = async ({ firstName, lastName, phoneNumber, syncToAddressbook = false }) => {
      if (!wire.ready) throw new (use('WAWebMiscErrors').NetworkUnavailable)();
      if (typeof phoneNumber !== 'string') throw new (use('WAWebWidError').InvalidWidError)('wid error: invalid wid');
      const pn = wid(phoneNumber.includes('@') ? phoneNumber : `${phoneNumber}@c.us`);
      // The server is asked about the number in any case, and tells the LID along.
      if (!use('WAWebApiContact').getCurrentLid(pn)) await use('WAWebQueryExistsJob').queryWidExists(pn);
      chats.ensureContact(pn, { name: [firstName, lastName].filter(Boolean).join(' ') });
      use('WAWebContactCollection').ContactCollection.get(pn).set({ shortName: firstName, syncToAddressbook });
    };
  });
  module('WAWebDeleteContactAction', (exports) => {
    exports.deleteContactAction = async ({ phoneNumber, lid }) => {
      if (!wire.ready) throw new (use('WAWebMiscErrors').NetworkUnavailable)();
      const id = phoneNumber ?? lid;
      const { ContactCollection } = use('WAWebContactCollection');
      for (const form of [id, use('WAWebApiContact').getAlternateUserWid(id)]) {
        const contact = form && ContactCollection.get(form);
        if (contact && use('WAWebFrontendContactGetters').getIsMyContact(contact)) contact.set({ name: undefined, shortName: undefined });
      }
    };
  });

  module('WAWebFindCommonGroupsContactAction', (exports) => {
    exports.findCommonGroups = async (contact) => {
      if (use('WAWebContactGetters').getIsMe(contact)) return null;
      const other = use('WAWebApiContact').getAlternateUserWid(contact.id);
      const { ChatCollectionImpl, ChatCollection } = use('WAWebChatCollection');
      const common = ChatCollection.filter(({ groupMetadata }) =>
        groupMetadata && (groupMetadata.participants.get(contact.id) || (other && groupMetadata.participants.get(other))));
      contact.commonGroups = new ChatCollectionImpl(common);
      return contact.commonGroups;
    };
  });

  module('WAWebFrontendVcardUtils', (exports) => {
    const escape = (text) => String(text).replace(/([\\;,])/g, '\\$1').replace(/\r?\n/g, '\\n');
    exports.vcardFromContactModel = (contact, { includePhoneNumber = true } = {}) => {
      const { getFormattedName } = use('WAWebFrontendContactGetters');
      const displayName = contact.name ?? contact.pushname ?? getFormattedName(contact);
      const pn = contact.id.isLid() ? contact.phoneNumber : contact.id;
      const lines = ['BEGIN:VCARD', 'VERSION:3.0', `N:;${escape(displayName)};;;`, `FN:${escape(displayName)}`];
      if (includePhoneNumber && pn) lines.push(`TEL;type=CELL;waid=${pn.user}:${use('WAWebPhoneUtils').formattedPhoneNumber(pn)}`);
      lines.push('END:VCARD');
      return { displayName, vcard: lines.join('\n'), isMultiVcard: false };
    };
  });
  module('WAWebVcardParsingUtils', (exports) => {
    exports.parseVcard = (text) => {
      if (!/^BEGIN:VCARD/i.test(text)) throw new Error('not a vcard');
      const fields = {};
      for (const line of text.replace(/\r?\n[ \t]/g, '').split(/\r?\n/)) {
        const at = line.indexOf(':');
        if (at < 0) continue;
        const [name, ...params] = line.slice(0, at).split(';');
        const meta = Object.fromEntries(params.map((param) => param.toLowerCase().split('=')).map(([key, value]) => [key, value ?? true]));
        (fields[name.replace(/^item\d+\./i, '').toLowerCase()] ??= []).push({ value: line.slice(at + 1), meta });
      }
      return fields;
    };
    exports.parseMultiVcard = (list) => list.map(({ vcard }) => exports.parseVcard(vcard));
    exports.vcardPhoneNumberWids = (parsed) => (parsed.tel ?? []).map(({ meta }) => meta.waid).filter(Boolean).map((user) => wid(`${user}@c.us`));
  });
  module('WAWebVcardGetNameFromParsed', (exports) => {
    exports.vcardGetNameFromParsed = (parsed) => (parsed.fn?.[0].value ?? '').replace(/\\(.)/g, '$1');
  });
  module('WAWebSendContactsAction', (exports) => {
    exports.default = ({ chat, contacts, quotedMsg }) => {
      const send = async () => {
        const cards = contacts.map((contact) => use('WAWebFrontendVcardUtils').vcardFromContactModel(contact));
        const single = cards.length === 1;
        const data = {
          ...(await use('WAWebMsgDataUtils').genOutgoingMsgData(chat, single ? 'vcard' : 'multi_vcard')),
          ...(single ? { body: cards[0].vcard, vcardFormattedName: cards[0].displayName } : { vcardList: cards }),
          ...(quotedMsg ? quotedMsg.msgContextInfo(chat.id) : {}),
        };
        await use('WAWebSendMsgChatAction').addAndSendMsgToChat(chat, data)[1];
      };
      send(); // not awaited: a failure is an unhandled rejection, as on the page
    };
  });

  // ---- own profile -------------------------------------------------------------------------------------

  module('WAWebSetPushnameConnAction', (exports) => {
    exports.setPushname = async (name) => {
      await use('WAWebPushNameBridge').default(name);
      use('WAWebConnModel').Conn.pushname = name;
    };
  });
  module('WAWebUserPrefsGeneral', (exports) => {
    let browserId = null;
    exports.setBrowserId = (id) => {
      browserId = id;
    };
    exports.getBrowserId = () => browserId;
    exports.getUserPrivacySettings = () => ({
      last: 'all', online: 'all', profile: 'all', status: 'contacts', readReceipts: 'all', groupAdd: 'all', callAdd: 'all', messages: 'all',
    });
    // Which media this browser fetches by itself.
    const automatic = { Photos: true, Audio: false, Videos: false, Documents: false };
    for (const kind of Object.keys(automatic)) {
      exports[`getAutoDownload${kind}`] = () => automatic[kind];
      exports[`setAutoDownload${kind}`] = (on) => {
        automatic[kind] = on === true;
      };
    }
    let theme = 'light';
    exports.getTheme = () => theme;
    exports.setTheme = (name) => {
      theme = name;
    };
    exports.getPushname = () => use('WAWebConnModel').Conn.pushname ?? prefs.local('last-pushname');
  });
  module('WAWebPushNameBridge', (exports) => {
    exports.default = async (name) => {
      prefs.setLocal('last-pushname', name);
    };
  });
  module('WAWebSetPrivacyForOneCategoryAction', (exports) => {
    const CATEGORIES = ['last', 'online', 'profile', 'status', 'readreceipts', 'groupadd', 'calladd', 'messages'];
    exports.setPrivacyForOneCategory = async ({ name, value }) => {
      if (!CATEGORIES.includes(name)) throw new (use('WAWebBackendErrors').ServerStatusCodeError)(400, 'bad-request');
      await __sim.mutate('privacy', name, { value });
    };
  });
  module('WAWebUserPrefsStatus', (exports) => {
    let config = { setting: 'contact', allowList: [], denyList: [] };
    exports.default = {
      getStatusPrivacySetting: () => config.setting,
      getStatusPrivacySettingConfig: () => config,
      getStatusList: () => (config.setting === 'allow-list' ? config.allowList : config.denyList),
      getStatusAllowList: () => config.allowList,
      getStatusDenyList: () => config.denyList,
      setStatusPrivacyConfig: (next) => {
        config = { ...config, ...next };
      },
    };
  });
}
