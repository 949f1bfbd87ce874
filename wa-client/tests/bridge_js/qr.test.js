'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { FakePage, settle } = require('./fake_page.js');

const KEY = Buffer.alloc(32, 7).toString('base64');

async function loginPage() {
  const page = new FakePage({ registered: false });
  page.inject();
  await settle();
  return page;
}

async function show(page, ref, refTTL = 20_000) {
  page.conn.set({ ref, refTTL, refExpiry: Date.now() + refTTL });
  page.socket.set({ state: 'UNPAIRED' });
  await settle();
}

const payloads = (page) => page.events('qr').map((qr) => qr.payload);

test('the code is made of five values, with the ending the page would give it', async () => {
  const endings = [
    [{}, `ref-1,${KEY},${KEY},secret-1,1`],
    [{ justknobx: { default: { _: (knob) => knob === '770' } } }, `ref-1,${KEY},${KEY},secret-1,1,https://faq.whatsapp.com/r/ld`],
    [
      { WAWebNativeCameraQRLinkedDeviceUtils: { isNativeCameraQRLinkedDeviceTest: () => true } },
      `https://wa.me/settings/linked_devices#ref-1,${KEY},${KEY},secret-1,1`,
    ],
    [{ justknobx: { default: { _: () => { throw new Error('unknown knob'); } } } }, `ref-1,${KEY},${KEY},secret-1,1`],
  ];
  for (const [modules, payload] of endings) {
    const page = new FakePage({ registered: false });
    Object.assign(page.modules, modules);
    page.inject();
    await show(page, 'ref-1', 60_000);
    assert.deepEqual(payloads(page), [payload]);
  }
});

test('codes of a batch are counted, and a new secret begins a new batch', async () => {
  const page = await loginPage();
  for (const ref of ['a', 'b', 'c']) await show(page, ref);
  page.secret = 'secret-2';
  await show(page, 'd', 60_000);
  await show(page, 'e');
  assert.deepEqual(page.events('qr').map((qr) => [qr.attempt, qr.of, qr.ttlMs]), [
    [1, 6, 20_000], [2, 6, 20_000], [3, 6, 20_000], [1, 6, 60_000], [2, 6, 20_000],
  ]);
});

test('a secret that changes under the same ref makes a new code at the same place', async () => {
  const page = await loginPage();
  await show(page, 'a');
  page.secret = 'secret-2';
  page.secretEvents.trigger('change');
  await settle();
  assert.deepEqual(page.events('qr').map((qr) => qr.attempt), [1, 1]);
  assert.match(payloads(page)[1], /,secret-2,/);
});

test('a code that was overtaken while it was built is not shown', async () => {
  const page = await loginPage();
  page.conn.set({ ref: 'a', refTTL: 60_000 });
  page.conn.set({ ref: 'b', refTTL: 20_000 });
  page.socket.set({ state: 'UNPAIRED' });
  await settle();
  assert.deepEqual(payloads(page).map((payload) => payload[0]), ['b']);
});

test('no code whose connection is gone, although the page still names its ref', async () => {
  const page = await loginPage();
  page.conn.set({ ref: 'a', refTTL: 60_000 });
  page.socket.set({ state: 'UNPAIRED' });
  page.socket.set({ state: 'OPENING' });
  await settle();
  assert.deepEqual(payloads(page), []);
  await show(page, 'b');
  assert.deepEqual(payloads(page).map((payload) => payload[0]), ['b']);
});

test('no code without a secret, after the last ref, or when linked', async () => {
  const page = await loginPage();
  page.secret = undefined;
  await show(page, 'a');
  assert.deepEqual(payloads(page), []);
  page.secret = 'secret-1';
  page.registered = true;
  await show(page, 'b');
  assert.deepEqual(payloads(page), []);
  page.registered = false;
  await show(page, 'c');
  page.socket.set({ state: 'UNPAIRED_IDLE' });
  await settle();
  page.secretEvents.trigger('change');
  await settle();
  assert.deepEqual(payloads(page).map((payload) => payload[0]), ['c']);
  assert.equal(page.events('qr_idle').length, 1);
});

test('the code on the screen is shown again after a refresh was asked for', async () => {
  const page = await loginPage();
  await show(page, 'a');
  page.bus.triggerRefreshQR = () => page.conn.trigger('change:ref', page.conn, 'a', 'a');
  assert.deepEqual(await page.call('qr_refresh'), { ok: {} });
  await settle();
  assert.equal(payloads(page).length, 2);
  page.registered = true;
  assert.equal((await page.call('qr_refresh')).err.kind, 'already_authenticated');
});

test('a page that takes itself for offline looks again before it asks for codes', async () => {
  const page = await loginPage();
  const seen = [];
  const network = { online: false, checkOnline: async () => { seen.push('checked'); network.online = true; } };
  page.modules.WAWebNetworkStatus = { default: network };
  page.bus.triggerRefreshQR = () => seen.push('refreshed');
  assert.deepEqual(await page.call('qr_refresh'), { ok: {} });
  assert.deepEqual(await page.call('qr_refresh'), { ok: {} });
  assert.deepEqual(seen, ['checked', 'refreshed', 'refreshed']);
  network.online = false;
  network.checkOnline = () => { throw new Error('of tomorrow'); };
  assert.deepEqual(await page.call('qr_refresh'), { ok: {} }, 'it is asked all the same');
});

test('no code is ever shown for a restored session', async () => {
  const page = new FakePage({ registered: true });
  page.conn.set({ ref: 'a', refTTL: 20_000 });
  page.inject();
  await settle();
  assert.equal(page.events('state')[0].registered, true);
  assert.deepEqual(payloads(page), []);
});
