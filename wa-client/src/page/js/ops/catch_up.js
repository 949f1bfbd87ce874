'use strict';

const CATCH_UP = {
  /** How often to load more of a chat; the page loads some fifty messages at a time. */
  rounds: 200,
  /** For one chat: another must not wait for a load that never ends. */
  chatMs: 15_000,
  /** Characters of an answer, well below its limit. */
  size: 250_000,
};

/** What the present search has answered and the library has confirmed, and what is still to be confirmed. */
const caught = { confirmed: new Set(), last: [] };

/** Loads a chat backwards until nothing newer than the moment is left. The order is that of arrival, not of time. */
async function loadBackTo(chat, since, turn) {
  let page = chat.msgs.getModelsArray();
  for (let round = 0; round < CATCH_UP.rounds; round += 1) {
    if (page.length && page.every((msg) => msg.t < since)) return;
    const loaded = await turn.within(use('load_earlier')({ chat }));
    if (!loaded?.length) {
      // The page also answers nothing when its storage has failed.
      if (Array.isArray(loaded) && chat.msgs.msgLoadState?.noEarlierMsgs === false) throw failure('page', 'the chat could not be loaded');
      return;
    }
    page = loaded;
  }
  throw failure('page', 'the chat is longer than is looked through');
}

/** Whether all of the chat since the moment is in memory now. One that fails holds up no other. */
async function isLoaded(chat, since, turn) {
  const limited = new Turn(CATCH_UP.chatMs);
  try {
    await turn.within(limited.within(loadBackTo(chat, since, limited)));
    return true;
  } catch (error) {
    turn.check();
    fault('catch_up', error);
    return false;
  } finally {
    limited.end();
  }
}

/** Live messages were told, unless their events were lost. */
function isWanted(msg, args) {
  if (!(msg.t >= args.since) || SYSTEM_TYPES.has(msg.type) || isPlaceholder(msg)) return false;
  const key = keyText(msg.id);
  return !caught.confirmed.has(key) && (args.lost === true || !reported.live.has(key));
}

/** Messages since a moment that were not told as live ones: they came while nobody watched, and fired no event. */
operation('catch_up', async (args, turn) => {
  if (args.more === true) caught.last.forEach((key) => caught.confirmed.add(key));
  else caught.confirmed.clear();
  const chats = use('chats').getModelsArray().filter((chat) => {
    return chat.t >= args.since && ['c.us', 'lid', 'g.us'].includes(serverOf(addressOf(chat.id)));
  });
  const found = [];
  let failed = 0;
  for (const chat of chats) {
    if (!(await isLoaded(chat, args.since, turn))) failed += 1;
    found.push(...chat.msgs.getModelsArray().filter((msg) => isWanted(msg, args)));
  }
  // Sorting is stable, so that messages of the same second keep the order they have in their chat.
  found.sort((a, b) => a.t - b.t);
  const messages = [];
  let size = 0;
  let truncated = false;
  for (const msg of found) {
    let message;
    guard('catch_up', () => {
      message = serialiseMessage(msg, false);
    })();
    if (!message) continue;
    size += toJson(message).length;
    // At least one, however long it is, or there would be no end.
    if (messages.length && (messages.length >= args.max || size > CATCH_UP.size)) {
      truncated = true;
      break;
    }
    messages.push(message);
  }
  caught.last = messages.map((message) => message.key);
  return { messages, truncated, failed };
});
