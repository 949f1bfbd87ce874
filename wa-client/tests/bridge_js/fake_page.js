'use strict';

// A page with just enough of the module surface to run the script in Node: same names, argument orders and event orders
// as the real modules, none of their work. What really happens in a browser is tested against the simulator.

const vm = require('node:vm');
const { after } = require('node:test');
const { assemble } = require('./assemble.js');

class Emitter {
  constructor() {
    this.listeners = [];
  }

  on(names, listener) {
    for (const name of names.split(' ')) this.listeners.push({ name, listener });
  }

  trigger(name, ...args) {
    for (const entry of [...this.listeners]) if (entry.name === name) entry.listener(...args);
  }
}

class Model extends Emitter {
  constructor(values) {
    super();
    Object.assign(this, values);
  }

  /** All values first, then the events, as the page's models do it. */
  set(values) {
    const before = Object.fromEntries(Object.keys(values).map((key) => [key, this[key]]));
    Object.assign(this, values);
    for (const key of Object.keys(values)) {
      if (before[key] === values[key]) continue;
      this.trigger(`change:${key}`, this, values[key], before[key]);
      this.collection?.trigger(`change:${key}`, this, values[key], before[key]);
    }
  }
}

class Wid {
  constructor(text) {
    const [, user, device, server] = /^([^@:]+)(?::(\d+))?@(.+)$/.exec(text);
    Object.assign(this, { user, server, device });
  }

  toString() {
    return `${this.user}@${this.server}`;
  }

  isLid() {
    return this.server === 'lid';
  }
}

class MsgKey {
  constructor({ fromMe, remote, id, participant }) {
    Object.assign(this, { fromMe, remote, id, participant });
  }

  toString() {
    return [this.fromMe, this.remote, this.id, this.participant].filter((part) => part !== undefined).join('_');
  }

  static fromString(text) {
    const [fromMe, remote, id] = text.split('_');
    return new MsgKey({ fromMe: fromMe === 'true', remote: new Wid(remote), id });
  }
}

function createWid(text) {
  if (!/^[1-9]\d*(:\d+)?@(c\.us|lid|g\.us)$/.test(text)) {
    throw Object.assign(new Error('wid error: invalid wid'), { name: 'InvalidWidError' });
  }
  return new Wid(text);
}

/** Timers of the script that would outlive the tests. */
const timers = new Set();

after(() => timers.forEach(clearTimeout));

function trackedTimeout(...args) {
  const timer = setTimeout(...args);
  timers.add(timer);
  return timer;
}

const OWN = { pn: '5511900000001@c.us', lid: '100000000000001@lid' };
const BOB = { phone: '5511977776666', pn: '5511977776666@c.us', lid: '100000000000002@lid' };

class FakePage {
  constructor({ registered = true, unknown = 'undefined', table = true } = {}) {
    this.registered = registered;
    this.secret = 'secret-1';
    this.sent = [];
    this.batches = [];
    this.unknown = unknown;
    this.modules = this.surface();
    this.context = vm.createContext(this.globals(table));
    this.context.window = this.context;
    this.context.top = this.context;
    this.context.self = this.context;
  }

  globals(table) {
    const get = (name) => {
      if (name === '__debug' && table) return { modulesMap: this.modules };
      if (Object.hasOwn(this.modules, name)) return this.modules[name];
      if (this.unknown === 'throw') throw new Error('Requiring unknown module "%s"');
      return undefined;
    };
    this.windowEvents = new Emitter();
    return {
      require: get,
      importNamespace: get,
      Debug: { VERSION: '2.3000.1' },
      document: { readyState: 'complete' },
      location: new URL('https://web.example/?post_logout=1#x'),
      navigator: { userAgent: 'Test' },
      addEventListener: (name, listener) => this.windowEvents.on(name, listener),
      setTimeout: trackedTimeout,
      clearTimeout,
      queueMicrotask,
      performance,
      btoa,
      thebinding: (json) => this.batches.push(json),
    };
  }

  surface() {
    this.socket = new Model({ state: 'UNLAUNCHED', stream: 'DISCONNECTED', hasSynced: undefined });
    this.stream = new Model({ mode: this.registered ? 'MAIN' : 'QR' });
    this.conn = new Model({ ref: undefined, refTTL: undefined, pushname: 'Owner', platform: 'android' });
    this.bus = Object.assign(new Emitter(), { isOfflineDeliveryEnd: false, triggerRefreshQR: () => {} });
    this.cmd = new Emitter();
    this.secretEvents = new Emitter();
    this.pairingEvents = new Emitter();
    this.calls = Object.assign(new Emitter(), {
      processIncomingCall: (id, peerJid, options) => ({ id, peerJid, ...options }),
      setActiveCall: () => {},
    });
    this.messages = this.messageCollection();
    this.chats = new Map();
    const key = new Uint8Array(32).fill(7);
    return {
      WAWebSocketModel: { Socket: this.socket },
      WAWebStreamModel: { Stream: this.stream },
      WAWebConnModel: { Conn: this.conn },
      WAWebCmd: { Cmd: this.cmd },
      WAWebBackendEventBus: { BackendEventBus: this.bus },
      WAWebBuildConstants: { VERSION_STR: '2.3000.1' },
      WAWebUserPrefsMultiDevice: { isRegistered: () => this.registered, advSecretEventEmitter: this.secretEvents },
      WAWebUserPrefsMeUser: {
        getMaybeMePnUser: () => (this.registered ? new Wid(OWN.pn) : undefined),
        getMaybeMeLidUser: () => (this.registered ? new Wid(OWN.lid) : null),
        isMeAccount: (wid) => [OWN.pn, OWN.lid].includes(String(wid)),
      },
      WAWebUserPrefsInfoStore: { waNoiseInfo: { get: async () => ({ staticKeyPair: { pubKey: key.buffer } }) } },
      WAWebSignalStoreApi: { waSignalStore: { getRegistrationInfo: async () => ({ identityKeyPair: { pubKey: key } }) } },
      WAWebAdvSignatureApi: {
        getADVSecretKey: async () => {
          if (!this.secret) throw new Error('secretKey is null or undefined');
          return this.secret;
        },
      },
      WAWebCompanionRegClientUtils: { DEVICE_PLATFORM: '1' },
      WAWebMsgCollection: { MsgCollection: this.messages },
      WAWebChatCollection: { ChatCollection: { get: (wid) => this.chats.get(String(wid)), getModelsArray: () => [...this.chats.values()] } },
      WAWebWidFactory: { createWid },
      WAWebApiContact: {
        getPhoneNumber: (lid) => {
          if (!lid.isLid()) throw new Error('WaWebLidPnCache - Invalid get call (not lid)');
          return { [OWN.lid]: new Wid(OWN.pn), [BOB.lid]: new Wid(BOB.pn) }[lid];
        },
        getCurrentLid: (pn) => ({ [OWN.pn]: new Wid(OWN.lid), [BOB.pn]: new Wid(BOB.lid) })[pn],
      },
      WAWebQueryExistsJob: { queryWidExists: async (wid) => (String(wid) === BOB.pn ? { wid: new Wid(BOB.lid), biz: false } : null) },
      WAWebFindChatAction: { findOrCreateLatestChat: async (wid) => ({ chat: this.chat(String(wid)), created: false }) },
      WAWebSendTextMsgChatAction: {
        createTextMsgData: async (chat, text) => {
          if (!text.trim()) return null;
          const id = new MsgKey({ fromMe: true, remote: chat.id, id: '3EB0PAGE' });
          return { id, body: text.trim(), type: 'chat', t: 1_780_000_000, ack: 0, isNewMsg: true, from: new Wid(OWN.lid), to: chat.id };
        },
      },
      WAWebSendMsgChatAction: { addAndSendMsgToChat: (chat, data) => this.send(chat, data) },
      WAWebReloadAfterLogout: { reloadAfterLogout: () => {} },
      WAWebUpdateReactionMessageUIAction: { updateReactionCollection: () => {} },
      WAWebUpdateEditedMessagesAction: { updateEditedMessagesAction: () => {} },
      WAWebUpdateMsgAcksAction: { updateMsgOtherAcks: () => {}, updateMsgPeerAcks: () => {} },
      WAWebCallCollection: { default: this.calls },
      WAWebLinkDeviceEvents: { WAWebLinkDeviceEvents: this.pairingEvents },
      WAWebMsgKey: { default: MsgKey },
    };
  }

  messageCollection() {
    const models = new Map();
    return Object.assign(new Emitter(), {
      models,
      get: (key) => models.get(String(key)),
      getModelsArray: () => [...models.values()],
      getMessagesById: async () => ({ messages: [], eof: true, canceled: false }),
      processMultipleMessages: async () => [],
      remove: (key) => models.delete(String(key)),
    });
  }

  chat(id) {
    if (!this.chats.has(id)) this.chats.set(id, { id: new Wid(id), t: 0 });
    return this.chats.get(id);
  }

  /** A message appears in the collection. */
  add(values) {
    const { chat = BOB.lid, fromMe = false, id = '3EB0IN', ...rest } = values;
    const remote = new Wid(chat);
    const msg = new Model({
      id: new MsgKey({ fromMe, remote, id }),
      from: fromMe ? new Wid(OWN.lid) : remote,
      to: fromMe ? remote : new Wid(OWN.pn),
      type: 'chat',
      t: 1_780_000_000,
      isNewMsg: true,
      ...rest,
    });
    return this.put(msg);
  }

  put(msg) {
    msg.collection = this.messages;
    this.messages.models.set(String(msg.id), msg);
    this.messages.trigger('add', msg, this.messages, { add: true, remove: false, merge: false });
    return msg;
  }

  send(chat, data) {
    const fate = Promise.withResolvers ? Promise.withResolvers() : withResolvers();
    this.sent.push({ chat: String(chat.id), body: data.body, id: data.id.id, fate });
    return [Promise.resolve().then(() => this.put(new Model(data))), fate.promise];
  }

  /** Runs the script as the browser does at the start of a document. */
  inject(config = {}) {
    vm.runInContext(assemble({ binding: 'thebinding', handle: 'thehandle', ...config }), this.context);
  }

  /** What the library does after `hello`. */
  entry() {
    const entry = this.context.thehandle;
    delete this.context.thehandle;
    return entry;
  }

  async call(op, args = {}) {
    this.handle ??= this.entry();
    return JSON.parse(await this.handle.call(op, JSON.stringify(args)));
  }

  /** Everything the script has said, decoded. */
  events(name) {
    const all = this.batches.flatMap((json) => JSON.parse(json));
    return name ? all.filter((event) => event.e === name).map((event) => event.d) : all;
  }
}

function withResolvers() {
  const out = {};
  out.promise = new Promise((resolve, reject) => Object.assign(out, { resolve, reject }));
  return out;
}

/** Lets everything run that needs no time. */
async function settle(turns = 20) {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A page with a linked account and our script in it. */
async function linkedPage() {
  const page = new FakePage();
  page.inject();
  await settle();
  return page;
}

module.exports = { FakePage, linkedPage, Model, MsgKey, Wid, OWN, BOB, settle };
