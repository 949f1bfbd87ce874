'use strict';

const lookUps = new Map();

/**
 * The wid behind a number, or undefined. Questions for the same number at the same time are one question, until the
 * first who asked gives up: it may never be answered.
 */
function lookUpNumber(phone, turn) {
  const running = lookUps.get(phone);
  if (running) return running;
  const question = askForNumber(phone);
  lookUps.set(phone, question);
  const done = () => {
    if (lookUps.get(phone) === question) lookUps.delete(phone);
  };
  turn.within(question).then(done, done);
  return question;
}

async function askForNumber(phone) {
  let wid;
  try {
    wid = use('create_wid')(`${phone}@c.us`);
  } catch {
    throw failure('invalid_phone', 'the page does not accept this number');
  }
  const answer = await use('exists')(wid);
  if (isNothing(answer)) return undefined;
  if (isNothing(answer.wid) || !isAddress(answer.wid)) throw failure('page', 'the page answered otherwise than expected');
  return answer.wid;
}

/** The answer may be a LID, and may stand for another number than the one asked for: the server knows best. */
operation('exists', async (args, turn) => {
  const wid = await turn.within(lookUpNumber(String(args.phone), turn));
  return wid ? { registered: true, wid: addressOf(wid), ...formsOf(wid) } : { registered: false };
});
