// A small program that is run as a process, or as a worker thread, in several ways.

import { createInterface } from 'node:readline';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { Client } from 'wa-client';
import { Simulator } from 'wa-client/testing';

const [how, text] = process.argv.slice(2);
const settings = JSON.parse(text);

const say = (line) => process.stdout.write(`${line}\n`);

/** A client that shows a code, and what comes in on standard input. */
async function open() {
  const client = new Client(settings);
  await client.initialize();
  const lines = createInterface({ input: process.stdin });
  say('started');
  return { client, lines };
}

const ways = {
  /** Does nothing with its client. */
  idle() {
    new Client(settings).on('qr', () => {});
  },

  /** Ends while calls are under way that nobody waits for. */
  async pending() {
    const client = new Client({ ...settings, executable: '/nowhere/chromium' });
    client.getQRCode();
    client.sendMessage('5511988887777', 'text').catch(() => {});
    const subscription = client.events();
    subscription.next().catch(() => {});
    process.exit(0);
  },

  /** Makes many clients and leaves them to the collector. */
  async many() {
    for (let n = 0; n < 50; n += 1) new Client({ ...settings, session: `n${n}` });
  },

  async open() {
    const { client, lines } = await open();
    lines.on('line', say);
    // Nothing but the client is left then.
    lines.on('close', () => client.close());
  },

  async exit() {
    (await open()).lines.once('line', () => process.exit(7));
  },

  async throw() {
    (await open()).lines.once('line', () => {
      throw new Error('a test wants to see an uncaught exception');
    });
  },

  async reject() {
    (await open()).lines.once('line', () => Promise.reject(new Error('a test wants to see an unhandled rejection')));
  },

  /** Listeners throw, and nobody listens for errors. */
  async catch() {
    process.on('uncaughtException', (error) => say(`caught ${error.message}`));
    const sim = await Simulator.start();
    const client = new Client({ ...settings, pageUrl: sim.pageUrl });
    client.once('message', () => {
      throw new Error('thrown');
    });
    client.on('message', ({ body }) => say(body));
    client.once('ready', async () => {
      throw new Error('rejected');
    });
    const ready = new Promise((resolve) => client.once('ready', resolve));
    // The first rejection comes after what the first message threw.
    const order = new Promise((resolve) => client.on('message', ({ body }) => body === 'message 2' && resolve()));
    await client.initialize();
    await sim.scan((await client.getQRCode()).payload);
    say('started');
    await ready;
    await sim.messages({ from: '5511988887777', body: 'message {i}', count: 3 });
    await order;
    await client.close();
    await sim.stop();
    process.stdin.destroy();
  },

  /** In a worker thread. */
  async worker() {
    const client = new Client(settings);
    parentPort.postMessage('begun');
    parentPort.on('message', async (message) => {
      if (message === 'status') parentPort.postMessage(client.getConnectionStatus().status);
      if (message === 'close') {
        await client.close();
        parentPort.close();
      }
    });
    client.waitReady().catch(() => {});
    await client.initialize();
    client.waitReady().catch(() => {});
    parentPort.postMessage('started');
  },

  /** Ends worker threads that come and go, one of them open until the end of the process. */
  async workers() {
    const run = async (session, last) => {
      const worker = new Worker(new URL(import.meta.url), { argv: ['worker', JSON.stringify({ ...settings, session })] });
      await new Promise((resolve) => worker.on('message', (message) => message === 'started' && resolve()));
      if (!last) await worker.terminate();
    };
    await run('one');
    await run('two');
    await run('three', true);
    process.exit(0);
  },

  /** Starts a simulator and forgets it. */
  async simulator() {
    const sim = await Simulator.start();
    const { pages } = await sim.state();
    const { pid } = sim;
    say(pid);
    if (pages.length > 0) say('there should be none');
  },
};

if (!isMainThread || process.argv[2] !== 'worker') await ways[how]();
