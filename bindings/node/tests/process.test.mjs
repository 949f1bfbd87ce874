// Processes and worker threads: they end when they should, and leave no browser.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Client } from 'wa-client';
import { Simulator } from 'wa-client/testing';
import { FRIEND, PATIENCE, directory, withRig, within } from './support.mjs';

const BOT = fileURLToPath(new URL('./bot.mjs', import.meta.url));

/** A process that runs `bot.mjs` on the simulator of the rig. */
function start(rig, how) {
  const settings = JSON.stringify(rig.settings);
  const child = spawn(process.execPath, [BOT, how, settings], { stdio: ['pipe', 'pipe', 'pipe'] });
  const bot = { child, lines: [], errors: '' };
  child.stderr.on('data', (data) => (bot.errors += data));
  const lines = createInterface({ input: child.stdout });
  let wake = () => {};
  lines.on('line', (line) => {
    bot.lines.push(line);
    wake();
  });
  bot.line = (wanted) => {
    const found = async () => {
      while (!bot.lines.includes(wanted)) {
        await new Promise((resolve) => {
          wake = resolve;
        });
      }
    };
    return within(found(), `line ${wanted}`).catch((error) => {
      throw new Error(`${error.message}: ${bot.lines.join(' | ')} ${bot.errors}`);
    });
  };
  const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
  bot.end = () => within(ended, 'end of the process');
  return bot;
}

/** The processes of browsers that use a directory. */
function browsers(sessionPath) {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(sessionPath);
    } catch {
      return false;
    }
  });
}

/** Waits until no browser is left; the kernel tells nobody, so it is asked again and again. */
async function noBrowser(rig) {
  const deadline = Date.now() + PATIENCE;
  const others = () => browsers(rig.settings.sessionPath).filter((pid) => Number(pid) !== process.pid);
  while (others().length > 0) {
    assert.ok(Date.now() < deadline, `browsers are left: ${others()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a client that was not started keeps nobody alive', withRig(async (rig) => {
  const bot = start(rig, 'idle');
  assert.deepEqual(await bot.end(), { code: 0, signal: null }, bot.errors);
}));

test('an open client keeps the process alive, and closing it lets it end', withRig(async (rig) => {
  const bot = start(rig, 'open');
  await bot.line('started');
  // Whatever its event loop had to do, it has done: it answers, and lives.
  bot.child.stdin.write('are you there?\n');
  await bot.line('are you there?');
  assert.ok(browsers(rig.settings.sessionPath).length > 0);
  bot.child.stdin.end();
  assert.deepEqual(await bot.end(), { code: 0, signal: null }, bot.errors);
  await noBrowser(rig);
}));

for (const how of ['exit', 'throw', 'reject']) {
  test(`ending without close leaves no browser: ${how}`, withRig(async (rig) => {
    const bot = start(rig, how);
    await bot.line('started');
    bot.child.stdin.write('now\n');
    const { code, signal } = await bot.end();
    assert.deepEqual([code, signal], [how === 'exit' ? 7 : 1, null], bot.errors);
    await noBrowser(rig);
  }));
}

test('a killed process leaves no browser', withRig(async (rig) => {
  const bot = start(rig, 'open');
  await bot.line('started');
  bot.child.kill('SIGKILL');
  await bot.end();
  await noBrowser(rig);
}));

test('what listeners throw is an uncaught exception, and the client goes on', withRig(async (rig) => {
  const bot = start(rig, 'catch');
  await bot.line('started');
  bot.child.stdin.write('now\n');
  assert.deepEqual(await bot.end(), { code: 0, signal: null }, bot.errors);
  assert.deepEqual(bot.lines.filter((line) => line.startsWith('caught')), ['caught rejected', 'caught thrown']);
  assert.ok(bot.lines.includes('message 2'));
  assert.equal(bot.errors, '');
}));

test('sixty short processes end cleanly', { timeout: 300_000 }, withRig(async (rig) => {
  for (let round = 0; round < 60; round += 1) {
    const bot = start({ settings: { ...rig.settings, session: `s${round % 4}` } }, ['idle', 'pending', 'many'][round % 3]);
    assert.deepEqual(await bot.end(), { code: 0, signal: null }, bot.errors);
    assert.equal(bot.errors, '');
  }
}));

test('several workers, each with a client of its own', withRig(async (rig) => {
  const workers = ['one', 'two', 'three'].map((session) => new Worker(BOT, { argv: ['worker', JSON.stringify({ ...rig.settings, session })] }));
  const heard = (worker, name) => within(new Promise((resolve, reject) => {
    worker.on('message', (message) => message === name && resolve());
    worker.once('error', reject);
  }), name);
  await Promise.all(workers.map((worker) => heard(worker, 'started')));
  // One is closed from within, one is ended from outside, one goes on.
  const exits = workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
  workers[0].postMessage('close');
  assert.equal(await within(exits[0], 'end of the first'), 0);
  await within(workers[1].terminate(), 'end of the second');
  workers[2].postMessage('status');
  await heard(workers[2], 'QR_READY');
  const left = new Set(browsers(rig.settings.sessionPath).map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').match(/session-(\w+)/)?.[1]));
  await workers[2].terminate();
  await noBrowser(rig);
  assert.ok(left.has('three'));
  // The addon works on in this thread, and in another worker.
  const client = rig.client({ session: 'main' });
  await client.initialize();
  const late = new Worker(BOT, { argv: ['worker', JSON.stringify({ ...rig.settings, session: 'late' })] });
  await heard(late, 'started');
  await late.terminate();
  await client.close();
  await noBrowser(rig);
}));

test('a worker that is ended in the middle of a start leaves no browser', withRig(async (rig) => {
  for (const session of ['a', 'b', 'c', 'd']) {
    const worker = new Worker(BOT, { argv: ['worker', JSON.stringify({ ...rig.settings, session })] });
    await within(new Promise((resolve) => worker.once('message', resolve)), 'beginning');
    await within(worker.terminate(), 'end');
  }
  // Whatever was still being started has been by then.
  const client = rig.client();
  await client.initialize();
  await client.close();
  await noBrowser(rig);
}));

test('a process whose only clients are in workers', withRig(async (rig) => {
  const bot = start(rig, 'workers');
  assert.deepEqual(await bot.end(), { code: 0, signal: null }, bot.errors);
  assert.equal(bot.errors, '');
  await noBrowser(rig);
}));

test('a second client on the same session is told who has it', withRig(async (rig) => {
  const first = rig.client();
  await first.initialize();
  const second = new Client(rig.settings);
  await assert.rejects(second.initialize(), { code: 'WA_PROFILE_LOCKED' });
  await second.close();
}));

test('a simulator ends with the process that started it, and does not keep it alive', async () => {
  const bot = start({ settings: { sessionPath: directory() } }, 'simulator');
  assert.deepEqual(await bot.end(), { code: 0, signal: null }, bot.errors);
  const pid = Number(bot.lines[0]);
  const deadline = Date.now() + PATIENCE;
  while (existsSync(path.join('/proc', String(pid)))) {
    assert.ok(Date.now() < deadline, 'the simulator is left');
    await new Promise((resolve) => setImmediate(resolve));
  }
});

test('a simulator repeats itself with the same seed, and asks for its token', async () => {
  const ids = [];
  for (let round = 0; round < 2; round += 1) {
    const sim = await Simulator.start({ seed: 7, token: 'secret' });
    const { status } = await fetch(`${sim.base}/sim/health`);
    assert.equal(status, 401);
    const { accounts } = await sim.accounts([{ number: FRIEND }]);
    ids.push(JSON.stringify(accounts));
    await assert.rejects(sim.text('1', 'x'), { name: 'SimulatorError', code: 'bad_request', status: 400 });
    await assert.rejects(sim.scan('nothing'), { name: 'SimulatorError', code: 'qr_malformed' });
    await assert.rejects(sim.waitEvent(['device.online'], 0, undefined, 1), { code: 'timeout' });
    await sim.stop();
    await sim.stop();
  }
  assert.equal(ids[0], ids[1]);
  await assert.rejects(Simulator.start({ port: 70_000 }), /exit status 1/);
});
