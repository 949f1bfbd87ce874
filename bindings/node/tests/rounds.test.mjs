// Sessions that are opened and closed leave nothing behind in the process.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from 'wa-client';
import { MIB, measure, report, slope } from './measure.mjs';
import { withRig } from './support.mjs';

test('a hundred sessions with a browser that come and go', { timeout: 400_000 }, async (t) => {
  await withRig(async (rig) => {
    const measurements = [];
    for (let round = 0; round < 100; round += 1) {
      const client = new Client({ ...rig.settings, session: `r${round}` });
      client.on('qr', () => {});
      await client.initialize();
      await client.close();
      if (round % 10 === 9) measurements.push(await measure());
    }
    const steady = measurements.slice(2);
    report(t, steady, 10);
    assert.ok(slope(steady, 'rss') < 2 * MIB, `memory grows by ${slope(steady, 'rss')} in ten rounds`);
    for (const name of ['threads', 'files', 'resources']) {
      assert.ok(slope(steady, name) < 0.5, `${name}: ${steady.map((it) => it[name])}`);
    }
  })();
});
