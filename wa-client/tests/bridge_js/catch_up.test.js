'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { linkedPage, BOB, settle } = require('./fake_page.js');

test('catching up tells what was not told, oldest first, within bounds', async () => {
  const page = await linkedPage();
  const live = page.add({ id: '3EB0LIVE', t: 50 });
  const stored = [10, 20, 30, 40].map((t) => page.add({ id: `3EB0T${t}`, t, isNewMsg: undefined }));
  const chat = page.chat(BOB.lid);
  const loaded = [stored[3], live];
  Object.assign(chat, { t: 50, msgs: { head: () => loaded[0], getModelsArray: () => loaded } });
  page.modules.WAWebChatLoadMessages = {
    loadEarlierMsgs: async ({ chat: asked }) => {
      assert.equal(asked, chat);
      const next = stored[stored.indexOf(loaded[0]) - 1];
      if (next) loaded.unshift(next);
      return next ? [next] : undefined;
    },
  };
  const ids = async (args) => {
    const { ok } = await page.call('catch_up', args);
    return [ok.messages.map((message) => [message.t, message.live]), ok.truncated];
  };
  assert.deepEqual(await ids({ since: 20, max: 10 }), [[[20, false], [30, false], [40, false]], false]);
  assert.deepEqual(await ids({ since: 20, max: 2 }), [[[20, false], [30, false]], true]);
  assert.deepEqual(await ids({ since: 20, max: 2 }), [[[20, false], [30, false]], true], 'nothing is lost when the answer was');
  assert.deepEqual(await ids({ since: 20, max: 2, more: true }), [[[40, false]], false]);
  assert.deepEqual(await ids({ since: 60, max: 2 }), [[], false]);
});

/** A chat whose messages are all in memory. */
function loadedChat(page, id, messages) {
  Object.assign(page.chat(id), { t: Math.max(...messages.map((msg) => msg.t)), msgs: { getModelsArray: () => messages } });
}

test('a chat that fails, or an odd message, holds up nothing else', async () => {
  const page = await linkedPage();
  const good = page.add({ id: '3EB0GOOD', t: 30, isNewMsg: undefined });
  const odd = page.add({ id: '3EB0ODD', t: 20, isNewMsg: undefined });
  Object.defineProperty(odd, 'mentionedJidList', { get: () => { throw new Error('odd'); } });
  loadedChat(page, BOB.lid, [odd, good]);
  loadedChat(page, '100000000000003@lid', [page.add({ id: '3EB0BAD', chat: '100000000000003@lid', t: 10, isNewMsg: undefined })]);
  page.modules.WAWebChatLoadMessages = {
    loadEarlierMsgs: async ({ chat }) => {
      if (String(chat.id) === BOB.lid) return undefined;
      throw new Error('storage');
    },
  };
  const { ok } = await page.call('catch_up', { since: 5, max: 10 });
  assert.deepEqual([ok.messages.map((message) => message.id), ok.truncated, ok.failed], [['3EB0BAD', '3EB0GOOD'], false, 1]);
});

test('an answer of nothing from a chat that has more is a failure', async () => {
  const page = await linkedPage();
  const messages = [page.add({ t: 10, isNewMsg: undefined })];
  loadedChat(page, BOB.lid, messages);
  page.chat(BOB.lid).msgs.msgLoadState = { noEarlierMsgs: false };
  page.modules.WAWebChatLoadMessages = { loadEarlierMsgs: async () => [] };
  assert.equal((await page.call('catch_up', { since: 5, max: 10 })).ok.failed, 1);
  page.chat(BOB.lid).msgs.msgLoadState.noEarlierMsgs = true;
  assert.equal((await page.call('catch_up', { since: 5, max: 10 })).ok.failed, 0);
});

test('a late message with an old time does not end the search', async () => {
  const page = await linkedPage();
  const at = (t) => page.add({ id: `3EB0T${t}`, t, isNewMsg: undefined });
  const pages = [[at(20), at(30)], [at(1), at(40)]];
  const loaded = [at(50)];
  Object.assign(page.chat(BOB.lid), { t: 50, msgs: { getModelsArray: () => loaded } });
  page.modules.WAWebChatLoadMessages = {
    loadEarlierMsgs: async () => {
      const next = pages.pop();
      if (next) loaded.unshift(...next);
      return next;
    },
  };
  const { ok } = await page.call('catch_up', { since: 10, max: 10 });
  assert.deepEqual(ok.messages.map((message) => message.t), [20, 30, 40, 50]);
});

test('more messages than are remembered come to an end, each once', async () => {
  const page = await linkedPage();
  const messages = Array.from({ length: 25_000 }, (_, n) => {
    const msg = page.add({ id: `3EB0${n}`, t: 1000 + n, isNewMsg: undefined });
    return msg;
  });
  loadedChat(page, BOB.lid, messages);
  page.modules.WAWebChatLoadMessages = { loadEarlierMsgs: async () => undefined };
  const seen = new Set();
  let answer;
  do {
    answer = (await page.call('catch_up', { since: 1, max: 1000, more: seen.size > 0 })).ok;
    for (const message of answer.messages) {
      assert.ok(!seen.has(message.id), 'told twice');
      seen.add(message.id);
    }
  } while (answer.truncated);
  assert.equal(seen.size, 25_000);
});

test('a message that is longer than an answer is told alone; what was lost is told again', async () => {
  const page = await linkedPage();
  const long = page.add({ id: '3EB0LONG', t: 10, body: '\u0001'.repeat(65_000) });
  loadedChat(page, BOB.lid, [long, page.add({ id: '3EB0NEXT', t: 20 })]);
  page.modules.WAWebChatLoadMessages = { loadEarlierMsgs: async () => undefined };
  await settle();
  assert.deepEqual((await page.call('catch_up', { since: 5, max: 10 })).ok.messages, [], 'both were told as live messages');
  const first = (await page.call('catch_up', { since: 5, max: 10, lost: true })).ok;
  assert.deepEqual([first.messages.map((message) => message.id), first.truncated], [['3EB0LONG'], true]);
  const second = (await page.call('catch_up', { since: 5, max: 10, lost: true, more: true })).ok;
  assert.deepEqual([second.messages.map((message) => message.id), second.truncated], [['3EB0NEXT'], false]);
});
