'use strict';
// Making contacts and chats, and the find-chat modules.
{
  const { module, use, db } = __sim;
  const me = () => use('WAWebUserPrefsMeUser');
  const migration = () => use('WAWebLidMigrationUtils');
  const now = () => Math.floor(Date.now() / 1000);
  const byLid = () => __sim.config.addressing === 'lid';

  /** Both models of a person, phone number first; sets what is known of the name. */
  function ensureContact(wid, { name, pushname, business } = {}) {
    const { ContactCollection } = use('WAWebContactCollection');
    const forms = [migration().toPn(wid), migration().toUserLid(wid)].filter(Boolean);
    const models = forms.map((form) => ContactCollection.gadd(form));
    const changes = {};
    if (name !== undefined) changes.name = name;
    if (pushname) changes.pushname = pushname;
    if (business) changes.isBusiness = true;
    if (Object.keys(changes).length) for (const model of models) model.set(changes);
    return models[0];
  }

  function systemMessage(chat, type, subtype, extra = {}) {
    const MsgKey = use('WAWebMsgKey').default;
    const data = {
      id: new MsgKey({ fromMe: false, remote: chat.id, id: MsgKey.newId_DEPRECATED(), participant: extra.author }),
      from: chat.id, to: me().getMaybeMeDeviceLid(), type, subtype, t: now(), viewMode: 'VISIBLE', isNewMsg: true, ...extra,
    };
    db.putMessage(data);
    return chat.msgs.add(data)[0];
  }

  /** The chat under the id of the page's addressing; `ghosts` are the system messages a new chat begins with. */
  function ensureChat(wid, { ghosts = [], ...values } = {}) {
    const { ChatCollection } = use('WAWebChatCollection');
    const known = ChatCollection.getLatestChatForWid(wid);
    if (known) return known;
    if (wid.isUser()) ensureContact(wid);
    const lid = wid.isUser() ? migration().toUserLid(wid) : undefined;
    const [chat] = ChatCollection.add({ id: wid, accountLid: lid, ...values });
    for (const [type, subtype] of ghosts) systemMessage(chat, type, subtype);
    return chat;
  }

  /** The form of a person's address that chats of this page have. */
  function chatWid(wid) {
    if (!wid.isUser()) return wid;
    const user = use('WAWebWidFactory').asUserWidOrThrow(wid);
    return (byLid() ? migration().toUserLid(user) : migration().toPn(user)) ?? user;
  }

  __sim.chats = { ensureContact, ensureChat, systemMessage, chatWid, now };

  module('WAWebQueryExistsJob', (exports) => {
    const ask = async (args) => {
      const found = await __sim.wire.request('exists', args);
      if (!found) return null;
      const { createWid } = use('WAWebWidFactory');
      if (found.wid && found.lid) __sim.learnMappings([{ pn: createWid(found.wid), lid: createWid(found.lid) }]);
      return { wid: chatWid(createWid(found.wid ?? found.lid)), biz: Boolean(found.biz), isUsernameSearch: false };
    };
    // The phone goes out as `+<digits>@c.us`; the server strips the suffix.
    exports.queryExist = async (query, _origin) =>
      ask(query.type === 'lid' ? { lid: query.lid.toString() } : { phone: String(query.phone).split('@')[0] });
    exports.queryWidExists = async (wid, origin) =>
      exports.queryExist(wid.isLid() ? { type: 'lid', lid: wid } : { type: 'phone', phone: `+${wid.user}@c.us` }, origin);
    exports.queryPhoneExists = async (phone, origin) => exports.queryExist({ type: 'phone', phone }, origin);
    exports.queryUsernameExists = async () => null;
  });

  module('WAWebFindChatAction', (exports) => {
    exports.findOrCreateLatestChat = async (wid, _origin, _options) => {
      const { ChatCollection } = use('WAWebChatCollection');
      const user = wid.isUser() ? use('WAWebWidFactory').asUserWidOrThrow(wid) : wid;
      const known = ChatCollection.getLatestChatForWid(user);
      if (known) return { chat: known, created: false };
      if (user.isUser()) {
        if (!migration().toUserLid(user) || (user.isLid() && !migration().toPn(user))) await use('WAWebQueryExistsJob').queryWidExists(user);
        migration().toUserLidOrThrow(user);
      }
      const before = ChatCollection.getLatestChatForWid(user);
      if (before) return { chat: before, created: false };
      const ghosts = user.isUser() && !me().isMeAccount(user) ? [['e2e_notification', 'encrypt']] : [];
      return { chat: ensureChat(chatWid(user), { ghosts, createdLocally: true, t: undefined }), created: true };
    };
    exports.findExistingChat = async (wid, origin, options) => (await exports.findOrCreateLatestChat(wid, origin, options)).chat;
  });

  module('WAWebFindChat', (exports) => {
    const row = (chat) => Object.fromEntries(chat._schema.props.map((name) => [name, chat[name]]));
    exports.findOrCreateLatestChat = async (wid, origin, options) => {
      const { chat, created } = await use('WAWebFindChatAction').findOrCreateLatestChat(wid, origin, options);
      return { chat: row(chat), created };
    };
    exports.findExistingChat = async (wid, origin, options) => (await exports.findOrCreateLatestChat(wid, origin, options)).chat;
  });
}
