'use strict';

// Finds the native half: beside the package, or in the optional package of the platform. Nothing is downloaded.

const { napi } = require('../package.json');
const { target } = require('./target.cjs');

/** @returns {typeof import('../native')} */
function load() {
  const name = target();
  const places = [`../${napi.binaryName}.${name}.node`, `@wa-client/${name}`];
  /** @type {any[]} */
  const failures = [];
  for (const place of places) {
    try {
      return require(place);
    } catch (error) {
      failures.push(error);
    }
  }
  const known = napi.targets.includes(name);
  const advice = known ? `is @wa-client/${name} installed?` : `there is none for ${name}, only for ${napi.targets.join(', ')}`;
  const missing = failures.every((error) => error.code === 'MODULE_NOT_FOUND');
  // One that is there and does not load says why.
  const cause = failures.find((error) => error.code !== 'MODULE_NOT_FOUND') ?? failures[0];
  const error = new Error(missing ? `wa-client has no native part: ${advice}` : 'wa-client cannot load its native part', { cause });
  throw Object.assign(error, { code: 'WA_NATIVE_MISSING' });
}

module.exports = { native: load() };
