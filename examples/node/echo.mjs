// Answers every text message with the same text. `WHATSAPP_WEB_URL` takes it to a simulator.
//
//   npm install ../../bindings/node/wa-client-0.1.0.tgz    (made by `npm pack` there)
//   node echo.mjs

import { Client, qr } from 'wa-client';

const client = new Client(process.env.WHATSAPP_WEB_URL ? { pageUrl: process.env.WHATSAPP_WEB_URL } : {});

client.on('qr', (payload) => console.log(`${qr.terminal(payload)}\nScan it with the phone.`));
client.on('ready', () => console.log('Ready.'));
client.on('lagged', ({ missed }) => console.error(`${missed} events were lost`));
client.on('disconnected', (reason, { willRetry }) => {
  if (!willRetry) stop();
});

client.on('message', async (message) => {
  if (message.type !== 'chat') return;
  try {
    const sent = await message.reply(message.body);
    console.log(`answered by ${sent.id}`);
  } catch (error) {
    // One failure must not end the bot. The error says what failed, and nothing about people.
    console.error(`not answered: ${error.message}`);
  }
});

let stopping = false;
function stop() {
  if (!stopping) client.close();
  stopping = true;
}
process.on('SIGINT', stop);
process.on('SIGTERM', stop);

await client.initialize();
