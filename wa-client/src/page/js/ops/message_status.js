'use strict';

operation('message_status', async (args, turn) => {
  const msg = await turn.within(messageByKey(args.key));
  if (!msg) return { found: false };
  return {
    found: true,
    ack: Number.isInteger(msg.ack) ? msg.ack : undefined,
    failed: msg.ack < 0 || (msg.ack === 0 && msg.isSendFailure === true),
    code: msg.errorCode ? String(msg.errorCode).slice(0, 64) : undefined,
  };
});
