'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { linkedPage, Model, Wid, OWN, BOB, settle } = require('./fake_page.js');

async function sendingPage() {
  const page = await linkedPage();
  page.text = (text, args = {}) => page.call('send_text', { id: `3EB0${text}`, to: { phone: BOB.phone }, text, ...args });
  return page;
}

test('a message goes out under the chosen id with its exact text', async () => {
  const page = await sendingPage();
  const { ok } = await page.text(' hi ');
  assert.deepEqual(ok, {
    key: `true_${BOB.lid}_3EB0 hi `, chat: BOB.lid, wid: BOB.lid, t: 1_780_000_000, ack: 0, duplicate: false, resent: false,
  });
  assert.deepEqual(page.sent.map((message) => [message.chat, message.body, message.id]), [[BOB.lid, ' hi ', '3EB0 hi ']]);
  page.sent[0].fate.resolve({ messageSendResult: 'ERROR_UNKNOWN', ackErrorCode: 463 });
  await settle();
  assert.deepEqual(page.events('send_result'), [{ key: ok.key, id: '3EB0 hi ', result: 'ERROR_UNKNOWN', code: 463 }]);
});

test('a rejected send is told by name', async () => {
  const page = await sendingPage();
  await page.text('x');
  page.sent[0].fate.reject(Object.assign(new Error('Contact is blocked'), { name: 'ContactBlocked' }));
  await settle();
  assert.deepEqual(page.events('send_result').map((fate) => [fate.result, fate.name]), [['REJECTED', 'ContactBlocked']]);
});

test('what could not be prepared was not sent, and its id is free again', async () => {
  const page = await sendingPage();
  const { send } = page;
  page.send = (chat, data) => {
    page.put(new Model(data));
    const failed = Promise.reject(new Error('storage is full'));
    return [failed, failed.catch(() => new Promise(() => {}))];
  };
  const { err } = await page.text('x');
  assert.deepEqual([err.kind, err.detail?.maybeSent ?? false], ['page', false]);
  assert.equal(page.messages.get(`true_${BOB.lid}_3EB0x`), undefined);
  assert.deepEqual(page.events('removed'), [], 'it was never there');
  page.send = send;
  const { ok } = await page.text('x');
  assert.deepEqual([ok.duplicate, page.sent.length], [false, 1]);
});

test('what fails before the page has the message is not sent', async () => {
  const page = await sendingPage();
  page.send = () => {
    throw new Error('of the page');
  };
  const { err } = await page.text('x');
  assert.deepEqual([err.kind, err.detail?.maybeSent ?? false], ['page', false]);
});

test('what fails, or answers otherwise, after the page has the message has sent it', async () => {
  for (const answer of [() => undefined, () => Promise.resolve(1), () => [null], () => ({ sent: true }), () => {
    throw new Error('too late');
  }]) {
    const page = await sendingPage();
    page.send = (chat, data) => {
      page.put(new Model(data));
      return answer();
    };
    const { ok } = await page.text('x');
    assert.deepEqual([ok.duplicate, ok.ack], [false, 0]);
  }
});

test('an answer of another shape without a message leaves it in doubt', async () => {
  const page = await sendingPage();
  page.send = () => [Promise.resolve(null), new Promise(() => {})];
  const { err } = await page.text('x');
  assert.deepEqual([err.kind, err.detail.maybeSent], ['page', true]);
  page.send = () => new Promise(() => {});
  const never = await page.text('y', { deadlineMs: 50 });
  assert.deepEqual([never.err.kind, never.err.detail.maybeSent], ['timeout', true]);
});

test('calls to one recipient keep their order, however long each look-up takes', async () => {
  const page = await sendingPage();
  const find = page.modules.WAWebFindChatAction.findOrCreateLatestChat;
  let calls = 0;
  page.modules.WAWebFindChatAction.findOrCreateLatestChat = async (wid) => {
    calls += 1;
    // Later calls come back earlier: time is what is tested.
    await new Promise((resolve) => setTimeout(resolve, 12 - 3 * calls));
    return find(wid);
  };
  const texts = ['a', 'b', 'c', 'd'];
  await Promise.all(texts.map((text) => page.text(text)));
  assert.deepEqual(page.sent.map((message) => message.body), texts);
});

test('recipients do not wait for each other', async () => {
  const page = await sendingPage();
  page.modules.WAWebQueryExistsJob.queryWidExists = () => new Promise(() => {});
  const stuck = page.text('a', { deadlineMs: 30 });
  assert.ok((await page.text('b', { to: { chat: '100000000000009@lid' } })).ok);
  assert.equal((await stuck).err.kind, 'timeout');
});

test('numbers are looked up once at a time, and not at all when the address is known', async () => {
  const page = await sendingPage();
  let asked = 0;
  page.modules.WAWebQueryExistsJob.queryWidExists = async () => {
    asked += 1;
    return { wid: new Wid(BOB.lid) };
  };
  await Promise.all(['a', 'b', 'c'].map((text) => page.text(text)));
  assert.equal(asked, 1);
  await page.text('d', { wid: BOB.lid });
  assert.equal(asked, 1);
});

test('the same id makes one message, also when asked for at the same time', async () => {
  const page = await sendingPage();
  const answers = await Promise.all([page.text('a'), page.text('a'), page.text('a')]);
  assert.deepEqual(answers.map((answer) => answer.ok.duplicate), [false, true, true]);
  page.messages.get(answers[0].ok.key).set({ ack: 2 });
  const { ok } = await page.text('a');
  assert.deepEqual([ok.duplicate, ok.ack, page.sent.length], [true, 2, 1]);
});

test('what the page has only in its database is a duplicate as well', async () => {
  const page = await sendingPage();
  const stored = page.add({ fromMe: true, id: '3EB0a', ack: 1 });
  page.messages.models.delete(String(stored.id));
  page.messages.getMessagesById = async ([key]) => ({ messages: key === String(stored.id) ? [stored] : [] });
  const { ok } = await page.text('a');
  assert.deepEqual([ok.duplicate, ok.ack, page.sent.length], [true, 1, 0]);
});

test('a send whose time is up before it was handed over is never made', async () => {
  const page = await sendingPage();
  const chat = Promise.withResolvers?.() ?? {};
  chat.promise ??= new Promise((resolve) => (chat.resolve = resolve));
  page.modules.WAWebFindChatAction.findOrCreateLatestChat = () => chat.promise;
  const { err } = await page.text('a', { deadlineMs: 5 });
  assert.deepEqual([err.kind, err.detail], ['timeout', { maybeSent: false }]);
  chat.resolve({ chat: page.chat(BOB.lid) });
  await settle();
  assert.deepEqual(page.sent, []);
});

test('a send that the page took but did not confirm in time may have been sent', async () => {
  const page = await sendingPage();
  page.modules.WAWebSendMsgChatAction.addAndSendMsgToChat = () => [new Promise(() => {}), new Promise(() => {})];
  const { err } = await page.text('a', { deadlineMs: 5 });
  assert.deepEqual([err.kind, err.detail], ['timeout', { maybeSent: true }]);
});

test('refusals have kinds', async () => {
  const page = await sendingPage();
  page.chats.set('120363000000000001@g.us', { id: new Wid('120363000000000001@g.us'), canSend: false });
  const cases = [
    [{ to: { phone: '5511900009999' } }, 'not_registered'],
    [{ to: { phone: '0123456' } }, 'invalid_phone'],
    [{ to: { chat: 'nonsense' } }, 'invalid_argument'],
    [{ to: { chat: '120363000000000001@g.us' } }, 'send_failed'],
    [{ to: { chat: '120363000000000002@g.us' } }, 'send_failed'],
    [{ text: ' \n' }, 'invalid_argument'],
    [{ quoted: 'false_1@lid_3EB0' }, 'invalid_argument'],
  ];
  for (const [args, kind] of cases) assert.equal((await page.text('a', args)).err?.kind, kind, JSON.stringify(args));
  page.stream.set({ mode: 'QR' });
  assert.equal((await page.text('a')).err.kind, 'not_ready');
  assert.deepEqual(page.sent, []);
});

test('a document without the application is one that is not ready', async () => {
  const page = await sendingPage();
  page.modules = {};
  assert.equal((await page.text('a')).err.kind, 'not_ready');
});

test('marking as seen never fails a send', async () => {
  const page = await sendingPage();
  page.modules.WAWebUpdateUnreadChatAction = { sendSeen: async () => { throw new Error('no'); } };
  assert.ok((await page.text('a', { seen: true })).ok);
});

test('the state of a message is told from memory or database', async () => {
  const page = await sendingPage();
  const msg = page.add({ fromMe: true, id: '3EB0S', ack: -1, isSendFailure: true, errorCode: 463 });
  assert.deepEqual((await page.call('message_status', { key: String(msg.id) })).ok, { found: true, ack: -1, failed: 'refused', code: '463' });
  assert.deepEqual((await page.call('message_status', { key: 'true_1@lid_3EB0X' })).ok, { found: false });
});

test('a message is found by its id alone, in memory or stored, and only if it is ours', async () => {
  const page = await sendingPage();
  const status = async (id) => (await page.call('message_status', { id })).ok;
  page.chat(BOB.lid);
  page.chats.set('120363000000000001@g.us', { id: new Wid('120363000000000001@g.us') });
  const stored = [page.add({ fromMe: true, id: '3EB0S', ack: 1 }), page.add({ fromMe: true, id: '3EB0G', ack: 3, chat: '120363000000000001@g.us' })];
  stored[1].id.participant = new Wid(OWN.lid);
  page.messages.models.clear();
  page.add({ fromMe: true, id: '3EB0M', ack: 2 });
  page.add({ fromMe: false, id: '3EB0THEIRS', ack: 2 });
  page.messages.getMessagesById = async (keys) => ({ messages: stored.filter((msg) => keys.includes(String(msg.id))) });
  assert.deepEqual([await status('3EB0M'), await status('3EB0S'), await status('3EB0G')].map((it) => it.ack), [2, 1, 3]);
  assert.deepEqual(await status('3EB0THEIRS'), { found: false });
});

test('what was given up with its document is told apart from what was refused, everywhere alike', async () => {
  const page = await sendingPage();
  const cases = [
    [{ ack: 0, isSendFailure: true }, 'given_up'],
    [{ ack: 0, isSendFailure: true, errorCode: 475 }, 'refused'],
    [{ ack: -1, isSendFailure: true }, 'refused'],
    [{ ack: 1, isSendFailure: true }, undefined],
  ];
  for (const [index, [{ isSendFailure, ...values }, failed]] of cases.entries()) {
    const msg = page.add({ fromMe: true, id: `3EB0F${index}`, isNewMsg: undefined, ...values });
    msg.set({ isSendFailure });
    await settle();
    const [told] = page.events('ack').filter((event) => event.id === `3EB0F${index}`);
    assert.equal(values.ack < 0 ? failed : told.failed, failed);
    assert.equal((await page.call('message_status', { key: String(msg.id) })).ok.failed, failed);
  }
});

test('a page that cannot even begin to send again leaves the message in doubt', async () => {
  const page = await sendingPage();
  page.modules.WAWebResendMsgAction = {
    resendMsg: () => {
      throw new TypeError('of the page');
    },
  };
  page.add({ fromMe: true, id: '3EB0x', body: 'x', ack: 0, isSendFailure: true, isNewMsg: undefined });
  const { ok } = await page.text('x');
  assert.deepEqual([ok.duplicate, ok.resent, page.sent.length], [true, false, 0]);
  assert.deepEqual(page.events('fault').map((told) => told.where), ['resend']);
});

test('what is known of a group is loaded before the message is made, if it can be', async () => {
  const page = await sendingPage();
  const id = '120363000000000003@g.us';
  const chat = { id: new Wid(id), canSend: true };
  page.chats.set(id, chat);
  const order = [];
  const { createTextMsgData } = page.modules.WAWebSendTextMsgChatAction;
  page.modules.WAWebSendTextMsgChatAction.createTextMsgData = (...args) => {
    order.push('message');
    return createTextMsgData(...args);
  };
  page.modules.WAWebGroupMetadataCollection = { default: { find: async (wid) => order.push(`metadata of ${wid}`) } };
  const send = (n) => page.call('send_text', { id: `3EB0${n}`, to: { chat: id }, text: 'x' });
  assert.ok((await send(1)).ok);
  page.modules.WAWebGroupMetadataCollection.default.find = async () => {
    throw new Error('no');
  };
  assert.ok((await send(2)).ok, 'a courtesy that must not fail anything');
  chat.groupMetadata = { participants: [1] };
  assert.ok((await send(3)).ok);
  assert.deepEqual(order, [`metadata of ${id}`, 'message', 'message', 'message']);
});

test('a message that the page gave up when it was loaded anew is sent again under its id, once', async () => {
  const page = await sendingPage();
  const resent = [];
  page.modules.WAWebResendMsgAction = {
    resendMsg: (msg) => {
      msg.set({ isSendFailure: false });
      return new Promise((resolve) => resent.push({ id: msg.id.id, resolve }));
    },
  };
  const msg = page.add({ fromMe: true, id: '3EB0x', body: 'x', ack: 0, isSendFailure: true, isNewMsg: undefined });
  const { ok } = await page.text('x');
  assert.deepEqual([ok.duplicate, ok.resent, ok.key], [true, true, String(msg.id)]);
  const again = await page.text('x');
  assert.deepEqual([again.ok.duplicate, again.ok.resent], [true, false], 'it is on its way');
  assert.deepEqual([resent.map(({ id }) => id), page.sent.length], [['3EB0x'], 0]);
  resent[0].resolve('OK');
  await settle();
  assert.deepEqual(page.events('send_result').map((fate) => [fate.id, fate.result]), [['3EB0x', 'OK']]);
});

test('a message that the server refused is not sent again', async () => {
  const page = await sendingPage();
  page.modules.WAWebResendMsgAction = { resendMsg: () => assert.fail('resent') };
  page.add({ fromMe: true, id: '3EB0x', body: 'x', ack: -1, isSendFailure: true, isNewMsg: undefined });
  page.add({ fromMe: true, id: '3EB0y', body: 'y', ack: 0, isSendFailure: true, errorCode: 475, isNewMsg: undefined });
  for (const text of ['x', 'y']) assert.equal((await page.text(text)).ok.resent, false);
});
