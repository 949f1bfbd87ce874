'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { FakePage, linkedPage, OWN, settle } = require('./fake_page.js');

test('what changes together is told together, and only when it changed', async () => {
  const page = await linkedPage();
  const [first] = page.events('state');
  assert.deepEqual(first, {
    registered: true, socket: 'UNLAUNCHED', stream: 'DISCONNECTED', mode: 'MAIN', synced: false, offlineEnd: false,
    lockedByOther: false, me: { pn: OWN.pn, lid: OWN.lid, pushname: 'Owner', platform: 'android' }, version: '2.3000.1',
  });
  page.socket.set({ state: 'CONNECTED', stream: 'CONNECTED', hasSynced: true });
  page.bus.isOfflineDeliveryEnd = true;
  page.bus.trigger('offline_delivery_end');
  await settle();
  page.bus.trigger('open_socket_stream');
  await settle();
  const states = page.events('state');
  assert.equal(states.length, 2);
  assert.deepEqual([states[1].synced, states[1].offlineEnd, states[1].stream], [true, true, 'CONNECTED']);
});

test('another tab takes over', async () => {
  const page = await linkedPage();
  page.socket.set({ stream: 'CONNECTED' });
  page.windowEvents.trigger('storage', { key: 'other', newValue: 'x' });
  page.windowEvents.trigger('storage', { key: 'whatsapp-mutex', newValue: null });
  await settle();
  assert.equal(page.events('state').at(-1).lockedByOther, false);
  page.windowEvents.trigger('storage', { key: 'whatsapp-mutex', newValue: '"x2:init_1"' });
  page.socket.set({ stream: 'DISCONNECTED' });
  await settle();
  assert.equal(page.events('state').at(-1).lockedByOther, true);
  page.socket.set({ stream: 'CONNECTED' });
  await settle();
  assert.equal(page.events('state').at(-1).lockedByOther, false);
});

test('a logout is told at its first sign, at once, and with its reason when there is one', async () => {
  const page = await linkedPage();
  page.socket.set({ hasSynced: true });
  await settle();
  page.batches.length = 0;
  page.socket.set({ hasSynced: undefined });
  assert.deepEqual(page.events('logout'), [{ stage: 'starting' }], 'not later than the event itself');
  page.cmd.trigger('starting_logout_from_bridge');
  page.modules.WAWebReloadAfterLogout.reloadAfterLogout(false, 'account_locked', {});
  page.cmd.trigger('logout_from_bridge');
  assert.deepEqual(page.events('logout'), [{ stage: 'starting' }, { stage: 'done', reason: 'account_locked' }]);
});

test('synchronisation being done is not a logout', async () => {
  const page = await linkedPage();
  page.socket.set({ hasSynced: true });
  await settle();
  assert.deepEqual(page.events('logout'), []);
});

test('only a real ban is a ban', async () => {
  const page = await linkedPage();
  page.cmd.trigger('account_temporarily_banned_from_bridge', { banned: false });
  page.cmd.trigger('account_temporarily_banned_from_bridge', { banned: true, code: '101', message: 'm', url: 'u', expire: 3600 });
  await settle();
  const bans = page.events('banned');
  assert.deepEqual(bans.map((ban) => ban.code), [101]);
  assert.ok(Math.abs(bans[0].expiresAt - Date.now() - 3_600_000) < 5_000);
});

test('progress is asked for only when the page can answer', async () => {
  const page = await linkedPage();
  let ready = false;
  page.modules.WAWebOfflineHandler = {
    OfflineMessageHandler: {
      hasInitOfflineResumeManager: () => ready,
      getOfflineDeliveryProgress: () => {
        if (!ready) throw new TypeError('too early');
        return 41.7;
      },
    },
  };
  page.cmd.trigger('offline_progress_update_from_bridge');
  ready = true;
  page.cmd.trigger('offline_progress_update_from_bridge');
  await settle();
  assert.deepEqual([page.events('progress'), page.events('fault')], [[{ percent: 41 }], []]);
});

test('the steps of a pairing code are told', async () => {
  const page = await linkedPage();
  for (const step of ['primary_hello_received', 'error_alt_linking', 'refresh_alt_linking_code', 'force_manual_refresh', 'passkey_prologue_request']) {
    page.pairingEvents.trigger(`link_device_events:${step}`);
  }
  await settle();
  assert.deepEqual(page.events('pairing').map((event) => event.stage), ['hello', 'error', 'refresh', 'withdrawn', 'passkey']);
});

test('a pairing code is asked for in the right order, and its errors have kinds', async () => {
  const page = new FakePage({ registered: false });
  const steps = [];
  const refuse = { error: undefined };
  page.modules.WAWebPairingType = { PairingType: { QR_CODE: 'QR_CODE', ALT_DEVICE_LINKING: 'ALT' } };
  page.modules.WAWebAltDeviceLinkingApi = {
    setPairingType: (type) => steps.push(type),
    getPairingType: () => 'ALT',
    initializeAltDeviceLinking: async () => steps.push('prepare'),
    initializeQRLinking: async () => steps.push('back'),
    startAltLinkingFlow: async (phone, notify) => {
      steps.push([phone, notify]);
      if (refuse.error) throw refuse.error;
      return 'ABCDEFGH';
    },
  };
  page.inject();
  await settle();
  const ask = (args) => page.call('pairing_code', { phone: '5511900000001', notify: false, ...args });
  assert.equal((await ask()).err.kind, 'not_ready');
  page.conn.set({ ref: 'a', refTTL: 1000 });
  assert.deepEqual(await ask(), { ok: { code: 'ABCDEFGH' } });
  assert.deepEqual(steps, ['ALT', 'prepare', ['5511900000001', false]]);
  assert.equal((await ask({ phone: '+55 11' })).err.kind, 'invalid_phone');
  for (const [error, kind] of [
    [{ name: 'NoiseInfoIsNullError' }, 'not_ready'],
    [{ name: 'CompanionHelloError', type: { name: 'IQErrorRateOverlimit' } }, 'rate_limited'],
    [{ name: 'CompanionHelloError', type: { name: 'IQErrorBadRequest' } }, 'invalid_phone'],
    [{ name: 'CompanionHelloError', type: { name: 'IQErrorForbidden' } }, 'page'],
  ]) {
    refuse.error = Object.assign(new Error('5511900000001'), error);
    assert.equal((await ask()).err.kind, kind);
  }
  page.registered = true;
  assert.equal((await ask()).err.kind, 'already_authenticated');
});
