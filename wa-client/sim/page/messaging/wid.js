'use strict';
__sim.bundle.open(); // closed at the end of wiring.js
// Addresses: `user[:device]@server`.
{
  const { module, use } = __sim;

  module('WAWebWidError', (exports) => {
    exports.InvalidWidError = class InvalidWidError extends Error {
      constructor(message) {
        super(message);
        this.name = 'InvalidWidError';
      }
    };
  });

  module('WAWebWidValidator', (exports) => {
    const phone = '(0|(?!10)[1-9][0-9]{4,19})';
    const shapes = {
      'c.us': new RegExp(`^${phone}(?:[.]0)?(?::([0-9]{1,2}))?$`),
      lid: /^([1-9][0-9]{0,14})(?:[.]0)?(?::([0-9]{1,2}))?$/,
      'g.us': /^([1-9][0-9]{0,19}|(?!10)[1-9][0-9]{4,19}-[1-9][0-9]{9})$/,
      broadcast: /^([1-9][0-9]{0,19}|status|location|chat)$/i,
      newsletter: /^([1-9][0-9]{0,19})$/,
      bot: /^([1-9][0-9]{0,19})(?::(0))?$/,
      msgr: /^([1-9][0-9]{0,19})(?::([1-9][0-9]{0,2}))?$/,
      call: /^([0-9a-f]{18,32})$/i,
      hosted: new RegExp(`^${phone}:(99)$`),
      'hosted.lid': /^([1-9][0-9]{0,14}):(99)$/,
    };
    shapes['s.whatsapp.net'] = shapes['c.us'];

    exports.validateAndGetParts = (text) => {
      if (text == null) return null;
      const at = text.lastIndexOf('@');
      if (at < 0) return text === 'call' || text === 's.whatsapp.net' ? { serverPart: text } : null;
      const serverPart = text.slice(at + 1);
      const match = Object.hasOwn(shapes, serverPart) ? shapes[serverPart].exec(text.slice(0, at)) : null;
      return match && { serverPart, userPart: match[1], devicePart: match[2] };
    };
    exports.validateWid = (text) => exports.validateAndGetParts(text) !== null;
  });

  module('WAWebWid', (exports) => {
    const { InvalidWidError } = use('WAWebWidError');
    const { validateAndGetParts } = use('WAWebWidValidator');
    const withDevice = new Set(['c.us', 'lid', 'bot', 'hosted', 'hosted.lid']);
    const users = withDevice;
    const serverOf = (x) => (typeof x === 'string' ? x.split('@')[1] : x instanceof Wid ? x.server : undefined);
    const isPnBotUser = (user) => /^1313555\d{4}$|^131655500\d{2}$/.test(user);

    class Wid {
      constructor(text, options) {
        if (!options?.intentionallyUsePrivateConstructor) {
          throw new Error('You should use WidFactory.createWid() instead of the Wid constructor.');
        }
        if (text === 'call') {
          Object.assign(this, { user: 'call', device: null, _serialized: 'call' });
          return;
        }
        const parts = validateAndGetParts(text);
        if (parts === null) throw new InvalidWidError('wid error: invalid wid');
        if (parts.userPart === undefined) throw new Error('wid error: wid represents server and should not be used');
        this.server = parts.serverPart === 's.whatsapp.net' ? 'c.us' : parts.serverPart === 'msgr' ? 'lid' : parts.serverPart;
        this.user = parts.userPart;
        let local = this.user;
        const device = Number(parts.devicePart ?? 0);
        if (device !== 0) {
          this.device = device;
          local += `:${device}`;
        }
        this._serialized = `${local}@${this.server}`;
      }

      toString(options) {
        if (!options) return this._serialized;
        const legacyPn = Boolean(options.legacy) && this.server === 'c.us';
        if (!options.forLog && !options.formatFull && !legacyPn) return this._serialized;
        const user = options.forLog ? this.user.slice(-4) : this.user;
        const agent = options.formatFull ? '.0' : '';
        const device = options.formatFull || options.formatIncludeDevice ? `:${this.device ?? 0}` : this.device ? `:${this.device}` : '';
        return `${user}${agent}${device}@${legacyPn ? 's.whatsapp.net' : this.server}`;
      }
      toLogString() {
        return this.toString({ forLog: true, legacy: false });
      }
      toJid() {
        return this.toString({ legacy: true });
      }
      toJSON() {
        return this.toString();
      }
      getJidServer() {
        return this.server === 'c.us' ? 's.whatsapp.net' : this.server;
      }
      getDeviceId() {
        return this.device ?? 0;
      }
      equals(other) {
        return other instanceof Wid && other._serialized === this._serialized;
      }
      isLessThan(other) {
        return other instanceof Wid && this._serialized < other._serialized;
      }
      isGreaterThan(other) {
        return other instanceof Wid && this._serialized > other._serialized;
      }
      isSameAccountAndAddressingMode(other) {
        return this.server === other.server && this.user === other.user;
      }
      isCompanion() {
        return this.device != null && this.device !== 0;
      }
      isUser() {
        return users.has(this.server);
      }
      isLid() {
        return this.server === 'lid';
      }
      isHostedLid() {
        return this.server === 'hosted.lid';
      }
      isHosted() {
        return this.server === 'hosted' || this.server === 'hosted.lid' || this.device === 99;
      }
      isUserNotPSA() {
        return this.isUser() && !this.isPSA();
      }
      isRegularUser() {
        return this.isUser() && !this.isPSA() && !this.isBot();
      }
      isRegularUserPn() {
        return this.isRegularUser() && !this.isLid();
      }
      isEligibleForUSync() {
        return this.isUserNotPSA();
      }
      isBroadcast() {
        return this.server === 'broadcast';
      }
      isBroadcastList() {
        return this.isBroadcast() && !this.isStatus();
      }
      isGroup() {
        return this.server === 'g.us';
      }
      isGroupCall() {
        return this.server === 'call';
      }
      isServer() {
        return this._serialized.toLowerCase() === 'server@c.us';
      }
      isPSA() {
        return this._serialized === '0@c.us';
      }
      isStatus() {
        return this._serialized.toLowerCase() === 'status@broadcast';
      }
      isNewsletter() {
        return this.server === 'newsletter';
      }
      isBot() {
        return this.isPnBot() || this.isFbidBot();
      }
      isPnBot() {
        return this.server === 'c.us' && !this.device && isPnBotUser(this.user);
      }
      isFbidBot() {
        return this.server === 'bot' && !this.device;
      }
      isSupportAccount() {
        return false;
      }

      static isXWid(server, x) {
        return serverOf(x) === server;
      }
      static isUser(x) {
        return ['c.us', 's.whatsapp.net', 'lid', 'bot'].includes(serverOf(x));
      }
      static isStringLid(x) {
        return Wid.isXWid('lid', x);
      }
      static isGroup(x) {
        return Wid.isXWid('g.us', x);
      }
      static isBroadcast(x) {
        return Wid.isXWid('broadcast', x);
      }
      static isNewsletter(x) {
        return Wid.isXWid('newsletter', x);
      }
      static isGroupCall(x) {
        return Wid.isXWid('call', x);
      }
      static isFbidBot(x) {
        return Wid.isXWid('bot', x);
      }
      static isBot(x) {
        return Wid.isFbidBot(x) || (Wid.isXWid('c.us', x) && isPnBotUser(String(x).split('@')[0]));
      }
      static isHosted(x) {
        return Wid.isXWid('hosted', x) || Wid.isXWid('hosted.lid', x);
      }
      static isPSA(x) {
        return String(x).toLowerCase() === '0@c.us';
      }
      static isServer(x) {
        return String(x).toLowerCase() === 'server@c.us';
      }
      static isStatus(x) {
        return String(x).toLowerCase() === 'status@broadcast';
      }
      static isEligibleForUSync(x) {
        return Wid.isUser(x) && !Wid.isPSA(x);
      }
      static isWid(x) {
        return typeof x === 'string' ? validateAndGetParts(x) !== null : x instanceof Wid;
      }
      static user(x) {
        return typeof x === 'string' ? x.split('@')[0] : x instanceof Wid ? x.user : undefined;
      }
      static equals(a, b) {
        return a instanceof Wid ? a.equals(b) : a === b;
      }
      static compare(a, b) {
        const [x, y] = [a.toJid(), b.toJid()];
        return x < y ? -1 : x > y ? 1 : 0;
      }
    }
    exports.default = Wid;
  });

  module('WAWebWidFactory', (exports) => {
    const Wid = use('WAWebWid').default;
    const { InvalidWidError } = use('WAWebWidError');
    // Same text, same object: clients compare wids by identity here and there.
    const interned = new Map();

    exports.createWid = (text) => {
      if (text instanceof Wid) return text;
      if (typeof text !== 'string') throw new InvalidWidError(`createWid: expected string, got ${typeof text}`);
      let wid = interned.get(text);
      if (wid === undefined) {
        wid = new Wid(text, { intentionallyUsePrivateConstructor: true });
        wid = interned.get(wid._serialized) ?? wid;
        interned.set(text, wid).set(wid._serialized, wid);
      }
      return wid;
    };
    exports.createWidFromWidLike = (x) => (x instanceof Wid ? x : exports.createWid(typeof x === 'string' ? x : x._serialized));
    exports.isWidlike = (x) => Boolean(x) && (Wid.isWid(x) || (typeof x === 'object' && Wid.isWid(x._serialized)));
    exports.createUserWidOrThrow = (user, server = 'c.us') => {
      const wid = exports.createWid(/@(c\.us|s\.whatsapp\.net|lid|bot)$/.test(user) ? user : `${user}@${server}`);
      if (wid.device) throw new Error('createUserWidOrThrow is called with invalid user string');
      return wid;
    };
    exports.createUserLidOrThrow = (user, server) => exports.asUserLidOrThrow(exports.createUserWidOrThrow(user, server));
    exports.createDeviceWidFromUserAndDevice = (user, server, device) => exports.createWid(`${user}:${device}@${server}`);
    exports.createDeviceWidFromDeviceListPk = (pk, device) => {
      const [user, server = 'c.us'] = pk.split('@');
      return exports.createDeviceWidFromUserAndDevice(user, server, device);
    };
    exports.createUserWidFromDeviceListPk = (pk) => {
      const [user, server = 'c.us'] = pk.split('@');
      return exports.createUserWidOrThrow(user, server);
    };
    exports.createDeviceWidFromWidOrThrow = (wid) => {
      if (!wid.isUser()) throw new Error('createDeviceWidFromWidOrThrow is called with invalid user string');
      return wid;
    };
    exports.createDeviceWidOrThrow = (text) => exports.createDeviceWidFromWidOrThrow(exports.createWid(text));
    exports.asUserWidOrThrow = (wid) => {
      if (!wid.isUser()) throw new Error('asUserWidOrThrow: wid is not a user wid');
      return wid.device ? exports.createUserWidOrThrow(wid.user, wid.server) : wid;
    };
    exports.asUserLidOrThrow = (wid) => {
      const user = exports.asUserWidOrThrow(wid);
      if (!user.isLid()) throw new Error('asUserLidOrThrow: userWid is not a lid');
      return user;
    };
    exports.asChatWid = (wid) => (wid.isUser() ? exports.asUserWidOrThrow(wid) : wid);
    exports.asGroupWidOrThrow = (wid) => {
      if (wid.isUser()) throw new Error('asGroupWidOrThrow: wid is a user wid');
      return wid;
    };
    exports.asNewsletterWidOrThrow = (wid) => {
      if (!wid.isNewsletter()) throw new Error('asNewsletterWidOrThrow: wid is not a newsletter wid');
      return wid;
    };
    exports.asBotWidOrThrow = (wid) => {
      if (!wid.isBot()) throw new Error('asBotWidOrThrow: wid is not a bot wid');
      return wid;
    };
  });

  // A "jid" is the address as text with `s.whatsapp.net` for phone numbers; a wid is the page's object.
  module('WAWebWidToJid', (exports) => {
    const { asUserWidOrThrow } = use('WAWebWidFactory');
    const toJid = (wid) => wid.toJid();
    exports.widToUserJid = (wid) => asUserWidOrThrow(wid).toJid();
    for (const name of ['widToJid', 'widToDeviceJid', 'widToGroupJid', 'widToChatJid', 'widToNewsletterJid', 'widToBroadcastJid']) exports[name] = toJid;
  });

  module('WAWebJidToWid', (exports) => {
    const { createWid, asUserWidOrThrow } = use('WAWebWidFactory');
    exports.userJidToUserWid = (jid) => asUserWidOrThrow(createWid(jid));
    for (const name of ['jidToWid', 'deviceJidToDeviceWid', 'groupJidToWid', 'chatJidToChatWid', 'newsletterJidToWid', 'broadcastJidToWid']) exports[name] = createWid;
  });
}
