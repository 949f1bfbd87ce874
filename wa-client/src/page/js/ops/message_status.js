'use strict';

/** Keys asked for at a time. */
const STORED_AT_ONCE = 500;

/** Every key that a message of ours with this id can have, for the chats that the account has. */
function ownKeys(id) {
  const own = [use('own_number')(), use('own_lid')()].map(addressOf).filter(Boolean);
  return use('chats').getModelsArray().flatMap((chat) => {
    const remote = addressOf(chat.id);
    if (serverOf(remote) === 'g.us') return own.map((participant) => `true_${remote}_${id}_${participant}`);
    return bothKeys(`true_${remote}_${id}`).map(keyText);
  });
}

/** A message of ours whose chat is not known: whoever asks may have been started anew since. */
async function messageById(id, turn) {
  const isIt = (msg) => msg && msg.fromQuotedMsg !== true && msg.id?.fromMe === true && String(msg.id.id) === id;
  const known = use('messages').getModelsArray().find(isIt);
  if (known) return known;
  const keys = [...new Set(ownKeys(id))];
  for (let from = 0; from < keys.length; from += STORED_AT_ONCE) {
    const { messages } = await turn.within(use('messages').getMessagesById(keys.slice(from, from + STORED_AT_ONCE)));
    const stored = messages?.find(isIt);
    if (stored) return stored;
  }
  return undefined;
}

operation('message_status', async (args, turn) => {
  const msg = args.id === undefined ? await turn.within(messageByKey(args.key)) : await messageById(String(args.id), turn);
  return msg ? { found: true, ...fateOf(msg) } : { found: false };
});
