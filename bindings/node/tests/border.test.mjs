// What crosses the border badly is answered well. No browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, ERROR_CODES, EVENT_NAMES, WaError, mask, parsePhone, qr, version } from 'wa-client';
import { _testingFail, _testingFailLater } from 'wa-client/testing';
import { FRIEND, directory, fails, within } from './support.mjs';

/** The error of a function that must throw. */
function thrown(body, code) {
  let error;
  assert.throws(body, (failure) => {
    error = failure;
    assert.ok(failure instanceof WaError, failure.stack);
    assert.equal(failure.code, code, failure.stack);
    return true;
  });
  return error;
}

function quiet(settings = {}) {
  return new Client({ sessionPath: directory(), ...settings });
}

test('settings are checked, and a wrong one is named', () => {
  assert.match(thrown(() => new Client({ puppeteer: {} }), 'WA_CONFIG').message, /puppeteer/);
  assert.match(thrown(() => new Client({ deadlines: { sent: 1 } }), 'WA_CONFIG').message, /sent/);
  assert.match(thrown(() => new Client({ session: '../x' }), 'WA_CONFIG').message, /session/);
  assert.match(thrown(() => new Client({ authStrategy() {} }), 'WA_CONFIG').message, /authStrategy/);
  for (const settings of [null, 5, 'x', [], { session: 5 }, { eventQueue: 10n }, { session: '\ud800' }]) {
    thrown(() => new Client(settings), 'WA_CONFIG');
  }
  const loop = {};
  loop.loop = loop;
  assert.ok(thrown(() => new Client(loop), 'WA_CONFIG').cause instanceof TypeError);
  const client = quiet({ session: 'named', deadlines: { send: 5000 }, pacing: null, eventReplay: undefined });
  assert.deepEqual([client.session, client.config.deadlines.send, client.config.pacing], ['named', 5000, null]);
  const secret = quiet({ redisUrl: 'redis://:secret@127.0.0.1:1/0' });
  assert.ok(!JSON.stringify(secret.config).includes('secret'));
});

test('arguments of the wrong kind are refused, and not shown', async () => {
  const client = quiet();
  const phone = 5511988887777;
  for (const value of [undefined, null, phone, {}, [], Symbol('x'), '\ud800', 'a\udc00b']) {
    const code = 'WA_INVALID_ARGUMENT';
    for (const call of [
      () => client.sendMessage(value, 'text'),
      () => client.sendMessage(FRIEND, value),
      () => client.isRegisteredUser(value),
      () => client.requestPairingCode(value),
      () => client.getMessageStatus(value),
    ]) {
      const error = await fails(call(), code);
      assert.ok(!`${error.stack}${JSON.stringify(error)}`.includes('98888'), error.stack);
    }
    for (const call of [() => parsePhone(value), () => mask(value), () => qr.svg(value), () => qr.png(value, 4)]) {
      thrown(call, code);
    }
  }
  for (const bad of [{ quoted: 5 }, { id: 5 }, { until: 'soon' }, { until: 5 }, { deadlineMs: '5' }, { deadlineMs: -1 }]) {
    await fails(client.sendMessage(FRIEND, 'text', bad), 'WA_INVALID_ARGUMENT');
  }
  for (const bad of [{ deadlineMs: NaN }, { deadlineMs: 1.5 }, { sendSeen: false }, 'x', 5, [], { signal: 5 }]) {
    await fails(client.sendMessage(FRIEND, 'text', bad), 'WA_INVALID_ARGUMENT');
  }
  await fails(client.initialize({ timeout: 5 }), 'WA_INVALID_ARGUMENT');
  await fails(client.sendMessage(FRIEND, 'text', { id: 'a_b' }), 'WA_INVALID_ARGUMENT');
  for (const seq of [undefined, '1', -1, 1.5, NaN, Infinity]) thrown(() => client.eventsAfter(seq), 'WA_INVALID_ARGUMENT');
  for (const scale of [undefined, 0, 65, -1, 1.5, NaN, 2 ** 32 + 4]) thrown(() => qr.png('x', scale), 'WA_INVALID_ARGUMENT');
  await client.close();
});

test('huge texts come to a clean end', async () => {
  const client = quiet();
  for (const size of [65_537, 50_000_000]) {
    const text = 'x'.repeat(size);
    await fails(client.sendMessage(FRIEND, text), 'WA_INVALID_ARGUMENT');
    thrown(() => qr.svg(text), 'WA_INVALID_ARGUMENT');
    thrown(() => parsePhone(text), 'WA_INVALID_PHONE');
    assert.equal(mask(text).length, size);
    thrown(() => new Client({ session: text }), 'WA_CONFIG');
  }
  // Characters beyond 16 bits are whole characters.
  await fails(client.sendMessage(FRIEND, '🙂'.repeat(65_536)), 'WA_NOT_READY');
  await client.close();
});

test('every stage of a call that fails is told as an error', async () => {
  assert.equal(_testingFail('none'), 'none');
  assert.equal(await _testingFailLater('none'), 'none');
  thrown(() => _testingFail(5), 'WA_INVALID_ARGUMENT');
  await fails(_testingFailLater(5), 'WA_INVALID_ARGUMENT');
  thrown(() => _testingFail('error'), 'WA_RATE_LIMITED');
  const error = await fails(_testingFailLater('error'), 'WA_RATE_LIMITED', { operation: 'testing_fail', retry: 'never' });
  assert.equal(error.message, 'testing_fail: rate_limited: a test wants to see an error');
  thrown(() => _testingFail('panic'), 'WA_INTERNAL');
  await fails(_testingFailLater('panic'), 'WA_INTERNAL');
  await fails(_testingFailLater('result'), 'WA_INTERNAL');
});

test('a panic while waiting for events is an error, and ends the wait', async () => {
  const client = quiet();
  client._testingBreakEvents();
  await fails(within(client.events().next(), 'answer'), 'WA_INTERNAL');
  const told = new Promise((resolve) => client.once('error', resolve));
  // Events are handed out from this call on.
  const start = client.initialize({ signal: AbortSignal.abort() });
  await fails(start, 'WA_CANCELLED');
  assert.equal((await within(told, 'error')).code, 'WA_INTERNAL');
  await client.close();
});

test('an error that says everything', () => {
  const error = thrown(() => parsePhone('12'), 'WA_INVALID_PHONE');
  assert.ok(error instanceof Error && error instanceof WaError);
  assert.equal(error.name, 'WaError');
  assert.equal(`${error}`, `WaError: ${error.message}`);
  assert.deepEqual(Object.keys(error), ['code', 'kind', 'operation', 'retry']);
});

test('functions that need no client', () => {
  assert.equal(parsePhone('+55 (11) 98888-7777'), FRIEND);
  assert.equal(mask(FRIEND), '55*********77');
  assert.match(version, /^\d+\.\d+\.\d+/);
  assert.deepEqual([...qr.png('x', 1).subarray(1, 4)], [...Buffer.from('PNG')]);
  assert.ok(EVENT_NAMES.includes('message_ack') && ERROR_CODES.includes('WA_RATE_LIMITED'));
});

test('calls on a client that is closed, or not started', async () => {
  const client = quiet();
  assert.equal(await client.getQRCode(), null);
  assert.equal(await client.getCachedStatus(), null);
  assert.equal(client.isAuthenticated(), false);
  await client.close();
  await client.close();
  await client.destroy();
  await fails(client.initialize(), 'WA_STOPPED');
  await fails(client.disconnect(), 'WA_STOPPED');
  await fails(client.reconnect(), 'WA_STOPPED');
  await fails(client.doctor(), 'WA_STOPPED');
  await fails(client.sendMessage(FRIEND, 'text'), 'WA_STOPPED');
  assert.equal(client.getConnectionStatus().status, 'DISCONNECTED');
  if (Symbol.asyncDispose) await client[Symbol.asyncDispose]();
});
