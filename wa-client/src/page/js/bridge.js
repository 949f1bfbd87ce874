'use strict';

// The way out (events through the binding) and the way in (calls on the entry point).

const outbox = { send: null, count: 0, waiting: [], scheduled: false };

/** Takes the binding out of the page's sight. False in frames, and when the script has run in this document before. */
function takeBinding() {
  const binding = window[config.binding];
  delete window[config.binding];
  if (window.top !== window || typeof binding !== 'function') return false;
  outbox.send = binding;
  return true;
}

/** Leaves the entry point where the library fetches it, once. */
function exposeEntry() {
  const entry = Object.freeze({ call });
  Object.defineProperty(window, config.handle, { value: entry, configurable: true, enumerable: false, writable: false });
}

/** Text that survives JSON and UTF-8: no half of a surrogate pair stands alone. */
function wellFormed(text) {
  if (text.toWellFormed) return text.toWellFormed();
  return text.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD');
}

function toJson(value) {
  return JSON.stringify(value, (_key, member) => (typeof member === 'string' ? wellFormed(member) : member));
}

/** Queues an event. Everything of one turn leaves together. */
function emit(name, data) {
  outbox.count += 1;
  outbox.waiting.push(toJson({ n: outbox.count, e: name, d: data ?? {} }));
  if (outbox.scheduled) return;
  outbox.scheduled = true;
  queueMicrotask(flush);
}

/** Sends what is queued, in batches below the size limit. */
function flush() {
  outbox.scheduled = false;
  let batch = [];
  let size = 2;
  for (const event of outbox.waiting.splice(0)) {
    if (batch.length && size + event.length + 1 > config.limits.batch) {
      outbox.send(`[${batch.join(',')}]`);
      batch = [];
      size = 2;
    }
    batch.push(event);
    size += event.length + 1;
  }
  if (batch.length) outbox.send(`[${batch.join(',')}]`);
}

/** An exception in a listener would abort the page's own work: it becomes a `fault` event instead. */
function guard(where, listener) {
  return function guarded(...args) {
    try {
      const result = listener.apply(this, args);
      if (result && typeof result.catch === 'function') result.catch((error) => fault(where, error));
    } catch (error) {
      fault(where, error);
    }
  };
}

const faults = new Map();
const MAX_FAULTS_A_PLACE = 5;

function fault(where, error) {
  const times = (faults.get(where) || 0) + 1;
  faults.set(where, times);
  if (times > MAX_FAULTS_A_PLACE) return;
  emit('fault', { where, name: errorName(error), message: maskedMessage(error) });
}

/** The name of an error is a word of the page's code. */
function errorName(error) {
  const name = String(error?.name ?? typeof error);
  return /^[A-Za-z][A-Za-z0-9 _.]{0,63}$/.test(name) ? name : 'Error';
}

/** Only what the engine itself says of a defect of ours; any other message may hold what belongs to people. */
function maskedMessage(error) {
  const ours = error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
  return ours ? String(error.message).replace(/\d{3,}/g, '#').slice(0, 160) : '';
}

/** The failure of an operation. `kind` is a code of the library; the message is a constant sentence. */
class Failure extends Error {
  constructor(kind, message, detail) {
    super(message);
    this.kind = kind;
    this.detail = detail;
  }
}

function failure(kind, message, detail) {
  return new Failure(kind, message, detail);
}

/** What the page's errors mean (`WAWebBackendErrors`, `WAWebAltDeviceLinkingApi`, `WAWebWidFactory`, `WAWebFindChat`). */
function kindOf(error) {
  const status = Number(error?.status ?? error?.statusCode);
  const name = errorName(error);
  const type = error?.type?.name;
  if (status === 429 || type === 'IQErrorRateOverlimit') return ['rate_limited', 'the server asks to slow down'];
  if (name === 'InvalidWidError') return ['invalid_argument', 'the page does not accept this address'];
  if (name === 'ContactBlocked') return ['send_failed', 'the recipient is blocked by this account'];
  if (/^No LID for user/.test(String(error?.message))) return ['not_registered', 'the server knows no such account'];
  return ['page', 'the page failed'];
}

function describe(error) {
  if (error instanceof Failure) {
    return { kind: error.kind, message: error.message, detail: error.detail };
  }
  const [kind, message] = kindOf(error);
  const status = Number(error?.status ?? error?.statusCode);
  return { kind, message, name: errorName(error), detail: Number.isInteger(status) ? { status } : undefined };
}

const OPERATIONS = new Map();

/** Declares an operation. `run(args, turn)` may be async; its value becomes the `ok` of the answer. */
function operation(name, run) {
  OPERATIONS.set(name, run);
}

const LONGEST_CALL_MS = 300_000;

/** One call: its deadline, and whether it has handed something to the page that cannot be taken back. */
class Turn {
  constructor(deadlineMs) {
    this.over = false;
    this.handed = false;
    const wait = deadlineMs > 0 ? Math.min(deadlineMs, LONGEST_CALL_MS) : LONGEST_CALL_MS;
    this.expiry = new Promise((_resolve, reject) => {
      this.timer = setTimeout(() => {
        this.over = true;
        reject(this.timeout());
      }, wait);
    });
    this.expiry.catch(() => {});
  }

  /** Throws when the time is up: nothing is begun late. */
  check() {
    if (this.over) throw this.timeout();
  }

  timeout() {
    return failure('timeout', 'the page did not finish in time', { maybeSent: this.handed });
  }

  /** Waits for a promise, not beyond the deadline. */
  within(promise) {
    return Promise.race([promise, this.expiry]);
  }

  end() {
    clearTimeout(this.timer);
  }
}

/** Runs an operation. Always resolves, with JSON: `{"ok": …}` or `{"err": …}`. */
async function call(name, argsJson) {
  let turn;
  try {
    const run = OPERATIONS.get(name);
    if (!run) throw failure('capability_unavailable', 'no such operation', { capability: String(name).slice(0, 64) });
    const args = JSON.parse(argsJson || '{}');
    turn = new Turn(args.deadlineMs);
    return toJson({ ok: (await turn.within(run(args, turn))) ?? {} });
  } catch (error) {
    const err = describe(error);
    // Whatever failed then, the message may be on its way.
    if (turn?.handed) err.detail = { ...err.detail, maybeSent: true };
    return toJson({ err });
  } finally {
    turn?.end();
  }
}
