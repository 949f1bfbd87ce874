// The echo bot as a user runs it, and the bots of MIGRATION.md.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import jsQR from 'jsqr';
import { Simulator } from 'wa-client/testing';
import { FRIEND, directory, within } from './support.mjs';

const ECHO = fileURLToPath(new URL('../example/echo.mjs', import.meta.url));

/** What a camera reads from a terminal: two rows of modules a line, light where something is drawn. */
function scan(drawing) {
  const lines = drawing.trimEnd().split('\n');
  const [scale, side] = [4, Math.max(...lines.map((line) => line.length))];
  const height = lines.length * 2;
  const pixels = new Uint8ClampedArray(side * height * scale * scale * 4);
  for (let y = 0; y < height * scale; y += 1) {
    for (let x = 0; x < side * scale; x += 1) {
      const row = Math.floor(y / scale);
      const drawn = ['█', row % 2 === 0 ? '▀' : '▄'].includes(lines[row >> 1][Math.floor(x / scale)]);
      pixels.fill(drawn ? 255 : 0, (y * side * scale + x) * 4, (y * side * scale + x) * 4 + 3);
      pixels[(y * side * scale + x) * 4 + 3] = 255;
    }
  }
  return jsQR(pixels, side * scale, height * scale).data;
}

/** The lines of a drawn code, when it is complete: the number of rows is odd, so the last line is half a line. */
const DRAWN = /(?:^[ █▀▄]{20,}\n)+^▀{20,}\n/m;

/** A bot in a directory of its own, on a simulator; links it, has a friend write, and gives back how it ended. */
async function run(bot) {
  const sim = await Simulator.start();
  await sim.accounts([{ number: FRIEND }]);
  const env = { ...process.env, WHATSAPP_WEB_URL: sim.pageUrl };
  const child = spawn(process.execPath, [bot], { cwd: directory(), env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errors, over, wake] = ['', '', false, () => {}];
  child.stderr.on('data', (data) => (errors += data));
  child.stdout.on('data', (data) => {
    output += data;
    wake();
  });
  const printed = async (pattern) => {
    for (;;) {
      const found = pattern.exec(output);
      if (found) return found[0];
      if (over) throw new Error(`the bot has ended: ${output}${errors}`);
      await new Promise((resolve) => {
        wake = resolve;
      });
    }
  };
  const ended = new Promise((resolve) => {
    child.once('close', (code) => {
      over = true;
      wake();
      resolve({ code, errors });
    });
  });
  try {
    assert.ok((await sim.scan(scan(await within(printed(DRAWN), 'code')))).linked);
    await within(printed(/^Ready\.$/m), 'readiness');
    const asked = (await sim.text(FRIEND, '!ping is there an echo')).messages[0];
    // It has heard of the answer's fate: ended before, it would not know whether the answer arrived.
    await within(printed(/^(answered by|Read:) 3EB0.*$/m), 'answer');
    const { total, messages } = await sim.outbox();
    assert.equal(total, 1);
    child.kill('SIGINT');
    return { ...(await within(ended, 'end')), asked, answer: messages[0] };
  } finally {
    child.kill('SIGKILL');
    await sim.stop();
  }
}

test('the echo bot', async () => {
  const { code, errors, asked, answer } = await run(ECHO);
  assert.deepEqual([code, errors], [0, '']);
  assert.deepEqual([answer.body, answer.quoted], ['!ping is there an echo', asked.id]);
});

test('the bot of the migration page, as it stands there', async () => {
  const require = createRequire(import.meta.url);
  const page = readFileSync(path.join(path.dirname(require.resolve('wa-client/package.json')), 'MIGRATION.md'), 'utf8');
  const blocks = [...page.matchAll(/```js\n([^]*?)```/g)].map(([, code]) => code);
  const ours = blocks.find((code) => code.includes("require('wa-client')"));
  assert.ok(ours, 'the page has our side of the bot');
  // It goes to the real page: only that is changed.
  const onSimulator = ours.replace('new Client({', 'new Client({ pageUrl: process.env.WHATSAPP_WEB_URL,');
  assert.notEqual(onSimulator, ours);
  const file = path.join(path.dirname(ECHO), 'migration.cjs');
  writeFileSync(file, onSimulator);
  const { code, errors, answer } = await run(file);
  assert.deepEqual([code, errors], [0, '']);
  assert.equal(answer.body, 'pong');
});
