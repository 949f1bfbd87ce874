'use strict';

const { WaError, translate } = require('./error.cjs');

/** How many events cross at once. */
const BATCH = 256;

// What listeners get, in the order of whatsapp-web.js. All others, also those of a newer core, get the data alone.
const ARGUMENTS = {
  qr: (data) => [data.payload, data],
  code: (data) => [data.code, data],
  loading_screen: (data) => [data.percent, data],
  auth_failure: (data) => [data.reason.code, data],
  disconnected: (data) => [data.reason.code, data],
  change_state: (data) => [data.status, data],
  message_ack: (data) => [data, data.ack],
  message_edit: (data) => [data.message, data.message.body ?? null, data.previous ?? null],
  message_revoke_everyone: (data) => [data.message ?? { key: data.key }, null, data],
};

function listenerArguments({ event, data }) {
  return Object.hasOwn(ARGUMENTS, event) ? ARGUMENTS[event](data) : [data];
}

/** A list of envelopes out of its JSON. Messages can answer themselves. */
function decode(json, client) {
  const envelopes = JSON.parse(json);
  for (const { event, data } of envelopes) {
    if (!event.startsWith('message')) continue;
    for (const message of [data, data.message]) {
      if (message?.key && message.chat && message.from) addReply(message, client);
    }
  }
  return envelopes;
}

function addReply(message, client) {
  const reply = (text, options) => client.sendMessage(message.chat, text, { quoted: message.key, ...options });
  Object.defineProperty(message, 'reply', { value: reply, configurable: true, writable: true });
}

/** The events of one subscription, one after the other: `for await (const envelope of client.events())`. */
class Events {
  /** @type {import('../native').NativeEvents} */
  #native;
  #client;
  #signal;
  #queue = [];
  #waiting = null;
  #ended = false;
  #abort = () => this.#native.close();

  constructor(native, client, signal) {
    this.#native = native;
    this.#client = client;
    this.#signal = signal;
    if (signal?.aborted) this.#abort();
    else signal?.addEventListener('abort', this.#abort, { once: true });
  }

  async next() {
    // One after the other, also when `next` is called again before it has answered.
    const before = this.#waiting;
    const mine = (async () => {
      await before;
      return this.#next();
    })();
    this.#waiting = mine.catch(() => {});
    return mine;
  }

  async #next() {
    while (!this.#ended) {
      if (this.#signal?.aborted) {
        await this.return();
        const fields = { code: 'cancelled', operation: 'events', message: 'the caller gave up' };
        throw new WaError({ ...fields, cause: this.#signal.reason });
      }
      if (this.#queue.length > 0) return { value: this.#queue.shift(), done: false };
      try {
        const more = await this.#native.ready();
        const json = this.#native.take(BATCH);
        if (json) this.#queue = decode(json, this.#client);
        else if (!more && !this.#signal?.aborted) await this.return();
      } catch (error) {
        await this.return();
        throw translate(error, 'events');
      }
    }
    return { value: undefined, done: true };
  }

  async return(value) {
    this.#ended = true;
    this.#queue = [];
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#native.close();
    return { value, done: true };
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}

module.exports = { BATCH, Events, decode, listenerArguments };
