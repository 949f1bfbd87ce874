'use strict';

const CATCH_UP = {
  /** How often to load more of a chat; the page loads some fifty messages at a time. */
  rounds: 200,
  /** Characters of an answer, well below its limit. */
  size: 250_000,
};

/** Loads a chat backwards until it reaches the moment. Says whether it got there. */
async function loadBackTo(chat, since, turn) {
  for (let round = 0; round < CATCH_UP.rounds; round += 1) {
    const oldest = chat.msgs.head();
    if (oldest && oldest.t < since) return true;
    const loaded = await turn.within(use('load_earlier')({ chat }));
    if (!loaded?.length) return true;
  }
  return false;
}

/** Keys of the last answer. The question for more confirms that it arrived. */
let lastCaught = [];

function isWanted(msg, since) {
  return msg.t >= since && !SYSTEM_TYPES.has(msg.type) && !isPlaceholder(msg) && !reported.live.has(keyText(msg.id));
}

/** Messages since a moment that were not told as live ones: they came while nobody watched, and fired no event. */
operation('catch_up', async (args, turn) => {
  if (args.more === true) lastCaught.forEach((key) => reported.live.add(key));
  const chats = use('chats').getModelsArray().filter((chat) => {
    return chat.t >= args.since && ['c.us', 'lid', 'g.us'].includes(serverOf(addressOf(chat.id)));
  });
  const found = [];
  let truncated = false;
  for (const chat of chats) {
    if (!(await loadBackTo(chat, args.since, turn))) truncated = true;
    found.push(...chat.msgs.getModelsArray().filter((msg) => isWanted(msg, args.since)));
  }
  // Sorting is stable, so that messages of the same second keep the order they have in their chat.
  found.sort((a, b) => a.t - b.t);
  const messages = [];
  let size = 0;
  for (const msg of found) {
    const message = serialiseMessage(msg, false);
    size += toJson(message).length;
    if (messages.length >= args.max || size > CATCH_UP.size) {
      truncated = true;
      break;
    }
    messages.push(message);
  }
  lastCaught = messages.map((message) => message.key);
  return { messages, truncated };
});
