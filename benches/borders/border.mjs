// What a call and an event cost in Node; see ../src/bin/border.rs, which does the same in Rust.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const FRIEND = '5511988887777';
const BURST = 5_000;
const STATUS_CALLS = 20_000;
const AWAITED_CALLS = 5_000;
const ROUNDS = 7;
const IDLE_CLIENTS = 50;

const [base, project] = process.argv.slice(2);
// From where the package is installed, which is not here.
const { Client } = createRequire(path.join(path.resolve(project), 'border.cjs'))('wa-client');

const post = async (route, body) => {
  const answer = await fetch(base + route, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  if (!answer.ok) throw new Error(await answer.text());
};
const middle = (times) => times.sort((one, other) => one - other)[Math.floor(times.length / 2)];
const residentKb = () => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]);
const now = () => Number(process.hrtime.bigint());

const sessionPath = fs.mkdtempSync(path.join(os.tmpdir(), 'border-'));
const settings = { pageUrl: `${base}/`, sessionPath, pacing: null, eventQueue: 50_000, eventReplay: 50_000 };
const client = new Client(settings);
await client.initialize();
await post('/sim/phone/scan', { qr: (await client.getQRCode()).payload });
await client.waitReady();
const arriving = client.events();
await post('/sim/messages', { from: FRIEND, body: 'number {i}', count: BURST });
let [messages, last] = [0, 0];
for await (const { event, seq } of arriving) {
  if (event === 'message') messages += 1;
  if (messages === BURST) {
    last = seq;
    break;
  }
}
const [status, awaited, events] = [[], [], []];
for (let round = 0; round < ROUNDS; round += 1) {
  let start = now();
  for (let n = 0; n < STATUS_CALLS; n += 1) {
    if (!client.getConnectionStatus().ready) throw new Error('not ready');
  }
  status.push((now() - start) / STATUS_CALLS);
  start = now();
  for (let n = 0; n < AWAITED_CALLS; n += 1) await client.initialize();
  awaited.push((now() - start) / AWAITED_CALLS);
  start = now();
  for await (const { seq } of client.eventsAfter(0)) {
    if (seq === last) break;
  }
  events.push((now() - start) / last);
}
const rss = residentKb();
const idle = Array.from({ length: IDLE_CLIENTS }, (_, n) => new Client({ ...settings, session: `idle-${n}` }));
const perClient = (residentKb() - rss) / IDLE_CLIENTS;
const [statusNs, awaitedNs, eventNs] = [status, awaited, events].map((times) => Math.round(middle(times)));
console.log(JSON.stringify({
  status_ns: statusNs, awaited_ns: awaitedNs, event_ns: eventNs, events: last, rss_kb: rss, idle_client_kb: perClient,
}));
for (const one of [...idle, client]) await one.close();
fs.rmSync(sessionPath, { recursive: true });
