// An account is linked, stays linked over a restart, and is unlinked.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import jsQR from 'jsqr';
import { PNG } from 'pngjs';
import { qr } from 'wa-client';
import { FRIEND, Log, OWN, fails, withRig, within } from './support.mjs';

/** What a camera reads from a picture. */
function scan(picture) {
  const { data, width, height } = PNG.sync.read(picture);
  return jsQR(new Uint8ClampedArray(data), width, height).data;
}

test('link_by_qr', withRig(async (rig) => {
  const client = rig.client();
  const events = new Log(client);
  const told = [];
  client.on('qr', (payload, code) => told.push([payload, code]));
  assert.equal(client.getConnectionStatus().status, 'DISCONNECTED');
  await client.initialize();
  const code = await client.getQRCode();
  await events.wait('qr');
  assert.deepEqual(told[0], [code.payload, code]);
  assert.match(qr.svg(code.payload), /<svg/);
  assert.match(qr.terminal(code.payload), /▀/);
  const url = qr.dataURL(code.payload);
  assert.equal(scan(Buffer.from(url.split('data:image/png;base64,')[1], 'base64')), code.payload);
  await rig.sim.scan(scan(qr.png(code.payload, 4)));
  await events.wait('authenticated', (data) => data.restored === false);
  await events.wait('ready');
  const status = client.getConnectionStatus();
  assert.ok(status.ready && client.isAuthenticated());
  assert.equal(status.status, 'READY');
  assert.equal(status.me.phone, OWN);
  assert.equal(await client.getQRCode(), null);
}));

test('link_by_pairing_code', withRig(async (rig) => {
  const client = rig.client();
  const events = new Log(client);
  const told = [];
  client.on('code', (code, pairing) => told.push([code, pairing]));
  await client.initialize();
  const pairing = await client.requestPairingCode(OWN);
  assert.match(pairing.code, /^.{4}-.{4}$/);
  await events.wait('code', (data) => data.code === pairing.code);
  assert.deepEqual(told, [[pairing.code, pairing]]);
  await rig.sim.pair(pairing.code);
  await within(client.waitReady(), 'readiness');
}));

test('cancel_pairing_code', withRig(async (rig) => {
  const client = rig.client();
  const events = new Log(client);
  await client.initialize();
  await client.requestPairingCode(OWN);
  await events.wait('code');
  await client.cancelPairingCode();
  const first = await events.wait('qr');
  const onDemand = await client.generateQRCode();
  assert.notEqual(first.data.payload, onDemand.payload);
  await rig.sim.scan(onDemand.payload);
  await events.wait('ready');
  await fails(client.generateQRCode(), 'WA_ALREADY_AUTHENTICATED');
}));

test('restore', withRig(async (rig) => {
  const { client } = await rig.ready();
  await client.shutdown();
  const next = rig.client();
  const events = new Log(next);
  await next.initialize();
  await events.wait('authenticated', (data) => data.restored);
  await events.wait('ready');
  assert.equal(events.count('qr'), 0);
}));

test('disconnect_and_reconnect', withRig(async (rig) => {
  const { client, events } = await rig.ready();
  await client.disconnect();
  await events.wait('manual_disconnect');
  assert.equal(client.getConnectionStatus().status, 'DISCONNECTED');
  await client.reconnect();
  await events.wait('manual_reconnect');
  await within(client.waitReady(), 'readiness');
  await events.wait('ready');
  const after = events.names().slice(events.names().lastIndexOf('manual_reconnect'));
  assert.ok(!after.includes('qr'), 'without a code');
}));

test('logout', withRig(async (rig) => {
  const { client, events } = await rig.ready();
  const reasons = [];
  client.on('disconnected', (reason) => reasons.push(reason));
  const data = path.join(rig.settings.sessionPath, 'session-default');
  assert.ok(existsSync(data));
  const since = await rig.sim.mark();
  await client.logout();
  await rig.sim.waitEvent(['device.logged_out'], since);
  await events.wait('disconnected', ({ reason }) => reason.code === 'logged_out');
  assert.deepEqual(reasons, ['logged_out']);
  assert.ok(!client.isAuthenticated() && !existsSync(data));
}));

test('two_clients', withRig((one) => withRig(async (two) => {
  const [first, second] = await Promise.all([one.ready(), two.ready()]);
  await one.sim.text(FRIEND, 'for the first');
  await two.sim.text(FRIEND, 'for the second');
  await first.events.wait('message', ({ body }) => body === 'for the first');
  await second.events.wait('message', ({ body }) => body === 'for the second');
  assert.deepEqual([first.events.count('message'), second.events.count('message')], [1, 1]);
  await first.client.close();
  assert.ok(second.client.getConnectionStatus().ready);
})()));

test('page_report', withRig(async (rig) => {
  const client = rig.client();
  assert.equal(client.getCapabilityReport(), null);
  const report = await client.doctor();
  assert.ok(report.complete && report.report.length > 0);
  assert.deepEqual(client.getCapabilityReport(), report);
}));
