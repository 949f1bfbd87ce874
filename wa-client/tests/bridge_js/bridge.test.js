'use strict';

const assert = require('node:assert/strict');
const vm = require('node:vm');
const { test } = require('node:test');
const { FakePage, BOB, settle } = require('./fake_page.js');

test('the binding and the entry point leave no trace', () => {
  const page = new FakePage();
  const before = Object.keys(page.context);
  page.inject();
  assert.equal(page.context.thebinding, undefined);
  assert.ok(!Object.keys(page.context).includes('thehandle'), 'the entry point cannot be enumerated');
  assert.equal(typeof page.entry().call, 'function');
  assert.deepEqual(Object.keys(page.context), before.filter((name) => name !== 'thebinding'));
});

test('a second run in the same document, and a run in a frame, do nothing', async () => {
  const page = new FakePage();
  page.inject();
  page.inject();
  await settle();
  assert.equal(page.events('hello').length, 1);

  const frame = new FakePage();
  frame.context.top = {};
  frame.inject();
  await settle();
  assert.equal(frame.context.thebinding, undefined, 'a frame does not keep the binding either');
  assert.equal(frame.context.thehandle, undefined);
  assert.deepEqual(frame.batches, []);
});

test('hello comes first and has no fragment', async () => {
  const page = new FakePage();
  page.inject();
  await settle();
  const [first] = page.events();
  assert.deepEqual([first.n, first.e], [1, 'hello']);
  assert.deepEqual(first.d, { url: 'https://web.example/?post_logout=1', userAgent: 'Test' });
});

test('events are numbered without gaps and split into batches below the limit', async () => {
  const page = new FakePage();
  page.inject({ limits: { batch: 4000, text: 65_536 } });
  await settle();
  page.batches.length = 0;
  const first = page.add({ id: '3EB0A0', body: 'x'.repeat(1500) });
  for (let i = 1; i < 6; i += 1) page.add({ id: `3EB0A${i}`, body: 'x'.repeat(1500) });
  await settle();
  assert.ok(page.batches.length >= 3, 'several batches');
  for (const batch of page.batches) assert.ok(batch.length <= 4000, `${batch.length}`);
  const numbers = page.events().map((event) => event.n);
  assert.deepEqual(numbers, numbers.map((_n, i) => numbers[0] + i));
  assert.deepEqual(page.events('message').map((message) => message.id), ['3EB0A0', '3EB0A1', '3EB0A2', '3EB0A3', '3EB0A4', '3EB0A5']);
  assert.ok(first);
});

test('texts are made well formed', async () => {
  const page = new FakePage();
  page.inject();
  await settle();
  page.add({ body: `a\uD800b\uDC00c\u{1F44D}` });
  await settle();
  assert.equal(page.events('message')[0].body, 'a\uFFFDb\uFFFDc\u{1F44D}');
  assert.ok(page.batches.every((batch) => batch.isWellFormed?.() ?? true));
});

test('a failing listener is a masked fault, and the page does not notice', async () => {
  const page = new FakePage();
  page.inject();
  await settle();
  page.modules.WAWebUserPrefsMeUser.getMaybeMePnUser = () => {
    throw new Error(`nobody may read ${BOB.phone} or this text`);
  };
  for (let i = 0; i < 20; i += 1) page.add({ id: `3EB0F${i}`, body: 'x' });
  await settle();
  const faults = page.events('fault');
  assert.ok(faults.length >= 1 && faults.length <= 6, `${faults.length} faults`);
  assert.equal(JSON.stringify(page.events('fault')).includes(BOB.phone), false);
  assert.deepEqual([faults[0].where, faults[0].name, faults[0].message], ['add', 'Error', '']);
});

test('calls always answer', async () => {
  const page = new FakePage();
  page.inject();
  await settle();
  assert.equal((await page.call('no_such_operation')).err.kind, 'capability_unavailable');
  assert.deepEqual((await page.call('ping')).ok, {});
  await settle();
  const states = page.events('state');
  assert.equal((await page.call('ping')).ok !== undefined && states.at(-1).registered, true);
  await settle();
  assert.equal(page.events('state').length, states.length + 1, 'each proof of life tells the state, changed or not');
  assert.equal(JSON.parse(await page.handle.call('ping', 'no json')).err.kind, 'page');

  delete page.modules.WAWebQueryExistsJob;
  const { err } = await page.call('exists', { phone: BOB.phone });
  assert.deepEqual([err.kind, err.detail], ['capability_unavailable', { capability: 'exists' }]);
});

test('errors of the page are told by kind and name, without their message', async () => {
  const page = new FakePage();
  page.inject();
  await settle();
  const cases = [
    [{ name: 'ServerStatusCodeError', status: 429 }, 'rate_limited', { status: 429 }],
    [{ name: 'ServerStatusCodeError', status: 500 }, 'page', { status: 500 }],
    [{ name: `x ${BOB.phone}\n` }, 'page', undefined],
  ];
  for (const [thrown, kind, detail] of cases) {
    page.modules.WAWebQueryExistsJob.queryWidExists = async () => {
      throw Object.assign(new Error(`about ${BOB.phone}`), thrown);
    };
    const answer = await page.call('exists', { phone: BOB.phone });
    assert.deepEqual([answer.err.kind, answer.err.detail], [kind, detail]);
    assert.equal(JSON.stringify(answer).includes(BOB.phone), false);
  }
});

test('a call gives up at its deadline', async () => {
  const page = new FakePage();
  page.inject();
  await settle();
  page.modules.WAWebQueryExistsJob.queryWidExists = () => new Promise(() => {});
  const { err } = await page.call('exists', { phone: BOB.phone, deadlineMs: 5 });
  assert.equal(err.kind, 'timeout');
  page.modules.WAWebQueryExistsJob.queryWidExists = async () => null;
  assert.deepEqual((await page.call('exists', { phone: BOB.phone })).ok, { registered: false }, 'the next one asks anew');
});

test('nothing of the configuration is seen by the page', () => {
  const page = new FakePage();
  page.inject();
  assert.equal(vm.runInContext('typeof config', page.context), 'undefined');
  assert.equal(vm.runInContext('typeof emit', page.context), 'undefined');
});
