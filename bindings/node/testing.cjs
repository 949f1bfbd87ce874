'use strict';

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { createInterface } = require('node:readline');
const { native } = require('./lib/native.cjs');
const { parse, sync, translate } = require('./lib/error.cjs');

const PROGRAM = path.join(__dirname, 'bin', 'wa-sim.cjs');
const START_LIMIT = 30_000;
/** How long a call may take that is not asked to wait. */
const CALL_LIMIT = 30_000;
/** The longest that the simulator holds back an answer. */
const POLL = 30_000;

/** The simulator said no. `code` is one of its contract's, `status` the HTTP status. */
class SimulatorError extends Error {
  constructor(status, { code, message, detail } = {}) {
    super(`${code}: ${message}`);
    this.code = code;
    this.status = status;
    if (detail !== undefined) this.detail = detail;
  }
}

Object.defineProperty(SimulatorError.prototype, 'name', { value: 'SimulatorError', configurable: true, writable: true });

/** A simulator of WhatsApp Web in a process of its own: the page, the server, the phone and the other people. */
class Simulator {
  #child;
  #token;
  #ended;

  constructor(child, base, token) {
    this.#child = child;
    this.#token = token;
    this.#ended = once(child, 'exit');
    /** Its address, `http://127.0.0.1:PORT`. */
    this.base = base;
    /** What to give a client as `pageUrl`. */
    this.pageUrl = `${base}/`;
    /** The id of its process. */
    this.pid = child.pid;
    // It ends with us, so it need not keep us.
    child.unref();
    child.channel?.unref();
    child.stdout.unref();
    child.stdout.resume();
  }

  static async start({ seed, port = 0, token } = {}) {
    const options = ['--json', '--port', String(port)];
    if (seed !== undefined) options.push('--seed', String(seed));
    if (token !== undefined) options.push('--token', String(token));
    const child = spawn(process.execPath, [PROGRAM, ...options], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    const lines = createInterface({ input: child.stdout });
    const signal = AbortSignal.timeout(START_LIMIT);
    try {
      const told = once(lines, 'line', { signal });
      const gone = once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`the simulator has ended with exit status ${code}`);
      });
      gone.catch(() => {});
      const [line] = await Promise.race([told, gone]);
      lines.close();
      return new Simulator(child, JSON.parse(line).base, token);
    } catch (error) {
      child.kill();
      throw error;
    }
  }

  /** Ends it and waits until it has. */
  async stop() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.ref();
      this.#child.kill();
      await this.#ended;
    }
  }

  async call(method, route, body, limit = CALL_LIMIT) {
    const headers = { 'content-type': 'application/json' };
    if (this.#token !== undefined) headers.authorization = `Bearer ${this.#token}`;
    const signal = AbortSignal.timeout(limit);
    const request = { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) };
    const response = await fetch(`${this.base}${route}`, request);
    const answer = await response.json();
    if (!answer.ok) throw new SimulatorError(response.status, answer.error);
    return answer;
  }

  get(route, query) {
    return this.call('GET', route + queryText(query));
  }

  post(route, body = {}) {
    return this.call('POST', route, body);
  }

  put(route, body = {}) {
    return this.call('PUT', route, body);
  }

  patch(route, body = {}) {
    return this.call('PATCH', route, body);
  }

  delete(route, query) {
    return this.call('DELETE', route + queryText(query));
  }

  /** The number of the newest event, for `since`. */
  async mark() {
    return (await this.get('/sim/health')).seq;
  }

  async events(kinds, since = 0, waitMs = 0) {
    const wait_ms = Math.min(waitMs, POLL);
    const query = { since, kinds: kinds?.length ? kinds.join(',') : undefined, wait_ms };
    return (await this.call('GET', `/sim/events${queryText(query)}`, undefined, CALL_LIMIT + wait_ms)).events;
  }

  /** The first event after `since` of one of these kinds that `wanted` accepts. */
  async waitEvent(kinds, since, wanted = () => true, limit = POLL) {
    const deadline = Date.now() + limit;
    for (;;) {
      const events = await this.events(kinds, since, Math.max(0, deadline - Date.now()));
      const found = events.find(wanted);
      if (found) return found;
      if (Date.now() >= deadline) throw new SimulatorError(0, { code: 'timeout', message: `no ${kinds} within ${limit} ms` });
      if (events.length > 0) since = events[events.length - 1].seq;
    }
  }

  health() {
    return this.get('/sim/health');
  }

  reset(body) {
    return this.post('/sim/reset', body);
  }

  state() {
    return this.get('/sim/state');
  }

  config() {
    return this.get('/sim/config');
  }

  patchConfig(body) {
    return this.patch('/sim/config', body);
  }

  scan(qr, more) {
    return this.post('/sim/phone/scan', { qr, ...more });
  }

  pair(code, more) {
    return this.post('/sim/phone/pair', { code, ...more });
  }

  unlink(body) {
    return this.post('/sim/phone/unlink', body);
  }

  deleteOnPhone(message) {
    return this.post('/sim/phone/delete', { message });
  }

  accounts(accounts) {
    return this.post('/sim/accounts', { accounts });
  }

  chats(chats) {
    return this.post('/sim/chats', { chats });
  }

  groups(body) {
    return this.post('/sim/groups', body);
  }

  text(from, body, more) {
    return this.messages({ from, body, ...more });
  }

  messages(body) {
    return this.post('/sim/messages', body);
  }

  reactions(from, message, emoji) {
    return this.post('/sim/reactions', { from, message, emoji });
  }

  edits(message, body) {
    return this.post('/sim/edits', { message, body });
  }

  revokes(message) {
    return this.post('/sim/revokes', { message });
  }

  typing(from, state, more) {
    return this.post('/sim/typing', { from, state, ...more });
  }

  calls(from, more) {
    return this.post('/sim/calls', { from, ...more });
  }

  endCall(id) {
    return this.post('/sim/calls/end', { id });
  }

  outbox(query) {
    return this.get('/sim/outbox', query);
  }

  outboxSummary(prefix) {
    return this.get('/sim/outbox/summary', { prefix });
  }

  clearOutbox() {
    return this.delete('/sim/outbox');
  }

  acks(policy) {
    return this.put('/sim/acks', policy);
  }

  ack(message, level) {
    return this.post('/sim/acks', { message, level });
  }

  qr(policy) {
    return policy === undefined ? this.get('/sim/qr') : this.put('/sim/qr', policy);
  }

  network(body) {
    return this.put('/sim/network', body);
  }

  socket(body) {
    return this.post('/sim/socket', body);
  }

  fault(body) {
    return this.post('/sim/faults', body);
  }

  clearFaults() {
    return this.delete('/sim/faults');
  }
}

if (Symbol.asyncDispose) {
  Object.defineProperty(Simulator.prototype, Symbol.asyncDispose, {
    value() {
      return this.stop();
    },
    configurable: true,
    writable: true,
  });
}

function queryText(query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

/** For tests of the border: fails at that stage, at once or later. Not for users. */
function _testingFail(stage) {
  return sync('testing_fail', () => native._testingFail(stage));
}

async function _testingFailLater(stage) {
  try {
    const answer = await native._testingFailLater(stage);
    return stage === 'result' ? parse('testing_fail', answer) : answer;
  } catch (error) {
    throw translate(error, 'testing_fail');
  }
}

module.exports = { Simulator, SimulatorError, _testingFail, _testingFailLater };
