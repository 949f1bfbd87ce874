// What is asked of wa-js, in the order of a session: link, write, receive, chats, contacts, groups, log out.
import { chatsAndContacts } from './wajs_chats.mjs';
import { groups } from './wajs_groups.mjs';

export const ANA = '5511988887777@c.us';
export const BOB = '5511977776666@c.us';
export const EVE = '5511966665555@c.us';
export const GHOST = '5511900009999@c.us';
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const IMAGE = `data:image/png;base64,${PIXEL}`;
/** A tenth of a second of silence. */
const SOUND = (() => {
  const samples = 800;
  const bytes = Buffer.alloc(44 + samples * 2);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + samples * 2, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(8000, 24);
  bytes.writeUInt32LE(16000, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(samples * 2, 40);
  return `data:audio/wav;base64,${bytes.toString('base64')}`;
})();
const TEXT_FILE = `data:text/plain;base64,${btoa('plain text')}`;

export async function scenarios(given) {
  const { accounts } = await given.sim.get('/sim/accounts');
  /** The address that the chat of a number has in this page. */
  const chatOf = (number) => (given.addressing === 'pn' ? number : accounts.find((account) => number === `${account.number}@c.us`).lid);
  const session = { ...given, ana: chatOf(ANA), bob: chatOf(BOB), eve: chatOf(EVE) };
  await linking(session);
  await sending(session);
  await receiving(session);
  await chatsAndContacts(session);
  await groups(session);
  await connection(session);
  await ending(session);
}

/** A session by itself: linked by typing a code on the phone. */
export async function pairing({ run, sim, page, events, wpp, check, equal }) {
  await run.check('pair: a code is made and typed on the phone', async () => {
    await page.waitForFunction(() => window.WPP?.isReady, { timeout: 15000 });
    await events.until('conn.auth_code_change', { where: (code) => code?.fullCode });
    const code = await wpp('(WPP) => WPP.conn.genLinkDeviceCodeForPhoneNumber("5511900000001")');
    check(/^[1-9A-HJ-NP-Z]{8}$/.test(code), `code ${code}`);
    const { linked } = await sim.post('/sim/phone/pair', { code });
    equal(linked, true, 'linked');
    await events.until('conn.stream_mode_changed', { where: (mode) => mode === 'MAIN', ms: 15000 });
    equal(await wpp('(WPP) => WPP.conn.isRegistered()'), true, 'registered');
  }, 40000);
}

async function linking({ run, sim, page, events, wpp, check, equal }) {
  await run.check('link: loads and asks for a scan', async () => {
    await page.waitForFunction(() => window.WPP?.isReady, { timeout: 15000 });
    await events.until('conn.require_auth');
    const states = await wpp('(WPP) => [WPP.conn.isAuthenticated(), WPP.conn.isRegistered()]');
    equal(states, [false, false], 'authenticated, registered');
  });
  await run.refused('link: not ready while unlinked', 'core.md 11 no. 32: the client takes the mode QR for the main screen', /^ready$/, async () => {
    if (await wpp('(WPP) => WPP.conn.isMainReady()')) throw new Error('ready');
  });
  await run.check('link: the code is scanned', async () => {
    const told = await events.until('conn.auth_code_change', { where: (code) => code?.fullCode });
    const code = await wpp('(WPP) => WPP.conn.getAuthCode()');
    check(code?.fullCode, 'no code');
    equal(told.type, 'multidevice', 'type');
    const { linked } = await sim.post('/sim/phone/scan', { qr: code.fullCode });
    equal(linked, true, 'linked');
    await events.until('conn.stream_mode_changed', { where: (mode) => mode === 'MAIN', ms: 15000 });
    await page.waitForFunction(() => window.WPP.isFullReady, { timeout: 15000 });
  }, 40000);
  await run.refused('link: told as authenticated', 'core.md 2.9, 11 no. 5: the event main_loaded and the flag isMainLoaded are gone', /^never told$/, async () => {
    const loaded = await wpp('(WPP) => WPP.conn.isMainLoaded()');
    if (!loaded && !events.names().some((name) => name === 'conn.authenticated' || name === 'conn.main_loaded')) throw new Error('never told');
  });
  await run.check('link: who and where one is', async () => {
    const told = await wpp(`async (WPP) => ({
      pn: String(WPP.conn.getMyUserId()), lid: String(WPP.conn.getMyUserLid()), 
      states: [WPP.conn.isAuthenticated(), WPP.conn.isRegistered(), WPP.conn.isMainReady(), WPP.conn.isMultiDevice()],
      platform: WPP.conn.getPlatform(), build: WPP.conn.getBuildConstants()?.VERSION_STR, online: WPP.conn.isOnline(),
      stream: WPP.conn.getStreamData(),
    })`);
    equal(told.pn, '5511900000001@c.us', 'own number');
    check(/^\d+@lid$/.test(told.lid), `own LID ${told.lid}`);
    equal(told.states, [true, true, true, true], 'authenticated, registered, ready, multi-device');
    equal([told.platform, told.online, told.stream.mode], ['android', true, 'MAIN'], 'platform, online, mode');
    check(/^2\.3000\./.test(told.build), `version ${told.build}`);
  });
}

async function sending({ run, sim, page, events, wpp, ana, check, equal }) {
  const from = await sim.seq();
  let text;
  let acked;
  await run.check('send: text', async () => {
    text = await wpp(`(WPP, to) => WPP.chat.sendTextMessage(to, '  olá  ', { createChat: true }).then(({ id, ack, latestEditMsgKey }) => ({ id, ack }))`, ANA);
    check(/^true_.*@(c\.us|lid)_3EB0[0-9A-F]{18}$/.test(text.id), `id ${text.id}`);
    equal((await sim.sent(text.id, from)).body.trim(), 'olá', 'body at the server');
    await events.until('chat.msg_ack_change', { where: ({ ack, ids }) => ack === 3 && ids });
  });
  await run.check('send: waits for the ack', async () => {
    const sent = await wpp(`async (WPP, to) => { const { id, ack, sendMsgResult } = await WPP.chat.sendTextMessage(to, 'acked', { waitForAck: true }); return { id, ack, result: (await sendMsgResult)?.messageSendResult ?? sendMsgResult }; }`, ANA);
    check(sent.ack >= 1, `ack ${sent.ack}`);
    acked = sent.id;
    await events.until('chat.msg_ack_change', { where: ({ ack, ids }) => ack === 3 && JSON.stringify(ids).includes(acked.split('_')[2]) });
    equal(sent.result, 'OK', 'result');
  });
  await run.check('send: answer with a quote', async () => {
    const [{ id }] = (await sim.post('/sim/messages', { from: ANA, body: 'question', wait: 'applied' })).messages;
    const sent = await wpp(`async (WPP, { to, id }) => { const key = WPP.whatsapp.MsgStore.getModelsArray().find((m) => m.id.id === id).id.toString(); return WPP.chat.sendTextMessage(to, 'answer', { quotedMsg: key }).then(({ id }) => id); }`, { to: ANA, id });
    const { quoted } = await sim.sent(sent, from);
    equal(quoted?.id ?? quoted, id, 'quoted');
  });
  await run.check('send: image', async () => {
    const sent = await wpp(`(WPP, { to, data }) => WPP.chat.sendFileMessage(to, data, { type: 'image', caption: 'look', filename: 'p.png' }).then(({ id }) => id)`, { to: ANA, data: IMAGE });
    const kept = await sim.sent(sent, from);
    equal([kept.type, kept.media.mimetype, kept.media.caption], ['image', 'image/jpeg', 'look'], 'type, media type, caption');
  });
  await run.check('send: document', async () => {
    const sent = await wpp(`async (WPP, { to, data }) => { const { id, sendMsgResult } = await WPP.chat.sendFileMessage(to, data, { type: 'document', filename: 'a.txt', waitForAck: true }); return { id, result: sendMsgResult?.messageSendResult }; }`, { to: ANA, data: TEXT_FILE });
    const kept = await sim.sent(sent.id, from);
    equal([kept.type, kept.media.filename, kept.media.bytes, sent.result], ['document', 'a.txt', 10, 'OK'], 'type, name, bytes, result');
  });
  await run.check('send: sticker', async () => {
    const sent = await wpp(`async (WPP, { to, data }) => { const { id, sendMsgResult } = await WPP.chat.sendFileMessage(to, data, { type: 'sticker', waitForAck: true }); return { id, result: sendMsgResult?.messageSendResult }; }`, { to: ANA, data: IMAGE });
    const kept = await sim.sent(sent.id, from);
    equal([kept.type, kept.media.mimetype, kept.media.caption, sent.result], ['sticker', 'image/webp', null, 'OK'], 'type, media type, caption, result');
  });
  await run.check('send: voice note', async () => {
    const sent = await wpp(`async (WPP, { to, data }) => { const { id, sendMsgResult } = await WPP.chat.sendFileMessage(to, data, { type: 'audio', isPtt: true, waitForAck: true }); return { id, result: sendMsgResult?.messageSendResult }; }`, { to: ANA, data: SOUND });
    equal([(await sim.sent(sent.id, from)).type, sent.result], ['ptt', 'OK'], 'type, result');
  });
  await run.check('send: a text with a link', async () => {
    const sent = await wpp(`(WPP, to) => WPP.chat.sendTextMessage(to, 'see https://example.org/a', { linkPreview: true }).then(({ id }) => id)`, ANA);
    equal((await sim.sent(sent, from)).body, 'see https://example.org/a', 'body');
    equal(await wpp(`(WPP, id) => WPP.whatsapp.MsgStore.get(id).title`, sent), 'example.org', 'title of the preview');
  });
  await run.check('send: location', async () => {
    const sent = await wpp(`(WPP, to) => WPP.chat.sendLocationMessage(to, { lat: -22.9, lng: -43.1, name: 'Rio', address: 'Praia' }).then(({ id }) => id)`, ANA);
    equal((await sim.sent(sent, from)).type, 'location', 'type');
  });
  await run.check('send: poll', async () => {
    const sent = await wpp(`(WPP, to) => WPP.chat.sendCreatePollMessage(to, 'Lunch?', ['yes', 'no']).then(({ id }) => id)`, ANA);
    equal((await sim.sent(sent, from)).type, 'poll_creation', 'type');
  });
  await run.check('send: contact card', async () => {
    const sent = await wpp(`(WPP, { to, card }) => WPP.chat.sendVCardContactMessage(to, { id: card, name: 'Bob' }).then(({ id }) => id)`, { to: ANA, card: BOB });
    const kept = await sim.sent(sent, from);
    equal(kept.type, 'vcard', 'type');
    check(kept.body.includes('waid=5511977776666'), kept.body);
  });
  await run.check('send: reaction, put and taken', async () => {
    await wpp(`(WPP, id) => WPP.chat.sendReactionToMessage(id, '👍')`, text.id);
    await sim.event('reaction.received', from, ({ emoji }) => emoji === '👍');
    const mine = await wpp(`async (WPP, id) => { const found = await WPP.chat.getReactions(id); return found.reactions.map(({ aggregateEmoji, senders }) => [aggregateEmoji, senders.length]); }`, text.id);
    equal(mine, [['👍', 1]], 'reactions');
    await wpp(`(WPP, id) => WPP.chat.sendReactionToMessage(id, false)`, text.id);
    await sim.event('reaction.received', from, ({ emoji }) => emoji === '');
  });
  await run.check('send: edit', async () => {
    const edited = await wpp(`(WPP, id) => WPP.chat.editMessage(id, 'olá!').then(({ id }) => id)`, text.id);
    await sim.event('edit.received', from, ({ body }) => body === 'olá!');
    equal(await wpp(`async (WPP, id) => (await WPP.chat.getMessageById(id)).body`, text.id), 'olá!', 'body');
    return edited;
  });
  await run.check('send: star', async () => {
    const [on, off] = await wpp(`async (WPP, id) => { await WPP.chat.starMessage(id, true); const on = (await WPP.chat.getMessageById(id)).star; await WPP.chat.starMessage(id, false); return [on, (await WPP.chat.getMessageById(id)).star]; }`, text.id);
    equal([on, off], [true, false], 'starred');
  });
  await run.check('send: pin a message', async () => {
    const pinned = await wpp(`async (WPP, id) => { const { pinned, result } = await WPP.chat.pinMsg(id, true); return [pinned, result.messageSendResult ?? result]; }`, text.id);
    equal(pinned, [true, 'OK'], 'pinned');
  });
  await run.check('send: forward', async () => {
    const before = (await sim.get('/sim/outbox?limit=1000')).total;
    const mark = await sim.seq();
    await wpp(`(WPP, { to, id }) => WPP.chat.forwardMessage(to, id)`, { to: BOB, id: text.id });
    await sim.event('message.received', mark, ({ body }) => body === 'olá!');
    equal((await sim.get('/sim/outbox?limit=1000')).total, before + 1, 'one more');
  });
  await run.check('send: acks, also per recipient', async () => {
    const told = await wpp(`(WPP, id) => WPP.chat.getMessageACK(id).then(({ ack, fromMe, participants }) => ({ ack, fromMe, n: participants.length }))`, acked);
    equal([told.fromMe, told.n], [true, 1], 'own, participants');
  });
  await run.check('send: deleted for me', async () => {
    const gone = await wpp(`async (WPP, to) => { const { id } = await WPP.chat.sendTextMessage(to, 'mine only', { waitForAck: true }); const done = await WPP.chat.deleteMessage(to, id); return { done, left: WPP.whatsapp.MsgStore.get(id) !== undefined }; }`, ana);
    equal([gone.done.isDeleted, gone.done.isRevoked, gone.left], [true, false, false], 'deleted, revoked, left');
  });
  await run.check('send: deleted for everyone', async () => {
    const done = await wpp(`(WPP, { to, id }) => WPP.chat.deleteMessage(to, id, true, true).then(({ isRevoked, sendMsgResult }) => ({ isRevoked, result: sendMsgResult }))`, { to: ana, id: text.id });
    equal(done.isRevoked, true, 'revoked');
    await sim.event('revoke.received', from);
    // The server knows before the page has its answer.
    await page.waitForFunction(() => window.WPP.whatsapp.MsgStore.getModelsArray().some((msg) => msg.type === 'revoked' && msg.subtype === 'sender'));
  });
  await run.refused('send: to nobody', 'core.md 8.1, 9.1: a number that is not on WhatsApp has no chat', /not_found|chat_not_found|not exist|No LID/i,
    () => wpp(`(WPP, to) => WPP.chat.sendTextMessage(to, 'hello?', { createChat: true })`, GHOST));
}

async function receiving({ run, sim, events, wpp, check, equal }) {
  const inbound = async (message) => (await sim.post('/sim/messages', { wait: 'applied', ...message })).messages[0];
  await run.check('receive: text of a new chat', async () => {
    const mark = events.mark;
    const { id } = await inbound({ from: EVE, body: 'hi there' });
    const told = await events.until('chat.new_message', { from: mark, where: (msg) => msg?.body === 'hi there' });
    check(told.id.includes(id), `id ${told.id}`);
    equal([told.type, told.isNewMsg], ['chat', true], 'type, new');
    await events.until('chat.new_chat', { from: mark });
    await events.until('chat.unread_count_changed', { from: mark });
  });
  await run.check('receive: edit, deletion, reaction', async () => {
    const mark = events.mark;
    const { id } = await inbound({ from: ANA, body: 'first' });
    await sim.post('/sim/edits', { message: id, body: 'second' });
    await events.until('chat.msg_edited', { from: mark });
    await sim.post('/sim/revokes', { message: id });
    const told = await events.until('chat.msg_revoke', { from: mark });
    check(JSON.stringify(told).includes(id), `the deleted one is named: ${JSON.stringify(told)}`);
    const [own] = await wpp(`(WPP, to) => WPP.chat.sendTextMessage(to, 'react to me', { waitForAck: true }).then(({ id }) => [id])`, ANA);
    await sim.post('/sim/reactions', { from: ANA, message: own, emoji: '🎉' });
    const reaction = await events.until('chat.new_reaction', { from: mark, where: (value) => JSON.stringify(value).includes('🎉') });
    check(reaction, 'reaction');
  });
  await run.check('receive: image, downloaded', async () => {
    const { id } = await inbound({ from: ANA, type: 'image', media: { base64: PIXEL, mimetype: 'image/png', caption: 'see' } });
    const size = await wpp(`async (WPP, id) => { const msg = WPP.whatsapp.MsgStore.getModelsArray().find((m) => m.id.id === id); return (await WPP.chat.downloadMedia(msg.id.toString())).size; }`, id);
    equal(size, Buffer.from(PIXEL, 'base64').length, 'bytes');
  });
  await run.check('receive: typing', async () => {
    const mark = events.mark;
    await wpp(`(WPP, id) => WPP.contact.subscribePresence(id)`, ANA);
    // The client tells nothing of somebody of whom nothing was known before.
    await sim.post('/sim/presence', { from: ANA, online: true });
    await sim.post('/sim/typing', { from: ANA, state: 'composing' });
    await events.until('chat.presence_change', { from: mark, where: (value) => value.state === 'typing' });
  });
  await run.check('receive: call', async () => {
    const mark = events.mark;
    await sim.post('/sim/calls', { from: ANA, video: false });
    await events.until('call.incoming_call', { from: mark });
  });
}

async function connection({ run, sim, page, events, wpp, ana, check, equal }) {
  await run.check('connection: lost and found again', async () => {
    const since = await sim.seq();
    await sim.put('/sim/network', { state: 'offline' });
    await sim.event('page.disconnected', since);
    const sending = wpp(`(WPP, id) => WPP.chat.sendTextMessage(id, 'while away', { waitForAck: true }).then(({ id, sendMsgResult }) => [id, sendMsgResult?.messageSendResult])`, ana);
    await page.waitForFunction(() => window.WPP.whatsapp.MsgStore.getModelsArray().some((msg) => msg.body === 'while away' && msg.ack === 0));
    await sim.put('/sim/network', { state: 'online' });
    const [id, result] = await sending;
    equal(result, 'OK', 'result');
    const kept = await sim.get(`/sim/outbox?id=${id.split('_')[2]}`);
    equal([kept.messages.length, kept.messages[0].body], [1, 'while away'], 'once at the server');
  });
  await run.check('connection: the page is loaded again', async () => {
    await sim.post('/sim/messages', { from: ANA, body: 'from before', wait: 'applied' });
    await events.until('chat.new_message', { where: (msg) => msg?.body === 'from before' });
    const mark = events.mark;
    await page.reload();
    await page.waitForFunction(() => window.WPP?.isFullReady, { timeout: 20000 });
    await page.waitForFunction(() => window.WPP.whatsapp.Socket.hasSynced === true, { timeout: 15000 });
    equal(await wpp('(WPP) => [WPP.conn.isAuthenticated(), WPP.conn.isRegistered()]'), [true, true], 'authenticated, registered');
    const bodies = await wpp(`(WPP, id) => WPP.chat.getMessages(id, { count: 100 }).then((list) => list.map(({ body }) => body))`, ana);
    check(bodies.includes('from before') && bodies.includes('while away'), bodies.join());
    await sim.post('/sim/messages', { from: ANA, body: 'after', wait: 'applied' });
    await events.until('chat.new_message', { from: mark, where: (msg) => msg?.body === 'after' });
    const told = events.values('chat.new_message', mark).map((msg) => msg.body);
    equal(told, ['after'], 'messages told as new');
  }, 40000);
}

async function ending({ run, sim, page, events, wpp, equal }) {
  await run.check('end: log out', async () => {
    const since = await sim.seq();
    // Its own promise waits for an event that is gone (core.md 2.9, 11 no. 5); the page leaves meanwhile.
    wpp('(WPP) => WPP.conn.logout()').catch(() => {});
    await sim.event('device.logged_out', since);
    await page.waitForFunction(() => window.WPP?.isReady && !window.WPP.conn.isRegistered(), { timeout: 15000 });
    equal((await sim.get('/sim/state')).devices.filter(({ linked }) => linked).length, 0, 'linked devices');
  });
  await run.refused('end: told as logged out', 'core.md 2.9, 11 no. 5: the event logout of Cmd is gone', /^never told$/, async () => {
    if (!events.names().includes('conn.logout')) throw new Error('never told');
  });
}
