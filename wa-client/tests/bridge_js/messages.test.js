'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { FakePage, linkedPage, MsgKey, Wid, BOB, OWN, settle } = require('./fake_page.js');

const KEY = `false_${BOB.lid}_3EB0IN`;

test('a message carries both forms of its people', async () => {
  const page = await linkedPage();
  page.add({ body: 'hello', notifyName: 'Bob', ack: 1, quotedStanzaID: '3EB0Q', quotedParticipant: new Wid(OWN.lid), mentionedJidList: [new Wid(OWN.lid)] });
  await settle();
  assert.deepEqual(page.events('message')[0], {
    key: KEY, id: '3EB0IN', chat: BOB.lid, from: BOB.lid, to: OWN.pn, fromMe: false,
    phone: BOB.phone, lid: BOB.lid, chatPhone: BOB.phone, chatLid: BOB.lid,
    type: 'chat', body: 'hello', t: 1_780_000_000, ack: 1, notifyName: 'Bob',
    quoted: `true_${BOB.lid}_3EB0Q`, mentions: [OWN.lid], system: false, live: true, hasMedia: false, ciphertext: false,
  });
});

test('only what is new is told, once; ghosts are marked and placeholders left out', async () => {
  const page = await linkedPage();
  page.add({ id: '3EB0OLD', isNewMsg: undefined });
  page.add({ id: '3EB0QUOTE', fromQuotedMsg: true });
  page.add({ id: '3EB0GHOST', type: 'e2e_notification', subtype: 'encrypt' });
  const msg = page.add({ id: '3EB0NEW' });
  page.messages.trigger('add', msg, page.messages, {});
  await settle();
  assert.deepEqual(page.events('message').map((message) => [message.id, message.system]), [['3EB0GHOST', true], ['3EB0NEW', false]]);
});

test('a caption is the text of media, a thumbnail is not', async () => {
  const page = await linkedPage();
  page.add({ type: 'image', body: 'dGh1bWI=', caption: 'look' });
  page.add({ id: '3EB0L', type: 'location', body: 'dGh1bWI=' });
  await settle();
  assert.deepEqual(page.events('message').map((message) => [message.body, message.hasMedia]), [['look', true], [undefined, false]]);
});

test('both shapes of keys are read', async () => {
  const page = await linkedPage();
  page.add({ id: '3EB0A' });
  const old = { fromMe: false, remote: new Wid(BOB.lid), id: '3EB0B', _serialized: `false_${BOB.lid}_3EB0B` };
  page.messages.trigger('add', { id: old, from: new Wid(BOB.lid), type: 'chat', isNewMsg: true, t: 1 });
  await settle();
  assert.deepEqual(page.events('message').map((message) => message.key), [`false_${BOB.lid}_3EB0A`, `false_${BOB.lid}_3EB0B`]);
});

test('a ciphertext becomes readable without being taken for an edit', async () => {
  const page = await linkedPage();
  const msg = page.add({ type: 'ciphertext' });
  msg.set({ body: 'late', type: 'chat' });
  await settle();
  assert.equal(page.events('message')[0].ciphertext, true);
  assert.deepEqual(page.events('resolved').map((message) => message.body), ['late']);
  assert.equal(page.events('edit').length, 0);
});

test('an edit tells both texts', async () => {
  const page = await linkedPage();
  const msg = page.add({ body: 'one' });
  msg.set({ latestEditMsgKey: new MsgKey({ fromMe: false, remote: new Wid(BOB.lid), id: '3EB0E' }), ack: undefined, body: 'two' });
  await settle();
  const [edit] = page.events('edit');
  assert.deepEqual([edit.previous, edit.message.body, edit.message.editedKey], ['one', 'two', `false_${BOB.lid}_3EB0E`]);
});

test('a deletion names the deleted message, in memory or not', async () => {
  const page = await linkedPage();
  const msg = page.add({ body: 'one' });
  const gone = msg.id;
  msg.set({ id: new MsgKey({ fromMe: false, remote: new Wid(BOB.lid), id: '3EB0R' }), type: 'revoked', subtype: 'sender', protocolMessageKey: gone, body: undefined });
  const known = page.add({ id: '3EB0KNOWN' });
  const unknown = new MsgKey({ fromMe: false, remote: new Wid(BOB.lid), id: '3EB0UNKNOWN' });
  const inGroup = new MsgKey({ fromMe: false, remote: new Wid('120363000000000001@g.us'), id: '3EB0G', participant: new Wid(BOB.lid) });
  const forged = new MsgKey({ fromMe: true, remote: new Wid(BOB.lid), id: '3EB0MINE' });
  const from = new Wid(BOB.pn);
  await page.messages.processMultipleMessages(new Wid(BOB.lid), [
    { type: 'protocol', subtype: 'sender_revoke', protocolMessageKey: unknown, from },
    { type: 'protocol', subtype: 'sender_revoke', protocolMessageKey: known.id, from },
    { type: 'protocol', subtype: 'sender_revoke', protocolMessageKey: forged, from },
    { type: 'protocol', subtype: 'admin_revoke', protocolMessageKey: forged, from },
    { type: 'protocol', subtype: 'admin_revoke', protocolMessageKey: inGroup, from, author: new Wid(OWN.lid) },
    { type: 'protocol', subtype: 'ephemeral_setting' },
  ]);
  await settle();
  assert.deepEqual(page.events('revoke').map((revoke) => [revoke.key, revoke.by, revoke.message?.type]), [
    [KEY, 'sender', 'revoked'],
    [`false_${BOB.lid}_3EB0UNKNOWN`, 'sender', undefined],
    [`false_120363000000000001@g.us_3EB0G_${BOB.lid}`, 'admin', undefined],
  ]);
  assert.equal(page.events('edit').length, 0);
});

test('a deletion is told behind the message that is still being added', async () => {
  const key = new MsgKey({ fromMe: false, remote: new Wid(BOB.lid), id: '3EB0IN' });
  const queued = new FakePage();
  queued.messages.processMultipleMessages = async () => {
    await settle(2);
    queued.add({ type: 'revoked', protocolMessageKey: key });
  };
  queued.inject();
  await settle();
  await queued.messages.processMultipleMessages(new Wid(BOB.lid), [{ type: 'protocol', subtype: 'sender_revoke', protocolMessageKey: key, from: new Wid(BOB.lid) }]);
  await settle();
  const order = queued.events().map((event) => event.e).filter((name) => ['message', 'revoke'].includes(name));
  assert.deepEqual(order, ['message'], 'it is in memory by then');
});

test('hidden twins and statuses in groups are no messages; the pictures of an album are', async () => {
  const page = await linkedPage();
  page.add({ id: '3EB0HD', type: 'image', viewMode: 'HIDDEN', associationType: 'HD_IMAGE_DUAL_UPLOAD' });
  page.add({ id: '3EB0ALBUM', type: 'image', viewMode: 'HIDDEN', associationType: 'MEDIA_ALBUM' });
  page.add({ id: '3EB0STATUS', isGroupStatus: true });
  await settle();
  assert.deepEqual(page.events('message').map((message) => message.id), ['3EB0ALBUM']);
});

test('edits and receipts of what is not in memory are told', async () => {
  const page = await linkedPage();
  const id = new MsgKey({ fromMe: true, remote: new Wid(BOB.lid), id: '3EB0AWAY' });
  const parentMsg = { id, type: 'chat', body: 'one', t: 5, from: new Wid(OWN.lid), to: new Wid(BOB.lid) };
  const here = page.add({ id: '3EB0HERE', fromMe: true, ack: 1 });
  page.modules.WAWebUpdateEditedMessagesAction.updateEditedMessagesAction([
    { parentMsg, editedMsgData: { body: 'two', latestEditMsgKey: id } },
    { parentMsg: { ...parentMsg, id: here.id }, editedMsgData: { body: 'two' } },
    { parentMsg: { ...parentMsg, id: `true_${BOB.lid}_3EB0TEXT` }, editedMsgData: { body: 'three', latestEditMsgKey: id } },
  ]);
  const group = new MsgKey({ fromMe: true, remote: new Wid('120363000000000001@g.us'), id: '3EB0G' });
  page.modules.WAWebUpdateMsgAcksAction.updateMsgPeerAcks([id, here.id, group], 3, 9);
  await settle();
  assert.deepEqual(page.events('edit').map((edit) => [edit.message.id, edit.message.body, edit.previous]), [['3EB0AWAY', 'two', 'one'], ['3EB0TEXT', 'three', 'one']]);
  assert.deepEqual(page.events('ack').map((ack) => [ack.id, ack.ack]), [['3EB0AWAY', 3]]);
});

test('an edit that runs through the levels again does not make a restored message fall', async () => {
  const page = await linkedPage();
  const restored = page.add({ fromMe: true, id: '3EB0OLD', isNewMsg: undefined, ack: 3 });
  restored.set({ ack: 1 });
  restored.set({ ack: 4 });
  await settle();
  assert.deepEqual(page.events('ack').map((ack) => ack.ack), [4]);
});

test('a thumbnail that comes later is no edit', async () => {
  const page = await linkedPage();
  const msg = page.add({ type: 'image', caption: 'one', body: 'dGh1bWI=' });
  msg.set({ latestEditMsgKey: msg.id, caption: 'two' });
  msg.set({ body: 'YW5vdGhlcg==' });
  await settle();
  assert.deepEqual(page.events('edit').map((edit) => [edit.message.body, edit.previous]), [['two', 'one']]);
});

test('levels rise, failures are told, other people have none', async () => {
  const page = await linkedPage();
  const own = page.add({ fromMe: true, id: '3EB0OWN', ack: 0 });
  for (const ack of [1, 3, 2, 3, undefined, 0, 4]) own.set({ ack });
  const refused = page.add({ fromMe: true, id: '3EB0NACK', ack: 0 });
  refused.set({ ack: -1, isSendFailure: true });
  const lost = page.add({ fromMe: true, id: '3EB0LOST', ack: 0 });
  lost.set({ isSendFailure: true });
  page.add({ id: '3EB0THEIRS', ack: 1 }).set({ ack: 3 });
  await settle();
  assert.deepEqual(page.events('ack').map((ack) => [ack.id, ack.ack, ack.failed ?? false]), [
    ['3EB0OWN', 1, false], ['3EB0OWN', 3, false], ['3EB0OWN', 4, false],
    ['3EB0NACK', -1, 'refused'], ['3EB0LOST', 0, 'given_up'],
  ]);
});

test('a message that is deleted for me is removed; a placeholder, or everything at logout, is not', async () => {
  const page = await linkedPage();
  const msg = page.add({});
  page.messages.trigger('remove', msg, page.messages, { index: 0 });
  page.messages.trigger('remove', page.add({ id: '3EB0Q', fromQuotedMsg: true }), page.messages, { index: 0 });
  page.conn.blockStoreAdds = true;
  page.messages.trigger('remove', page.add({ id: '3EB0X' }), page.messages, { index: 0 });
  await settle();
  assert.deepEqual(page.events('removed'), [{ key: KEY }]);
});

test('reactions pass through the page and are told', async () => {
  const page = await linkedPage();
  const parent = new MsgKey({ fromMe: true, remote: new Wid(BOB.lid), id: '3EB0P' });
  const row = { id: new MsgKey({ fromMe: false, remote: new Wid(BOB.lid), id: '3EB0R' }), reactionParentKey: parent, reactionText: '', reactionTimestamp: 5, from: new Wid(BOB.lid) };
  const { updateReactionCollection } = page.modules.WAWebUpdateReactionMessageUIAction;
  updateReactionCollection([row], [], {});
  // Again when it is acknowledged or read; as part of a history that is shared.
  updateReactionCollection([row], [], { allowNotify: true });
  updateReactionCollection([{ ...row, reactionTimestamp: 4 }], [], { allowNotify: false });
  await settle();
  assert.deepEqual(page.events('reaction'), [
    { parent: `true_${BOB.lid}_3EB0P`, sender: BOB.lid, phone: BOB.phone, lid: BOB.lid, emoji: '', t: 5, fromMe: false },
  ]);
});

test('a call is told once, whichever way it comes', async () => {
  const page = await linkedPage();
  const call = page.calls.processIncomingCall('C1', new Wid('100000000000002:3@lid'), { isVideo: true, offerTime: 9, offerReceivedWhileOffline: true });
  page.calls.setActiveCall(call);
  page.calls.setActiveCall(null);
  page.calls.setActiveCall({ id: 'C2', peerJid: new Wid(BOB.lid), outgoing: true });
  // The end of a call whose beginning nobody saw.
  const ended = page.calls.processIncomingCall('C3', new Wid(BOB.lid), { getState: () => ended.state });
  ended.state = 13;
  await settle();
  assert.deepEqual(page.events('call'), [
    { id: 'C1', peer: BOB.lid, phone: BOB.phone, lid: BOB.lid, video: true, group: false, offline: true, t: 9 },
  ]);
});
