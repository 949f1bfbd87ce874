// wa-js: chats as a whole, contacts, the own profile.
import { ANA, BOB, EVE, GHOST } from './wajs_scenarios.mjs';

export async function chatsAndContacts(session) {
  await chats(session);
  await contacts(session);
  await blocking(session);
  await profile(session);
}

async function chats({ run, sim, wpp, addressing, ana, bob, eve, check, equal }) {
  const chat = (code) => wpp(`async (WPP, id) => { const chat = () => WPP.chat.get(id) ?? WPP.whatsapp.ChatStore.getLatestChatForWid(WPP.whatsapp.WidFactory.createWid(id)); ${code} }`, ana);
  if (addressing === 'lid') {
    await run.refused('chat: a number whose chat has the LID', 'observed.md 6: the collection does not find such a chat by its number', /Chat not found/,
      () => wpp(`(WPP, id) => WPP.chat.getMessages(id, { count: 1 })`, ANA));
  }
  await run.check('chat: list', async () => {
    const ids = await wpp(`(WPP) => WPP.chat.list().then((list) => list.map(({ id }) => String(id)))`);
    check(ids.length >= 2 && ids.every((id) => id.endsWith(addressing === 'lid' ? '@lid' : '@c.us')), ids.join());
    equal((await wpp(`(WPP) => WPP.chat.list({ onlyGroups: true }).then((list) => list.length)`)), 0, 'groups');
  });
  await run.check('chat: messages', async () => {
    const bodies = await wpp(`(WPP, id) => WPP.chat.getMessages(id, { count: 100 }).then((list) => list.map(({ body }) => body))`, ana);
    check(bodies.includes('acked') && bodies.includes('answer'), bodies.join());
    const last = await wpp(`(WPP, id) => WPP.chat.getMessages(id, { count: 2 }).then((list) => list.length)`, ana);
    equal(last, 2, 'count');
  });
  await run.check('chat: read and unread', async () => {
    await sim.post('/sim/messages', { from: EVE, body: 'unread', wait: 'applied' });
    const since = await sim.seq();
    await wpp(`(WPP, id) => WPP.chat.markIsRead(id)`, eve);
    await sim.event('seen.received', since);
    const count = () => wpp(`(WPP, id) => WPP.chat.find(id).then((chat) => chat.unreadCount)`, eve);
    equal(await count(), 0, 'unread');
    await wpp(`(WPP, id) => WPP.chat.markIsUnread(id)`, eve);
    equal(await count(), -1, 'marked unread');
  });
  await run.check('chat: archive', async () => {
    // The client only asks for it; the page's main screen does it.
    equal(await chat(`const changed = () => new Promise((resolve) => WPP.whatsapp.ChatStore.once('change:archive', (_chat, archive) => resolve(archive)));
      const told = []; for (const verb of ['archive', 'unarchive']) { const change = changed(); await WPP.chat[verb](id); told.push(await change); await chat().promises.setArchive?.promise; } return told;`), [true, false], 'archived');
  });
  await run.check('chat: pin', async () => {
    equal(await chat(`const told = await WPP.chat.pin(id); const on = chat().pin > 0; await WPP.chat.unpin(id); return [told.pin, on, chat().pin];`), [true, true, 0], 'pinned');
  });
  await run.check('chat: mute', async () => {
    equal(await chat(`const told = await WPP.chat.mute(id, { duration: 600 }); const on = chat().mute.expiration > Date.now() / 1000; await WPP.chat.unmute(id); return [told.isMuted, on, chat().mute.expiration];`), [true, true, 0], 'muted');
  });
  await run.check('chat: typing and recording', async () => {
    const since = await sim.seq();
    await wpp(`async (WPP, id) => { await WPP.chat.markIsComposing(id); await WPP.chat.markIsRecording(id); await WPP.chat.markIsPaused(id); }`, ana);
    for (const state of ['composing', 'recording', 'paused']) await sim.event('chatstate.received', since, (event) => event.state === state);
  });
  await run.check('chat: clear', async () => {
    await wpp(`(WPP, to) => WPP.chat.sendTextMessage(to, 'to be cleared', { createChat: true, waitForAck: true }).then(() => null)`, bob);
    // Done after the time in which a person could take it back.
    const told = await wpp(`async (WPP, id) => { const gone = new Promise((resolve) => WPP.whatsapp.MsgStore.on('remove', ({ body }) => body === 'to be cleared' && resolve()));
      const { status } = await WPP.chat.clear(id, false); await gone; return status; }`, bob);
    equal(told, 200, 'status');
    const left = await wpp(`(WPP, id) => WPP.chat.getMessages(id, { count: 100 }).then((list) => list.map(({ body }) => body))`, bob);
    equal(left, [], 'messages left');
  });
  await run.check('chat: delete', async () => {
    const told = await wpp(`(WPP, id) => WPP.chat.delete(id).then(({ status }) => status)`, bob);
    equal(told, 200, 'status');
    const ids = await wpp(`(WPP) => WPP.chat.list().then((list) => list.map(({ contact }) => contact?.name))`);
    check(!ids.includes('Bob Lima'), `still there: ${ids}`);
  });
}

async function contacts({ run, wpp, check, equal }) {
  await run.check('contact: list', async () => {
    const names = await wpp(`(WPP) => WPP.contact.list({ onlyMyContacts: true }).then((list) => list.map(({ name }) => name))`);
    check(names.includes('Ana Souza') && names.includes('Bob Lima'), names.join());
  });
  await run.check('contact: get', async () => {
    equal(await wpp(`(WPP, id) => WPP.contact.get(id).then((contact) => contact?.name)`, ANA), 'Ana Souza', 'name');
  });
  await run.check('contact: exists', async () => {
    const [known, unknown] = await wpp(`async (WPP, [a, b]) => [await WPP.contact.queryExists(a), await WPP.contact.queryExists(b)].map((found) => found && String(found.wid))`, [EVE, GHOST]);
    check(/^\d+@(c\.us|lid)$/.test(known), `known ${known}`);
    equal(unknown, null, 'unknown');
  });
  await run.check('contact: both forms of an address', async () => {
    const entry = await wpp(`(WPP, id) => WPP.contact.getPnLidEntry(id).then(({ lid, phoneNumber }) => [lid?._serialized, phoneNumber?._serialized])`, ANA);
    check(/@lid$/.test(entry[0]) && entry[1] === ANA, entry.join());
  });
  await run.check('contact: about and picture', async () => {
    const told = await wpp(`async (WPP, id) => [typeof (await WPP.contact.getStatus(id)), (await WPP.contact.getProfilePictureUrl(id)) ?? null]`, ANA);
    equal(told[1], null, 'no picture');
  });
  await run.check('contact: save', async () => {
    await wpp(`(WPP, id) => WPP.contact.save(id, 'Eva', { lastName: 'Braun' })`, EVE);
    equal(await wpp(`(WPP, id) => WPP.contact.get(id).then(({ name }) => name)`, EVE), 'Eva Braun', 'name');
  });
}

async function blocking({ run, sim, wpp, addressing, ana: who, check, equal }) {
  // The list holds LIDs; a number is found through the chat that has just this number.
  const { accounts } = await sim.get('/sim/accounts');
  const { lid } = accounts.find(({ number }) => ANA === `${number}@c.us`);
  const state = `(WPP, [who, lid]) => [WPP.blocklist.all().map(String), WPP.whatsapp.ContactStore.get(who).isContactBlocked, WPP.blocklist.isBlocked(lid)]`;
  await run.check('block: with a chat', async () => {
    await wpp(`(WPP, id) => WPP.blocklist.blockContact(id)`, who);
    equal(await wpp(state, [who, lid]), [[lid], true, true], 'listed, contact, asked');
  });
  await run.check('block: sending is refused', async () => {
    const text = await wpp(`(WPP, id) => WPP.chat.sendTextMessage(id, 'blocked', { waitForAck: true }).then(async ({ sendMsgResult }) => String(JSON.stringify(await sendMsgResult)), (error) => error.message)`, who);
    check(/blocked/i.test(text), text);
  });
  if (addressing === 'pn') {
    await run.refused('block: asked by number', 'extended.md 5: the list of a LID-migrated account holds LIDs, the client looks for the number', /^not found$/, async () => {
      if (!(await wpp(`(WPP, id) => WPP.blocklist.isBlocked(id)`, ANA))) throw new Error('not found');
    });
  } else {
    await run.refused('block: a number whose chat has the LID', 'extended.md 5: a PN contact needs a chat that has accountLid, else a plain text is thrown', /without a chat/,
      () => wpp(`(WPP, id) => WPP.blocklist.blockContact(id).catch((text) => { throw new Error(text); })`, BOB));
  }
  await run.check('block: taken back', async () => {
    await wpp(`(WPP, id) => WPP.blocklist.unblockContact(id)`, who);
    equal(await wpp(state, [who, lid]), [[], false, false], 'listed, contact, asked');
  });
}

async function profile({ run, wpp, equal }) {
  await run.check('profile: name', async () => {
    equal(await wpp(`async (WPP) => { await WPP.profile.setMyProfileName('New Name'); return WPP.profile.getMyProfileName(); }`), 'New Name', 'name');
  });
  await run.check('profile: about', async () => {
    equal(await wpp(`async (WPP) => { await WPP.profile.setMyStatus('busy'); return WPP.profile.getMyStatus(); }`), 'busy', 'about');
  });
}
