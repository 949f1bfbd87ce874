#!/usr/bin/env node
'use strict';

// Runs the simulator of WhatsApp Web until it is told to stop, or until the process that started it has gone.

const { parseArgs } = require('node:util');
const { native } = require('../lib/native.cjs');
const { translate } = require('../lib/error.cjs');

const USAGE = `Usage: wa-sim [--port N] [--seed N] [--token T] [--json]

A WhatsApp Web stand-in on loopback, steered by calls under /sim/.

  --port N   port on 127.0.0.1; 0, the default, takes a free one
  --seed N   identifiers and delays repeat for the same seed
  --token T  ask for this bearer token on every control call
  --json     print the address as one line of JSON`;

function settings() {
  const text = { type: 'string' };
  const flag = { type: 'boolean' };
  const { values } = parseArgs({ options: { port: text, seed: text, token: text, json: flag, help: flag, version: flag } });
  const port = Number(values.port ?? 0);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new Error('--port must be 0 to 65535');
  return { ...values, port };
}

async function main() {
  const { port, seed, token, json, help, version } = settings();
  if (help || version) {
    process.stdout.write(`${help ? USAGE : `wa-sim ${native.version()}`}\n`);
    return;
  }
  // Pending until the end, so that the process lives as long as the simulator.
  const stop = new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
    // There is a channel when another Node started us; it closes when that one ends, in whatever way.
    process.once('disconnect', resolve);
  });
  const alive = setInterval(() => {}, 2 ** 30);
  const base = await native.startSimulator(port, seed, token);
  process.stdout.write(`${json ? JSON.stringify({ base, contract: 1, pid: process.pid }) : base}\n`);
  await stop;
  clearInterval(alive);
  await native.stopSimulator();
  if (process.connected) process.disconnect();
}

main().catch((error) => {
  const known = error?.code?.startsWith?.('ERR_PARSE_ARGS') || !error?.code;
  process.stderr.write(`wa-sim: ${known ? error.message : translate(error, 'wa-sim').message}\n`);
  process.exit(1);
});
