// Compiled by tsc --strict, as the program of a user; never run.

import {
  Client,
  ERROR_CODES,
  WaError,
  mask,
  parsePhone,
  qr,
  version,
  type CapabilityReport,
  type ConnectionSnapshot,
  type EventEnvelope,
  type Message,
  type QrCode,
  type SentMessage,
  type Settings,
  type WaErrorCode,
} from 'wa-client';
import { Simulator, SimulatorError, type SimulatorEvent } from 'wa-client/testing';

/** Fails to compile unless both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

export async function use(signal: AbortSignal): Promise<void> {
  const settings: Settings = { session: 'shop', deadlines: { send: 5000 }, pacing: null, reconnect: { attempts: null } };
  const client = new Client(settings);
  new Client();
  // @ts-expect-error there is no such setting
  new Client({ puppeteer: {} });
  // @ts-expect-error nor such a deadline
  new Client({ deadlines: { sent: 5 } });

  client.on('qr', (payload, code) => {
    same<typeof payload, string>(true);
    same<typeof code, QrCode>(true);
    console.log(qr.terminal(payload), code.attempt, code.of);
  });
  client.once('disconnected', (reason, { willRetry }) => {
    if (reason === 'logged_out') same<typeof willRetry, boolean>(true);
    // @ts-expect-error a code that does not exist
    if (reason === 'LOGOUT') return;
  });
  client.on('message', async (message) => {
    same<typeof message, Message>(true);
    const sent = await message.reply(message.body ?? '', { until: 'delivered' });
    same<typeof sent, SentMessage>(true);
  });
  client.on('message_ack', (message, ack) => console.log(message.id, ack === 3));
  client.on('message_edit', (message, now, before) => console.log(message.key, now?.length, before?.length));
  client.on('change_state', (status, { phase }) => {
    if (status === 'READY') return;
    if (phase.name === 'syncing') same<typeof phase.percent, number>(true);
  });
  client.on('*', (envelope) => same<typeof envelope, EventEnvelope>(true));
  client.on('error', (error) => same<typeof error, unknown>(true));
  client.off('ready', () => {}).removeAllListeners('ready');
  // @ts-expect-error there is no such event
  client.on('messages', () => {});
  // @ts-expect-error a listener of another event
  client.on('qr', (percent: number) => percent);

  await client.initialize({ signal });
  const code: QrCode | null = await client.getQRCode();
  const status: ConnectionSnapshot = client.getConnectionStatus();
  const report: CapabilityReport | null = client.getCapabilityReport();
  const sent = await client.sendMessage('5511988887777', 'text', { quoted: 'key', id: 'id', deadlineMs: 5, signal });
  console.log(code?.expiresAt, status.me?.phone, report?.complete, sent.ack, await client.getMessageStatus(sent));
  // @ts-expect-error numbers are texts
  await client.sendMessage(5511988887777, 'text');
  // @ts-expect-error there is no such option
  await client.sendMessage('5511988887777', 'text', { sendSeen: false });
  // @ts-expect-error the scale must be said
  qr.png('payload');
  const picture: Buffer = qr.png('payload', 8);
  console.log(picture.length, mask(parsePhone('x')), version, client.config.deadlines.send, client.session);

  for await (const { event, data, seq } of client.events({ signal })) {
    if (event === 'message') console.log(data.from, seq);
    // @ts-expect-error the data of another event
    if (event === 'qr') console.log(data.from);
  }
  try {
    await client.waitReady();
  } catch (error) {
    if (!(error instanceof WaError)) throw error;
    same<typeof error.code, WaErrorCode>(true);
    if (error.code === 'WA_RATE_LIMITED') console.log(error.retryAfterMs, error.maybeSent, error.cause);
    // @ts-expect-error a code that does not exist
    if (error.code === 'WA_NOPE') console.log(ERROR_CODES);
  }
  await client.close();
}

export async function test(): Promise<void> {
  const sim = await Simulator.start({ seed: 7 });
  const event: SimulatorEvent = await sim.waitEvent(['device.online'], await sim.mark(), (it) => it['device'] === 1);
  const { messages } = await sim.text('5511988887777', 'hello');
  console.log(event.kind, messages[0]?.key, (await sim.outbox({ to: 'x' })).messages.length, sim.pageUrl);
  // @ts-expect-error a state that does not exist
  await sim.network({ state: 'off' });
  await sim.stop().catch((error: unknown) => error instanceof SimulatorError && error.code);
}
