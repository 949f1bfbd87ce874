'use strict';

const { EventEmitter } = require('node:events');
const { native } = require('./native.cjs');
const { WaError, invalid, options, parse, sync, text, translate } = require('./error.cjs');
const { BATCH, Events, decode, listenerArguments } = require('./events.cjs');

class Client extends EventEmitter {
  /** @type {import('../native').NativeClient} */
  #native;
  /** @type {import('../native').NativeEvents} */
  #subscription;
  #pump = null;

  constructor(config = {}) {
    super({ captureRejections: true });
    this.#native = sync('new_client', () => new native.NativeClient(configText(config)));
    // From now on nothing is missed; it is handed out once a session starts.
    this.#subscription = this.#native.events();
  }

  get session() {
    return this.#native.session;
  }

  get config() {
    return sync('config', () => parse('config', this.#native.config()));
  }

  async initialize(given) {
    return this.#start('initialize', given, (cancel) => this.#native.initialize(cancel));
  }

  async waitReady(given) {
    return this.#call('wait_ready', given, (cancel) => this.#native.waitReady(cancel));
  }

  async getQRCode(given) {
    return this.#ask('qr_code', given, (cancel) => this.#native.getQRCode(cancel));
  }

  async generateQRCode(given) {
    return this.#ask('generate_qr_code', given, (cancel) => this.#native.generateQRCode(cancel));
  }

  async requestPairingCode(phone, given) {
    text('request_pairing_code', 'phone', phone);
    return this.#ask('request_pairing_code', given, (cancel) => this.#native.requestPairingCode(phone, cancel));
  }

  async cancelPairingCode(given) {
    return this.#call('cancel_pairing_code', given, (cancel) => this.#native.cancelPairingCode(cancel));
  }

  isAuthenticated() {
    return sync('is_authenticated', () => this.#native.isAuthenticated());
  }

  getConnectionStatus() {
    return sync('connection_status', () => parse('connection_status', this.#native.getConnectionStatus()));
  }

  async getCachedStatus(given) {
    return this.#ask('cached_status', given, (cancel) => this.#native.getCachedStatus(cancel));
  }

  getCapabilityReport() {
    return sync('capability_report', () => parse('capability_report', this.#native.getCapabilityReport() ?? 'null'));
  }

  async doctor(given) {
    return parse('doctor', await this.#start('doctor', given, (cancel) => this.#native.doctor(cancel)));
  }

  async sendMessage(to, body, given) {
    const operation = 'send_message';
    text(operation, 'to', to);
    text(operation, 'text', body);
    const { signal, quoted, ...rest } = options(operation, given, ['signal', 'quoted', 'id', 'until', 'deadlineMs']);
    const send = { ...rest, quoted: quoted?.key ?? quoted };
    for (const name of ['quoted', 'id', 'until']) if (send[name] != null) text(operation, name, send[name]);
    return this.#ask(operation, { signal }, (cancel) => this.#native.sendMessage(to, body, send, cancel));
  }

  async isRegisteredUser(number, given) {
    text('is_registered', 'number', number);
    return this.#call('is_registered', given, (cancel) => this.#native.isRegisteredUser(number, cancel));
  }

  async getMessageStatus(key, given) {
    text('message_status', 'key', key?.key ?? key);
    return this.#call('message_status', given, (cancel) => this.#native.getMessageStatus(key?.key ?? key, cancel));
  }

  async disconnect(given) {
    return this.#call('disconnect', given, (cancel) => this.#native.disconnect(cancel));
  }

  async reconnect(given) {
    return this.#start('reconnect', given, (cancel) => this.#native.reconnect(cancel));
  }

  async logout(given) {
    return this.#call('logout', given, (cancel) => this.#native.logout(cancel));
  }

  async shutdown(given) {
    await this.#call('shutdown', given, (cancel) => this.#native.shutdown(cancel));
    // The subscription has ended; what it still held is handed out.
    if (this.#pump) await this.#pump;
    else this.#subscription.close();
  }

  async close(given) {
    return this.shutdown(given);
  }

  async destroy(given) {
    return this.shutdown(given);
  }

  events(given) {
    const { signal } = options('events', given, ['signal']);
    return sync('events', () => new Events(this.#native.events(), this, signal));
  }

  eventsAfter(seq, given) {
    const { signal } = options('events_after', given, ['signal']);
    if (typeof seq !== 'number') throw invalid('events_after', 'seq must be a number');
    return sync('events_after', () => new Events(this.#native.eventsAfter(seq), this, signal));
  }

  /** For tests of the border. */
  _testingBreakEvents() {
    this.#native._testingBreakEvents();
  }

  /** A call that starts the session; from then on the process lives until the client is closed. */
  async #start(operation, given, call) {
    return this.#call(operation, given, (cancel) => {
      const answer = call(cancel);
      this.#pump ??= this.#run();
      return answer;
    });
  }

  /** A call whose answer is JSON, or null. */
  async #ask(operation, given, call) {
    return parse(operation, (await this.#call(operation, given, call)) ?? 'null');
  }

  async #call(operation, given, call) {
    const { signal } = options(operation, given, ['signal']);
    const cancel = signal ? new native.NativeCancel() : undefined;
    const abort = () => cancel.cancel();
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
    try {
      return await call(cancel);
    } catch (error) {
      throw translate(error, operation, signal);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Hands events to listeners until the subscription ends. */
  async #run() {
    try {
      while (await this.#subscription.ready()) {
        const json = this.#subscription.take(BATCH);
        for (const envelope of json ? decode(json, this) : []) this.#tell(envelope);
      }
    } catch (error) {
      // Only a defect of the native half gets here.
      this.#failed(translate(error, 'events'));
    }
  }

  #tell(envelope) {
    this.#emit('*', [envelope]);
    // A name that would do something else in an emitter.
    if (envelope.event !== 'error') this.#emit(envelope.event, listenerArguments(envelope));
  }

  #emit(name, values) {
    try {
      this.emit(name, ...values);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** A listener threw: `error` listeners hear of it, else the process does. Later events come all the same. */
  #failed(error) {
    try {
      this.emit('error', error);
    } catch (unheard) {
      process.nextTick(() => {
        throw unheard;
      });
    }
  }
}

if (Symbol.asyncDispose) {
  Object.defineProperty(Client.prototype, Symbol.asyncDispose, {
    value() {
      return this.shutdown();
    },
    configurable: true,
    writable: true,
  });
}

function configText(config) {
  const wrong = (message, cause) => new WaError({ code: 'config', operation: 'new_client', message, cause });
  if (config === null || typeof config !== 'object' || Array.isArray(config)) throw wrong('settings must be an object');
  const odd = Object.keys(config).find((name) => ['function', 'symbol'].includes(typeof config[name]));
  if (odd !== undefined) throw wrong(`${odd}: cannot be written as JSON`);
  try {
    return JSON.stringify(config);
  } catch (error) {
    throw wrong('settings cannot be written as JSON', error);
  }
}

module.exports = { Client };
