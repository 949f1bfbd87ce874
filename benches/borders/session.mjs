// Keeps a session and does what `session --through` tells it, in Node; see ../src/bin/subject.rs, which does the same in Rust.

import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** How long messages may take to arrive, all of them. */
const PATIENCE = 120_000;

const [base, project] = process.argv.slice(2);
// From where the package is installed, which is not here.
const { Client } = createRequire(path.join(path.resolve(project), 'session.cjs'))('wa-client');

const send = async (prefix, count, until, to) => {
  const times = [];
  for (let n = 0; n < count; n += 1) {
    const start = performance.now();
    await client.sendMessage(to, `${prefix}${n}`, { until });
    times.push((performance.now() - start) * 1e3);
  }
  return times;
};

const receive = (prefix, count) =>
  new Promise((resolve) => {
    const [seen, bodies] = [[], new Set()];
    const end = () => {
      client.off('message', take);
      clearTimeout(limit);
      resolve(seen);
    };
    const take = ({ body }) => {
      if (!body?.startsWith(prefix)) return;
      seen.push([body, (performance.timeOrigin + performance.now()) * 1e3]);
      if (bodies.add(body).size === count) end();
    };
    // What came until then is told all the same.
    const limit = setTimeout(end, PATIENCE);
    client.on('message', take);
    console.log('listening');
  });

const client = new Client({ pageUrl: `${base}/`, pacing: null, eventQueue: 50_000 });
await client.initialize();
console.log(JSON.stringify((await client.getQRCode()).payload));
await client.waitReady();
console.log('ready');
for await (const order of createInterface({ input: process.stdin })) {
  const [what, prefix, count, until, to] = order.split(' ');
  if (what === 'send') console.log(JSON.stringify(await send(prefix, Number(count), until, to)));
  else if (what === 'receive') console.log(JSON.stringify(await receive(prefix, Number(count))));
  else throw new Error('an unknown order');
}
await client.close();
