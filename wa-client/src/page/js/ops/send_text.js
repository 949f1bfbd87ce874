'use strict';

/** The last preparation of each recipient. What is called first is handed to the page first. */
const lanes = new Map();

/** Messages that were handed to the page and are not in its collection yet. */
const underWay = new Map();

function inLane(name, task) {
  const turn = (lanes.get(name) ?? Promise.resolve()).then(task);
  const settled = turn.then(() => {}, () => {});
  lanes.set(name, settled);
  settled.then(() => {
    if (lanes.get(name) === settled) lanes.delete(name);
  });
  return turn;
}

/** Chat of the recipient. A group is only looked up: asking the page to find it would make an empty one. */
async function chatFor(to, wid) {
  if (['c.us', 'lid'].includes(serverOf(addressOf(wid)))) {
    const { chat } = await use('find_chat')(wid, 'createChat');
    return chat;
  }
  const chat = use('chats').get(wid);
  if (!chat) throw failure('send_failed', 'the account has no such chat');
  if (chat.canSend === false) throw failure('send_failed', 'the account may not write in this chat');
  await loadMetadata(chat);
  return chat;
}

const METADATA_MS = 5_000;

/**
 * The page chooses between number and LID by what it knows of the group at that moment (`WAWebMsgDataUtils`), and loads that
 * only later. Without it the send goes on all the same.
 */
async function loadMetadata(chat) {
  if (chat.groupMetadata?.participants?.length > 0) return;
  const limit = new Turn(METADATA_MS);
  try {
    await limit.within(maybe('group_metadata')?.find(chat.id));
  } catch (error) {
    fault('group_metadata', error);
  } finally {
    limit.end();
  }
}

async function recipientWid(args, turn) {
  if (args.wid) return use('create_wid')(args.wid);
  if (args.to.chat) return use('create_wid')(args.to.chat);
  const wid = await lookUpNumber(String(args.to.phone), turn);
  if (!wid) throw failure('not_registered', 'the number has no account');
  return wid;
}

async function messageByKey(key) {
  const known = messageInMemory(key);
  if (known) return known;
  const { messages } = await use('messages').getMessagesById(bothKeys(key));
  return messages?.find((msg) => msg && msg.fromQuotedMsg !== true);
}

async function quotedModel(key) {
  const quoted = await messageByKey(key);
  if (!quoted) throw failure('invalid_argument', 'the page does not know the quoted message');
  return quoted;
}

/** A key of the page's own form with the id that was chosen for the message. */
function keyWithId(key, id) {
  return new key.constructor({ fromMe: true, remote: key.remote, id, participant: key.participant });
}

/** Messages of ours that stood in the chat for a moment and were never sent. */
const discarded = new Set();

function isDiscarded(key) {
  return discarded.has(keyText(key));
}

/** So that the same id can be sent again. */
const discard = guard('discard', (chat, key) => {
  discarded.add(key);
  if (discarded.size > 1_000) discarded.delete(discarded.values().next().value);
  use('messages').remove(key);
  chat.msgs?.remove(key);
});

/** Sends what the page has given up. False when the page cannot: then it stays in doubt. */
function resend(msg, key, id) {
  const again = maybe('resend');
  if (!again) return false;
  try {
    tellFate(Promise.resolve(again(msg)).then((messageSendResult) => ({ messageSendResult })), key, id);
    return true;
  } catch (error) {
    fault('resend', error);
    return false;
  }
}

/** Everything up to the moment when the page has the message. */
async function handOver(args, turn, wid) {
  turn.check();
  const chat = await turn.within(wid.then((found) => chatFor(args.to, found)));
  const quotedMsg = args.quoted ? await turn.within(quotedModel(args.quoted)) : undefined;
  const data = await turn.within(use('text_data')(chat, args.text, quotedMsg ? { quotedMsg } : {}));
  if (!data) throw failure('invalid_argument', 'the text is blank');
  data.id = keyWithId(data.id, args.id);
  // The page trims it.
  data.body = args.text;
  const key = keyText(data.id);
  // What nobody has used before is not looked for on the disk.
  const before = underWay.get(key) ?? (args.fresh === true ? messageInMemory(key) : await turn.within(messageByKey(key)));
  if (before && !isDiscarded(key)) {
    // Whatever fails from here on: the page has the message.
    turn.handed = true;
    const msg = await turn.within(before);
    const resent = fateOf(msg).failed === 'given_up' && resend(msg, key, args.id);
    return { chat, key, added: msg, duplicate: true, resent };
  }

  const { added, sent } = giveToPage(turn, chat, data, key);
  underWay.set(key, added);
  discarded.delete(key);
  added.then(() => underWay.delete(key), () => underWay.delete(key));
  if (sent) tellFate(sent, key, args.id);
  return { chat, key, added, duplicate: false, resent: false };
}

/**
 * From here on the page has the message, unless it failed before it put it into its collection, which it does first.
 * A page that answers otherwise than expected has it as well, if it is found there.
 */
function giveToPage(turn, chat, data, key) {
  turn.handed = true;
  let answer;
  try {
    answer = use('send_message')(chat, data);
  } catch (error) {
    const msg = messageInMemory(key);
    turn.handed = Boolean(msg);
    if (!msg) throw error;
    fault('send_message', error);
    return { added: Promise.resolve(msg) };
  }
  if (!isPair(answer)) return { added: turn.within(foundLater(answer, key, turn)) };
  const [added, sent] = answer;
  const checked = added.then((msg) => msg ?? foundLater(undefined, key, turn), (error) => {
    // What could not be prepared is not sent, although its model stands in the chat already.
    turn.handed = false;
    discard(chat, key);
    throw error;
  });
  return { added: checked, sent };
}

function isPair(answer) {
  return Array.isArray(answer) && [answer[0], answer[1]].every((part) => typeof part?.then === 'function');
}

/** How long a message may take to appear after the page has answered somehow. */
const APPEAR_MS = 2000;
const APPEAR_STEP_MS = 50;

/** The message, when it is in the page after all; its fate comes as that of any other, by its level. */
async function foundLater(answer, key, turn) {
  let end;
  const later = Promise.resolve(answer).then(() => true, () => true);
  later.then(() => {
    end = performance.now() + APPEAR_MS;
  });
  for (;;) {
    const msg = messageInMemory(key);
    if (msg) return msg;
    turn.check();
    if (performance.now() >= end) throw failure('page', 'the page answered otherwise than expected');
    await new Promise((resolve) => setTimeout(resolve, APPEAR_STEP_MS));
  }
}

/** The page resolves failures as well; it rejects for blocked contacts. It may take as long as there is no connection. */
function tellFate(sent, key, id) {
  sent.then(
    (fate) => {
      const code = Number(fate?.ackErrorCode);
      const result = String(fate?.messageSendResult ?? 'ERROR_UNKNOWN');
      emit('send_result', { key, id, result, code: Number.isInteger(code) ? code : undefined });
    },
    (error) => emit('send_result', { key, id, result: 'REJECTED', name: errorName(error) }),
  );
}

/** A courtesy that must not fail anything. In a page without focus it would wait for ever unless told not to. */
const markSeen = guard('mark_seen', (chat) => maybe('mark_seen')?.({ chat, afterAvailable: false }));

operation('send_text', async (args, turn) => {
  // Another document may have come that has nothing of the application.
  if (maybe('stream')?.mode !== 'MAIN') throw failure('not_ready', 'the page is not logged in');
  // The look-up starts now, not when the lane is free.
  const wid = recipientWid(args, turn);
  wid.catch(() => {});
  const { chat, key, added, duplicate, resent } = await inLane(args.to.chat ?? args.to.phone, () => handOver(args, turn, wid));
  const msg = await turn.within(added);
  if (args.seen === true) markSeen(chat);
  return { key, chat: addressOf(chat.id), wid: addressOf(await wid), t: Math.trunc(Number(msg.t)) || 0, ack: Number.isInteger(msg.ack) ? msg.ack : 0, duplicate, resent };
});
