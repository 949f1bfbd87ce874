// What comes in is told once, in order, with nothing left out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FRIEND, PATIENCE, fails, withRig, within } from './support.mjs';
import { startRedis } from './redis.mjs';

test('receive', withRig(async (rig) => {
  const { client, events } = await rig.ready();
  const heard = [];
  client.on('message', (message) => heard.push(message.body));
  await rig.sim.text(FRIEND, 'hello');
  const { data } = await events.wait('message', ({ body }) => body === 'hello');
  assert.deepEqual([data.fromMe, data.phone, data.type], [false, FRIEND, 'chat']);
  await rig.sim.messages({ from: FRIEND, body: 'burst {i}', count: 500 });
  for (let n = 0; n < 500; n += 1) assert.equal((await events.wait('message')).data.body, `burst ${n}`);
  assert.equal(heard.length, 501);
}));

test('edits_and_revokes', withRig(async (rig) => {
  const { client, events } = await rig.ready();
  const told = {};
  for (const name of ['message_edit', 'message_reaction', 'message_revoke_everyone']) {
    client.on(name, (...values) => (told[name] = values));
  }
  const { id } = (await rig.sim.text(FRIEND, 'a text')).messages[0];
  await events.wait('message', ({ body }) => body === 'a text');
  await rig.sim.edits(id, 'another text');
  const edit = (await events.wait('message_edit')).data;
  assert.deepEqual([edit.message.body, edit.previous], ['another text', 'a text']);
  assert.deepEqual(told.message_edit, [edit.message, 'another text', 'a text']);
  await rig.sim.reactions(FRIEND, id, '👍');
  const reaction = (await events.wait('message_reaction')).data;
  assert.ok(reaction.emoji === '👍' && reaction.parent.includes(id));
  assert.deepEqual(told.message_reaction, [reaction]);
  await rig.sim.revokes(id);
  const revoke = (await events.wait('message_revoke_everyone')).data;
  assert.ok(revoke.key.includes(id));
  assert.deepEqual(told.message_revoke_everyone, [revoke.message ?? { key: revoke.key }, null, revoke]);
}));

test('event_overflow', withRig(async (rig) => {
  const { client, events } = await rig.ready({ eventQueue: 100 });
  const slow = client.events();
  await rig.sim.messages({ from: FRIEND, body: 'flood {i}', count: 300 });
  await events.wait('message', ({ body }) => body === 'flood 299');
  const taken = [];
  while (taken.at(-1)?.data.body !== 'flood 299') taken.push((await within(slow.next(), 'event')).value);
  assert.equal(taken[0].event, 'lagged');
  assert.ok(taken[0].data.missed >= 200);
  assert.equal(taken[1].seq, taken[0].seq + 1);
  assert.ok(taken.length <= 101);
  await slow.return();
}, { eventQueue: 100 }));

test('replay_events', withRig(async (rig) => {
  const { client, events } = await rig.ready();
  await rig.sim.text(FRIEND, 'kept');
  const { seq: last } = await events.wait('message', ({ body }) => body === 'kept');
  const seen = [];
  for await (const { seq } of client.eventsAfter(0)) {
    seen.push(seq);
    if (seq >= last) break;
  }
  assert.deepEqual(seen, Array.from({ length: last }, (_, n) => n + 1));
  const later = await client.eventsAfter(last - 1).next();
  assert.equal(later.value.seq, last);
}, { eventReplay: 1000 }));

test('events of a subscription wait for nobody, and can be given up', withRig(async (rig) => {
  const { client } = await rig.ready();
  const abort = new AbortController();
  // Made before the message is: nothing is missed between the call and the first turn of the loop.
  const events = client.events({ signal: abort.signal });
  await rig.sim.text(FRIEND, 'first');
  const bodies = [];
  for await (const { event, data } of events) {
    if (event !== 'message') continue;
    bodies.push(data.body);
    await data.reply(`${data.body} too`);
    break;
  }
  assert.deepEqual(bodies, ['first']);
  assert.deepEqual(await events.next(), { value: undefined, done: true });

  // Calls that wait at the same time get one event each, in order.
  const pair = client.events();
  const both = Promise.all([pair.next(), pair.next()]);
  await rig.sim.messages({ from: FRIEND, body: 'pair {i}', count: 2 });
  const [one, two] = await within(both, 'two events');
  assert.equal(two.value.seq, one.value.seq + 1);
  await pair.return();

  const waiting = client.events({ signal: abort.signal });
  const reason = new Error('enough');
  const next = (async () => {
    for (;;) if ((await waiting.next()).done) return;
  })();
  abort.abort(reason);
  await fails(within(next, 'end'), 'WA_CANCELLED', { cause: reason });
  await fails(client.events({ signal: AbortSignal.abort() }).next(), 'WA_CANCELLED');

  // A subscription ends when the client does.
  const last = client.events();
  await client.close();
  for await (const envelope of last) assert.ok(envelope.seq);
}));

test('status_from_redis', async () => {
  const redis = await startRedis();
  try {
    await withRig(async (rig) => {
      const [client, other] = [rig.client(), rig.client()];
      await client.initialize();
      const code = await client.getQRCode();
      const deadline = Date.now() + PATIENCE;
      let theirs;
      // The cache is written beside the events, and tells nobody when it is.
      while (theirs?.payload !== code.payload && Date.now() < deadline) theirs = await other.getQRCode();
      assert.deepEqual(theirs, code);
      assert.equal((await other.getCachedStatus()).status, 'QR_READY');
      assert.equal(other.getConnectionStatus().status, 'DISCONNECTED');
    }, { redisUrl: redis.url, cacheTimeout: 5000 })();
  } finally {
    await redis.stop();
  }
});
