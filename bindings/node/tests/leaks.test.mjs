// Nothing piles up: memory, threads, open files, listeners. What is measured is this process; browser and simulator have
// their own.

import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { Client } from 'wa-client';
import { MIB, measure, report, settle, slope } from './measure.mjs';
import { FRIEND, directory, fails, withRig, within } from './support.mjs';

test('ten thousand messages, twenty thousand events', { timeout: 400_000 }, async (t) => {
  await withRig(async (rig) => {
    const { client } = await rig.ready();
    client.removeAllListeners('*');
    let heard = 0;
    let wake = () => {};
    client.on('message', () => {
      heard += 1;
      wake();
    });
    client.on('lagged', () => assert.fail('lagged'));
    const all = async (count) => {
      while (heard < count) {
        await new Promise((resolve) => {
          wake = resolve;
        });
      }
    };
    const measurements = [];
    for (let batch = 1; batch <= 10; batch += 1) {
      await rig.sim.messages({ from: FRIEND, body: 'message {i}', count: 1000 });
      await within(all(batch * 1000), `batch ${batch}`);
      measurements.push(await measure());
    }
    assert.equal(heard, 10_000);
    // The first ones pay for what is kept anyway: compiled code, the allocators' reserves.
    const steady = measurements.slice(4);
    report(t, steady, 2000);
    assert.ok(slope(steady, 'rss') < 2 * MIB, `memory grows by ${slope(steady, 'rss')} a thousand messages`);
    assert.ok(slope(steady, 'heapUsed') < 0.25 * MIB, `the heap grows by ${slope(steady, 'heapUsed')} a thousand messages`);
    assert.ok(slope(steady, 'threads') < 0.5 && slope(steady, 'files') < 0.5);
  })();
});

test('a hundred clients that come and go, without a browser', { timeout: 120_000 }, async (t) => {
  const sessionPath = directory();
  const round = async (n) => {
    const client = new Client({ sessionPath, session: `s${n % 7}`, executable: '/nowhere/chromium' });
    client.on('message', () => {});
    const events = client.events();
    const next = events.next();
    await fails(client.initialize(), 'WA_BROWSER_NOT_FOUND');
    await fails(client.sendMessage(FRIEND, 'text', { signal: new AbortController().signal }), 'WA_NOT_READY');
    await next;
    await client.close();
  };
  const measurements = [];
  for (let n = 0; n < 150; n += 1) {
    await round(n);
    if (n >= 50 && n % 10 === 9) measurements.push(await measure());
  }
  report(t, measurements, 10);
  assert.ok(slope(measurements, 'rss') < 0.5 * MIB, `memory grows by ${slope(measurements, 'rss')} in ten rounds`);
  assert.ok(slope(measurements, 'heapUsed') < 0.05 * MIB, `the heap grows by ${slope(measurements, 'heapUsed')} in ten rounds`);
  for (const name of ['threads', 'files', 'resources']) assert.ok(slope(measurements, name) < 0.5, name);
});

test('a hundred clients that nobody closes are collected', { timeout: 120_000 }, async () => {
  const sessionPath = directory();
  let collected = 0;
  const registry = new FinalizationRegistry(() => (collected += 1));
  const make = () => {
    for (let n = 0; n < 100; n += 1) {
      const client = new Client({ sessionPath, session: `n${n}` });
      client.on('qr', () => {});
      registry.register(client);
    }
  };
  const before = await measure();
  make();
  await settle();
  const after = await measure();
  assert.ok(collected >= 99, `${collected} of 100`);
  assert.ok(after.threads <= before.threads + 2 && after.files <= before.files + 2, JSON.stringify([before, after]));
});

test('a signal that is used again and again keeps no listeners', async () => {
  const { signal } = new AbortController();
  const client = new Client({ sessionPath: directory() });
  for (let n = 0; n < 1000; n += 1) {
    await fails(client.sendMessage(FRIEND, 'text', { signal }), 'WA_NOT_READY');
    await client.events({ signal }).return();
  }
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  await client.close();
});
