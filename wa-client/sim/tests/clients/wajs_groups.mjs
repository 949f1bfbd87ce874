// wa-js: groups.
import { ANA, BOB, EVE } from './wajs_scenarios.mjs';

export async function groups({ run, sim, events, wpp, check, equal }) {
  let id;
  const numbers = () => wpp(`(WPP, id) => Promise.resolve(WPP.group.getParticipants(id)).then((list) => list.map(({ id, isAdmin }) => [String(WPP.whatsapp.functions.toPn?.(id) ?? id), isAdmin]))`, id);
  const member = async (number) => {
    const { groups: known } = await sim.get('/sim/groups');
    return known.find((group) => group.id === id)?.participants.find((entry) => JSON.stringify(entry).includes(number.split('@')[0]));
  };
  await run.check('group: create', async () => {
    const since = await sim.seq();
    const made = await wpp(`(WPP, list) => WPP.group.create('Team', list).then(({ gid, participants }) => ({ gid: String(gid), codes: Object.values(participants).map(({ code }) => code) }))`, [ANA]);
    id = made.gid;
    check(/@g\.us$/.test(id), `id ${id}`);
    await sim.event('group.created', since);
    check(await member(ANA), 'Ana is in');
    return JSON.stringify(made.codes);
  });
  await run.check('group: listed, with participants', async () => {
    const list = await wpp(`(WPP) => WPP.group.getAllGroups().then((list) => list.map(({ id }) => String(id)))`);
    equal(list, [id], 'groups');
    const admin = await wpp(`(WPP, id) => Promise.all([WPP.group.iAmAdmin(id), WPP.group.iAmMember(id), WPP.group.canAdd(id)])`, id);
    equal(admin, [true, true, true], 'admin, member, may add');
    equal((await numbers()).length, 2, 'participants');
  });
  await run.check('group: text in it', async () => {
    const since = await sim.seq();
    const sent = await wpp(`(WPP, id) => WPP.chat.sendTextMessage(id, 'all of you', { waitForAck: true }).then(({ id }) => id)`, id);
    equal((await sim.sent(sent, since)).to, id, 'to');
    const mark = events.mark;
    await sim.post('/sim/messages', { from: ANA, chat: id, body: 'from inside', wait: 'applied' });
    const told = await events.until('chat.new_message', { from: mark, where: (msg) => msg?.body === 'from inside' });
    check(told.id.startsWith(`false_${id}_`), told.id);
  });
  await run.check('group: subject', async () => {
    await wpp(`(WPP, id) => WPP.group.setSubject(id, 'Crew')`, id);
    const { groups: known } = await sim.get('/sim/groups');
    equal(known.find((group) => group.id === id).subject, 'Crew', 'subject');
  });
  await run.refused('group: description', 'extended.md 6.1, 10.2: setGroupDescription takes one object, the positional call throws', /toJid/,
    () => wpp(`(WPP, id) => WPP.group.setDescription(id, 'about us')`, id));
  await run.check('group: add', async () => {
    await wpp(`(WPP, { id, who }) => WPP.group.addParticipants(id, [who])`, { id, who: BOB });
    check(await member(BOB), 'Bob is in');
  });
  await run.check('group: promote and demote', async () => {
    await wpp(`(WPP, { id, who }) => WPP.group.promoteParticipants(id, who)`, { id, who: BOB });
    equal((await member(BOB)).admin, true, 'admin');
    await wpp(`(WPP, { id, who }) => WPP.group.demoteParticipants(id, who)`, { id, who: BOB });
    equal((await member(BOB)).admin, false, 'no longer');
  });
  await run.check('group: remove', async () => {
    await wpp(`(WPP, { id, who }) => WPP.group.removeParticipants(id, who)`, { id, who: BOB });
    check(!(await member(BOB)), 'Bob is out');
  });
  await run.check('group: only admins write', async () => {
    await wpp(`(WPP, id) => WPP.group.setProperty(id, 'announcement', true)`, id);
    const { groups: known } = await sim.get('/sim/groups');
    equal(known.find((group) => group.id === id).announce, true, 'announce');
  });
  await run.check('group: invite code', async () => {
    const [first, second] = await wpp(`async (WPP, id) => [await WPP.group.getInviteCode(id), await WPP.group.revokeInviteCode(id)]`, id);
    check(first && second && first !== second, `${first} ${second}`);
  });
  await run.check('group: others change it', async () => {
    const mark = events.mark;
    await sim.post('/sim/groups/participants', { group: id, add: [EVE] });
    const told = await events.until('group.participant_changed', { from: mark });
    equal([told.groupId, told.action], [id, 'add'], 'group, action');
  });
  await run.check('group: leave', async () => {
    await wpp(`(WPP, id) => WPP.group.leave(id)`, id);
    equal(await wpp(`(WPP, id) => WPP.group.iAmMember(id)`, id), false, 'member');
  });
}
