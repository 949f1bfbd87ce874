// What this process uses, and by how much it grows.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';

export const MIB = 2 ** 20;

/** Lets what has ended go: collection, and the turns of the loop in which it is finalised. */
export async function settle() {
  assert.ok(globalThis.gc, 'run with --expose-gc');
  for (let turn = 0; turn < 10; turn += 1) {
    globalThis.gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export async function measure() {
  await settle();
  const { rss, heapUsed, external } = process.memoryUsage();
  const threads = Number(/^Threads:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
  const files = readdirSync('/proc/self/fd').length;
  return { rss, heapUsed, external, threads, files, resources: process.getActiveResourcesInfo().length };
}

/** By how much a value grows from one measurement to the next: the slope of the straight line that fits best. */
export function slope(measurements, name) {
  const mean = (measurements.length - 1) / 2;
  const values = measurements.map((measurement) => measurement[name]);
  const average = values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = values.reduce((sum, _, n) => sum + (n - mean) ** 2, 0);
  return values.reduce((sum, value, n) => sum + (n - mean) * (value - average), 0) / spread;
}

export function report(t, measurements, per) {
  const show = (name, unit, divide) => `${name} ${(slope(measurements, name) / divide / per).toFixed(2)} ${unit}`;
  t.diagnostic(`growth each: ${show('rss', 'KiB', 1024)}, ${show('heapUsed', 'KiB', 1024)}; ${JSON.stringify(measurements.at(-1))}`);
}
