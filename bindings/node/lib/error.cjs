'use strict';

/** Why a call failed. `code` is stable; index.d.ts says what the other fields hold. */
class WaError extends Error {
  /** @param {any} fields the core's error, as it is in JSON */
  constructor(fields) {
    const { code: kind, operation, message, source, cause, retry, ...more } = fields;
    super(`${operation}: ${kind}: ${message}`, wanted(source, cause));
    this.code = `WA_${kind.toUpperCase()}`;
    this.kind = kind;
    this.operation = operation;
    this.retry = retry ?? 'never';
    // retryAfterMs, maybeSent, messageId, phase, missing: those that there are, and what a later core adds.
    Object.assign(this, more);
  }
}

Object.defineProperty(WaError.prototype, 'name', { value: 'WaError', configurable: true, writable: true });

function wanted(source, cause) {
  if (cause !== undefined) return { cause };
  return source === undefined ? {} : { cause: new Error(source) };
}

/** The one place where what the native half throws becomes a `WaError`. `signal` is the one that the call was given. */
function translate(error, operation, signal) {
  if (error instanceof WaError) return error;
  const fields = read(error?.message);
  if (!fields) {
    // The native half could not take an argument. Its own text shows the argument, which may belong to people.
    return invalid(operation, `an argument has the wrong type (${error?.code ?? 'unknown'})`);
  }
  if (fields.code === 'cancelled' && signal?.aborted) fields.cause = signal.reason;
  return new WaError(fields);
}

function read(text) {
  try {
    const fields = JSON.parse(text);
    return typeof fields?.code === 'string' ? fields : undefined;
  } catch {
    return undefined;
  }
}

function invalid(operation, message) {
  return new WaError({ code: 'invalid_argument', operation, message });
}

/** A text that can cross: half a character cannot be written in UTF-8, and would arrive as another one. */
function text(operation, name, value) {
  if (typeof value !== 'string') throw invalid(operation, `${name} must be a string`);
  if (/\p{Surrogate}/u.test(value)) throw invalid(operation, `${name} holds half of a character (a lone surrogate)`);
  return value;
}

/** Options are a plain object with no other names than `known`. */
function options(operation, value, known) {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw invalid(operation, 'options must be an object');
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalid(operation, `there is no option ${JSON.stringify(unknown)}`);
  const { signal } = value;
  if (signal !== undefined && signal !== null && typeof signal.addEventListener !== 'function') {
    throw invalid(operation, 'signal must be an AbortSignal');
  }
  return value;
}

/** A function of the native half that answers at once. */
function sync(operation, body) {
  try {
    return body();
  } catch (error) {
    throw translate(error, operation);
  }
}

/** An answer of the native half, which is JSON. */
function parse(operation, json) {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new WaError({ code: 'internal', operation, message: 'an answer cannot be read', cause });
  }
}

module.exports = { WaError, invalid, options, parse, sync, text, translate };
