// Messages go out once, and their fate is known.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FRIEND, NOBODY, PATIENCE, fails, withRig, within } from './support.mjs';

test('send_and_acks', withRig(async (rig) => {
  const { client, events } = await rig.withAFriend();
  const told = [];
  client.on('message_ack', (message, ack) => told.push([message.id, ack]));
  const sent = await client.sendMessage('+55 (11) 98888-7777', 'hello');
  const outbox = await rig.sim.outbox();
  assert.deepEqual([outbox.total, outbox.messages[0].body, outbox.messages[0].id], [1, 'hello', sent.id]);
  let last = 0;
  while (last !== 3) {
    const { data } = await events.wait('message_ack');
    assert.ok(data.id === sent.id && data.ack > last);
    last = data.ack;
  }
  assert.deepEqual(told.at(-1), [sent.id, 3]);
  const of = (name) => events.seen.filter(({ event }) => event === name).map(({ data }) => data.id);
  assert.deepEqual([of('message_sent'), of('message_create')], [[sent.id], [sent.id]]);
}));

test('send_with_options', withRig(async (rig) => {
  const { client, events } = await rig.withAFriend();
  await rig.sim.text(FRIEND, 'a question');
  const { data: asked } = await events.wait('message', ({ body }) => body === 'a question');
  const id = '3EB0AABBCCDDEEFF00';
  const first = await client.sendMessage(asked.chat, 'an answer', { quoted: asked.key, id });
  const again = await client.sendMessage(asked.chat, 'an answer', { id });
  assert.ok(!first.duplicate && again.duplicate && first.key === again.key);
  const late = await client.sendMessage(asked.chat, 'wait', { until: 'delivered', deadlineMs: PATIENCE });
  assert.ok(late.ack >= 2);
  // A message answers itself.
  await asked.reply('another answer');
  const { total, messages } = await rig.sim.outbox();
  assert.deepEqual([total, messages[0].quoted, messages[2].quoted], [3, asked.id, asked.id]);
  assert.ok(!Object.keys(asked).includes('reply'));
}));

test('send_invalid_phone', withRig(async (rig) => {
  const { client } = await rig.ready();
  for (const number of ['12', 'nobody', '+55 11 98888-7777 ext. 5']) {
    const error = await fails(client.sendMessage(number, 'hello'), 'WA_INVALID_PHONE', { operation: 'send_message' });
    assert.ok(!`${error.stack}`.includes('98888'));
  }
  assert.equal((await rig.sim.outbox()).total, 0);
}));

test('send_not_registered', withRig(async (rig) => {
  const { client } = await rig.ready();
  await fails(client.sendMessage(NOBODY, 'hello'), 'WA_NOT_REGISTERED', { maybeSent: false, retry: 'never' });
}));

test('send_not_ready', withRig(async (rig) => {
  const client = rig.client();
  await fails(client.sendMessage(FRIEND, 'hello'), 'WA_NOT_READY', { maybeSent: false, kind: 'not_ready' });
  await fails(client.generateQRCode(), 'WA_NOT_READY');
  await fails(client.isRegisteredUser(FRIEND), 'WA_NOT_READY');
  await fails(client.logout(), 'WA_NOT_READY');
  await fails(client.waitReady(), 'WA_NOT_READY', { phase: { name: 'stopped' } });
}));

test('send_deadline_maybe_sent', withRig(async (rig) => {
  const { client } = await rig.withAFriend();
  await rig.sim.acks({ server_ms: null });
  const id = '3EB0AABBCCDDEEFF01';
  const send = client.sendMessage(FRIEND, 'hello', { id, deadlineMs: 2000 });
  await fails(send, 'WA_TIMEOUT', { maybeSent: true, messageId: id, retry: 'now' });
}));

test('check_number', withRig(async (rig) => {
  const { client } = await rig.withAFriend();
  assert.equal(await client.isRegisteredUser(FRIEND), true);
  assert.equal(await client.isRegisteredUser(NOBODY), false);
  await fails(client.isRegisteredUser('12'), 'WA_INVALID_PHONE');
}));

test('message_status', withRig(async (rig) => {
  const { client } = await rig.withAFriend();
  const sent = await client.sendMessage(FRIEND, 'hello');
  assert.ok((await client.getMessageStatus(sent)) >= 1);
  assert.equal(await client.getMessageStatus(sent.key.replace(sent.id, '3EB0000000000000000009')), null);
  await fails(client.getMessageStatus('no key'), 'WA_INVALID_ARGUMENT');
}));

test('cancel_pending_call', withRig(async (rig) => {
  const { client, events } = await rig.withAFriend();
  await rig.sim.acks({ server_ms: null });
  const since = await rig.sim.mark();
  const abort = new AbortController();
  const send = client.sendMessage(FRIEND, 'in doubt', { signal: abort.signal });
  await rig.sim.waitEvent(['message.received'], since);
  const reason = new Error('no longer needed');
  abort.abort(reason);
  const error = await fails(send, 'WA_CANCELLED', { maybeSent: true, cause: reason });
  assert.match(error.messageId, /^3EB0/);

  // One that waits for the connection has not left, and does not leave later.
  await rig.sim.acks({ server_ms: 10 });
  await rig.sim.network({ state: 'offline' });
  await events.wait('change_state', ({ phase }) => phase.name === 'reconnecting');
  const later = new AbortController();
  const never = client.sendMessage(FRIEND, 'never', { signal: later.signal });
  later.abort();
  await fails(never, 'WA_CANCELLED', { maybeSent: false });
  // Nor one that was given up before the call.
  await fails(client.sendMessage(FRIEND, 'not at all', { signal: AbortSignal.abort() }), 'WA_CANCELLED', { maybeSent: false });
  // Other calls can be given up as well.
  const ready = client.waitReady({ signal: AbortSignal.timeout(50) });
  assert.equal((await fails(ready, 'WA_CANCELLED')).cause.name, 'TimeoutError');
  await rig.sim.network({ state: 'online' });
  await events.wait('ready');
  await client.sendMessage(FRIEND, 'goes on');
  assert.deepEqual((await rig.sim.outbox()).messages.map(({ body }) => body), ['in doubt', 'goes on']);
}));

test('close_while_pending', withRig(async (rig) => {
  const { client } = await rig.withAFriend();
  await rig.sim.acks({ server_ms: null });
  const since = await rig.sim.mark();
  const send = client.sendMessage(FRIEND, 'in doubt');
  const failed = fails(send, 'WA_DISCONNECTED', { maybeSent: true });
  await rig.sim.waitEvent(['message.received'], since);
  await within(client.shutdown(), 'end of the client');
  await within(failed, 'answer');
  await fails(client.sendMessage(FRIEND, 'too late'), 'WA_STOPPED');
  await fails(client.initialize(), 'WA_STOPPED');
  await fails(client.waitReady(), 'WA_STOPPED');
  await client.close();
  assert.deepEqual(await client.events().next(), { value: undefined, done: true });
}));
