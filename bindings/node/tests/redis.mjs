// A real redis-server on a free port of loopback; it ends with `stop`, or with the process.

import { spawn } from 'node:child_process';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { directory } from './support.mjs';

/** A port that nobody uses right now. */
async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function spawnAt(port) {
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory()];
  const child = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const ready = new Promise((resolve) => {
    lines.on('line', (line) => line.includes('Ready to accept connections') && resolve(true));
    lines.on('close', () => resolve(false));
  });
  return (await ready) ? child : null;
}

export async function startRedis() {
  // Between finding a free port and using it, somebody else may take it.
  for (let tries = 0; tries < 10; tries += 1) {
    const port = await freePort();
    const child = await spawnAt(port);
    if (!child) continue;
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const stop = async () => {
      process.off('exit', kill);
      kill();
      await ended;
    };
    return { url: `redis://127.0.0.1:${port}/0`, stop };
  }
  throw new Error('redis-server does not start');
}
