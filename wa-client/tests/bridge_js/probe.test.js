'use strict';

const assert = require('node:assert/strict');
const { mock, test } = require('node:test');
const { FakePage, settle } = require('./fake_page.js');

const status = (probe, name) => probe.report.find((line) => line.capability === name);

/** A page on a clock of its own. */
function pageOnClock(t, options) {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const page = new FakePage(options);
  let now = 0;
  Object.assign(page.context, { setTimeout, clearTimeout, performance: { now: () => now } });
  page.pass = async (ms) => {
    for (let step = 0; step < ms; step += 10) {
      now += 10;
      mock.timers.tick(10);
      await settle(2);
    }
    await settle();
  };
  return page;
}

for (const unknown of ['undefined', 'throw']) {
  for (const table of [true, false]) {
    test(`a page is usable when everything is there (unknown: ${unknown}, table of modules: ${table})`, async () => {
      const page = new FakePage({ unknown, table });
      page.inject();
      await settle();
      const [probe] = page.events('probe');
      assert.ok(probe.report.filter((line) => line.core).every((line) => line.status === 'ok'));
      assert.equal(status(probe, 'mark_seen').status, 'missing');
      assert.deepEqual(status(probe, 'mark_seen').tried, ['WAWebUpdateUnreadChatAction.sendSeen']);
      assert.equal(page.events('state').length, 1);
    });

    test(`a missing core module is named in time (unknown: ${unknown}, table of modules: ${table})`, async (t) => {
      const page = pageOnClock(t, { unknown, table });
      delete page.modules.WAWebFindChatAction;
      page.inject();
      await page.pass(3000);
      const probe = page.events('probe').at(-1);
      assert.equal(probe.complete, true);
      const missing = probe.report.filter((line) => line.core && line.status === 'missing');
      assert.deepEqual(missing.map((line) => [line.module, line.export]), [['WAWebFindChatAction', 'findOrCreateLatestChat']]);
      assert.equal(page.events('state').length, 0);
    });
  }
}

test('a module without the export is not taken for present', async (t) => {
  const page = pageOnClock(t);
  page.modules.WAWebSocketModel = {};
  page.inject();
  await page.pass(3000);
  assert.equal(status(page.events('probe').at(-1), 'socket').status, 'missing');
});

test('an export of another shape is named with what is wrong', async (t) => {
  const page = pageOnClock(t);
  page.modules.WAWebSocketModel = { Socket: { on: () => {}, state: 7 } };
  page.modules.WAWebFindChatAction = { findOrCreateLatestChat: 'moved' };
  page.modules.WAWebUserPrefsMeUser.isMeAccount = () => ({ me: true });
  page.modules.WAWebWidFactory = { createWid: () => { throw new Error('of the page'); } };
  page.inject();
  await page.pass(3000);
  const probe = page.events('probe').at(-1);
  assert.equal(probe.complete, true);
  const problems = ['socket', 'find_chat', 'create_wid'].map((name) => status(probe, name).problem);
  assert.deepEqual(problems, ['lacks state, stream', 'not a function', 'fails when asked']);
  assert.equal(page.events('state').length, 0);
});

test('keys that are never answered end the probe, and one that answers elsewhere serves', async (t) => {
  for (const never of [() => new Promise(() => {}), () => Promise.reject(new Error('of the page')), async () => ({ odd: 1 })]) {
    const page = pageOnClock(t, { registered: false });
    page.modules.WAWebUserPrefsInfoStore.waNoiseInfo.get = never;
    page.modules.WAWebAdvSignatureApi.getADVSecretKey = never;
    page.modules.WAWebUserPrefsMultiDevice.getADVSecretKey = () => 'secret-of-old';
    page.conn.set({ ref: 'a', refTTL: 60_000 });
    page.inject();
    await page.pass(1000);
    assert.ok(page.events('probe').at(-1).report.filter((line) => line.core).every((line) => line.status === 'ok'));
    await page.pass(3500);
    const probe = page.events('probe').at(-1);
    assert.deepEqual([probe.complete, status(probe, 'noise_keys').status, status(probe, 'adv_secret').status], [true, 'missing', 'fallback']);
    mock.timers.reset();
  }
});

test('a model that cannot be listened to is as good as gone', async (t) => {
  const page = pageOnClock(t);
  page.cmd.on = () => {
    throw new Error('of the page');
  };
  page.inject();
  await page.pass(3000);
  const probe = page.events('probe').at(-1);
  assert.deepEqual([probe.complete, status(probe, 'commands').problem], [true, 'cannot be listened to']);
});

test('modules that come bit by bit are waited for', async (t) => {
  const page = pageOnClock(t);
  const late = { ...page.modules };
  for (const name of Object.keys(page.modules)) delete page.modules[name];
  page.inject();
  await page.pass(5000);
  assert.deepEqual(page.events('probe'), [], 'an empty page is not an incompatible one');
  for (const [name, module] of Object.entries(late)) {
    page.modules[name] = module;
    await page.pass(100);
  }
  await page.pass(300);
  const [probe] = page.events('probe');
  assert.ok(probe.report.filter((line) => line.core).every((line) => line.status === 'ok'));
  assert.equal(page.events('state').length, 1);
});

test('what arrives late is reported and attached', async (t) => {
  const page = pageOnClock(t);
  const module = page.modules.WAWebUpdateReactionMessageUIAction;
  const original = module.updateReactionCollection;
  delete page.modules.WAWebUpdateReactionMessageUIAction;
  page.inject();
  await page.pass(40_000);
  const told = page.events('probe').length;
  assert.equal(status(page.events('probe').at(-1), 'reactions').status, 'missing');
  page.modules.WAWebUpdateReactionMessageUIAction = module;
  page.stream.set({ mode: 'SYNCING' });
  await page.pass(500);
  assert.equal(page.events('probe').length, told + 1);
  assert.equal(status(page.events('probe').at(-1), 'reactions').status, 'ok');
  assert.notEqual(module.updateReactionCollection, original);
});

test('a fallback serves, and a place of the configuration comes first', async () => {
  const page = new FakePage();
  const { MsgCollection } = page.modules.WAWebMsgCollection;
  page.modules.WAWebMsgCollection = {};
  page.modules.WAWebCollections = { default: { Msg: MsgCollection } };
  page.modules['New.Socket.react'] = { theSocket: page.socket };
  page.inject({ overrides: { socket: ['New.Socket.react.theSocket'], exists: ['Nowhere.nothing'], nonsense: ['X.y'] } });
  await settle();
  const [probe] = page.events('probe');
  assert.deepEqual(status(probe, 'messages'), { capability: 'messages', core: true, status: 'fallback', module: 'WAWebCollections', export: 'default.Msg' });
  assert.deepEqual(status(probe, 'socket'), { capability: 'socket', core: true, status: 'ok', module: 'New.Socket.react', export: 'theSocket' });
  assert.equal(status(probe, 'exists').status, 'fallback');
  assert.deepEqual(page.events('fault').map(({ where }) => where), ['overrides'], 'a name that nobody knows is told');
});

test('modules are not run before the page has booted, unless it never says so', async (t) => {
  const page = pageOnClock(t);
  delete page.context.Debug;
  let asked = 0;
  const { importNamespace } = page.context;
  page.context.importNamespace = (name) => {
    asked += 1;
    return importNamespace(name);
  };
  page.inject();
  await page.pass(1000);
  assert.equal(asked, 0);
  await page.pass(1500);
  assert.equal(page.events('probe').length > 0, true);
});

test('what only a linked account needs may come after login, and is missed then', async (t) => {
  const page = pageOnClock(t, { registered: false });
  const { WAWebMsgCollection, WAWebSendMsgChatAction } = page.modules;
  delete page.modules.WAWebMsgCollection;
  delete page.modules.WAWebSendMsgChatAction;
  page.inject();
  await page.pass(3000);
  const atLogin = page.events('probe').at(-1);
  assert.deepEqual([status(atLogin, 'messages').core, status(atLogin, 'messages').status], [false, 'missing']);
  assert.equal(page.events('state').length, 1, 'the login screen is watched');

  page.registered = true;
  page.stream.set({ mode: 'SYNCING' });
  page.modules.WAWebMsgCollection = WAWebMsgCollection;
  await page.pass(500);
  page.add({ id: '3EB0FIRST' });
  await page.pass(100);
  assert.deepEqual(page.events('message').map((message) => message.id), ['3EB0FIRST']);
  await page.pass(3000);
  const linked = page.events('probe').at(-1);
  assert.deepEqual([linked.complete, status(linked, 'send_message').core, status(linked, 'send_message').status], [true, true, 'missing']);

  page.modules.WAWebSendMsgChatAction = WAWebSendMsgChatAction;
  await page.pass(40_000);
  assert.equal(status(page.events('probe').at(-1), 'send_message').status, 'ok', 'found later all the same');
});
