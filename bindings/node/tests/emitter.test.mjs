// Listeners: what they get, and what becomes of those that throw.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { FRIEND, Log, fails, withRig, within } from './support.mjs';

test('nothing is lost between the construction and the first listener, or by a late one', withRig(async (rig) => {
  const client = rig.client();
  const qr = once(client, 'qr');
  const start = client.initialize();
  const [payload, info] = await within(qr, 'qr');
  assert.equal(info.payload, payload);
  assert.ok(info.attempt === 1 && info.of > 1 && info.expiresAt > info.generatedAt);
  await start;
  const log = new Log(client);
  const order = [];
  for (const name of ['authenticated', 'loading_screen', 'change_state', 'ready']) {
    client.on(name, (...values) => order.push([name, ...values]));
  }
  await rig.sim.scan(payload);
  await log.wait('ready');
  const of = (name) => order.filter(([event]) => event === name);
  assert.deepEqual(of('authenticated'), [['authenticated', { restored: false }]]);
  assert.equal(of('ready').length, 1);
  assert.ok(of('loading_screen').every(([, percent, data]) => percent === data.percent));
  assert.ok(of('change_state').some(([, status, data]) => status === 'READY' && data.status === 'READY'));
}));

test('a listener that throws costs nobody else an event', withRig(async (rig) => {
  const { client, events } = await rig.ready();
  const errors = [];
  client.on('error', (error) => errors.push(error.message));
  client.once('message', () => {
    throw new Error('thrown');
  });
  client.once('message', async () => {
    throw new Error('rejected');
  });
  await rig.sim.messages({ from: FRIEND, body: 'number {i}', count: 3 });
  for (const n of [0, 1, 2]) assert.equal((await events.wait('message')).data.body, `number ${n}`);
  // The other one was not reached by the first message, as in any emitter.
  await rig.sim.text(FRIEND, 'the end');
  await events.wait('message', ({ body }) => body === 'the end');
  assert.deepEqual(errors, ['thrown', 'rejected']);
}));

test('a listener may close the client, and hears the rest', withRig(async (rig) => {
  const { client } = await rig.ready();
  const names = [];
  client.on('*', ({ event }) => names.push(event));
  const closed = new Promise((resolve) => {
    client.once('message', async () => resolve(await client.close()));
  });
  await rig.sim.text(FRIEND, 'stop');
  await within(closed, 'end');
  assert.ok(names.includes('disconnected'), names.join(' '));
  await fails(client.initialize(), 'WA_STOPPED');
}));
