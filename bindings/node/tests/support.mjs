// One simulator and one client a test, with short durations. Tests wait for events, never for time to pass.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client } from 'wa-client';
import { Simulator } from 'wa-client/testing';

/** How long anything may take that is waited for, in milliseconds. */
export const PATIENCE = 60_000;

export const OWN = '5511900000001';
export const FRIEND = '5511988887777';
export const NOBODY = '5511900009999';

/** A directory that goes when the process does. */
export function directory() {
  const made = mkdtempSync(path.join(os.tmpdir(), 'wa-client-node-'));
  process.once('exit', () => rmSync(made, { recursive: true, force: true, maxRetries: 3 }));
  return made;
}

process.setMaxListeners(100);

/** A promise that fails when it is not done in time. */
export async function within(promise, what, limit = PATIENCE) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} in time`)), limit);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A simulator, and a place for the data of a session. */
export class Rig {
  clients = [];

  static async start(more = {}) {
    const rig = new Rig();
    rig.sim = await Simulator.start();
    rig.settings = {
      pageUrl: rig.sim.pageUrl,
      sessionPath: directory(),
      pacing: null,
      checkInterval: 500,
      reconnect: { base: 100 },
      ...more,
    };
    return rig;
  }

  client(more = {}) {
    const client = new Client({ ...this.settings, ...more });
    this.clients.push(client);
    return client;
  }

  /** A linked, ready client and its events from the start. */
  async ready(more) {
    const client = this.client(more);
    const events = new Log(client);
    await client.initialize();
    const code = await client.getQRCode();
    assert.ok(code, 'a fresh session shows a code');
    await this.sim.scan(code.payload);
    await events.wait('ready');
    return { client, events };
  }

  /** The same, with somebody to write to. */
  async withAFriend(more) {
    await this.sim.accounts([{ number: FRIEND }]);
    return this.ready(more);
  }

  /** Ends everything, also after a failed test. */
  async stop() {
    await Promise.all(this.clients.map((client) => within(client.close(), 'end of the client')));
    await this.sim.stop();
  }
}

/** Runs `body` with a rig and ends that, whatever becomes of it. */
export function withRig(body, more) {
  return async () => {
    const rig = await Rig.start(more);
    try {
      await body(rig);
    } finally {
      await rig.stop();
    }
  };
}

/** The events of a client, also those that were passed over. */
export class Log {
  seen = [];
  #next = 0;
  #wake = () => {};

  constructor(client) {
    client.on('*', (envelope) => {
      const last = this.seen.at(-1);
      if (last && envelope.event !== 'lagged') assert.equal(envelope.seq, last.seq + 1, `a gap before ${envelope.event}`);
      this.seen.push(envelope);
      this.#wake();
    });
  }

  /** The next event of that name for which `wanted` holds; others are passed over. */
  async wait(name, wanted = () => true, limit = PATIENCE) {
    const found = async () => {
      for (;;) {
        while (this.#next < this.seen.length) {
          const envelope = this.seen[this.#next++];
          if (envelope.event === name && wanted(envelope.data)) return envelope;
        }
        await new Promise((resolve) => {
          this.#wake = resolve;
        });
      }
    };
    try {
      return await within(found(), name, limit);
    } catch (error) {
      throw new Error(`${error.message}; seen: ${this.names().join(' ')}`, { cause: error });
    }
  }

  names() {
    return this.seen.map(({ event }) => event);
  }

  count(name) {
    return this.names().filter((event) => event === name).length;
  }
}

/** The error of a call that must fail, with what is expected of it. */
export async function fails(promise, code, more = {}) {
  let error;
  await assert.rejects(promise, (failure) => {
    error = failure;
    assert.equal(failure.name, 'WaError', failure.stack);
    assert.equal(failure.code, code, failure.stack);
    return true;
  });
  for (const [name, value] of Object.entries(more)) assert.deepEqual(error[name], value, name);
  return error;
}
