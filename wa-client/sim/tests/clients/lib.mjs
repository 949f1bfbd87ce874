// What the drivers of other clients share: control calls, a browser with a fresh profile, scenarios and their tally.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

/** `--name value` pairs of the command line. */
export function args(argv = process.argv.slice(2)) {
  const out = { chromium: process.env.CHROME_PATH || '/usr/bin/chromium', 'timeout-scale': '1' };
  for (let i = 0; i < argv.length; i += 1) {
    const name = argv[i].replace(/^--/, '');
    out[name] = argv[i + 1] === undefined || argv[i + 1].startsWith('--') ? true : argv[(i += 1)];
  }
  if (!out.base) throw new Error('usage: --base http://127.0.0.1:PORT [--chromium PATH] [--only PREFIX] [--verbose]');
  return out;
}

/**
 * Looks packages up where `NODE_PATH` says or beside the driver: they are installed elsewhere, so that the checkout
 * stays as it is.
 */
export function packages() {
  const beside = process.env.NODE_PATH ? path.join(process.env.NODE_PATH, '_') : import.meta.url;
  return createRequire(beside);
}

export class Control {
  constructor(base) {
    this.base = base.replace(/\/+$/, '');
  }

  async call(method, route, body) {
    const response = await fetch(this.base + route, {
      method,
      headers: { 'content-type': 'application/json' },
      body: method === 'GET' ? undefined : JSON.stringify(body ?? {}),
      signal: AbortSignal.timeout(60000),
    });
    const answer = await response.json();
    if (!answer.ok) throw new Error(`${method} ${route}: ${answer.error?.code} ${answer.error?.message}`);
    return answer;
  }

  get = (route) => this.call('GET', route);
  post = (route, body) => this.call('POST', route, body);
  put = (route, body) => this.call('PUT', route, body);
  patch = (route, body) => this.call('PATCH', route, body);

  async seq() {
    return (await this.get('/sim/health')).seq;
  }

  /** The first event of these kinds after `since`; the simulator holds its answer back until there is one. */
  async event(kinds, since, where = () => true, ms = 10000) {
    const end = Date.now() + ms;
    for (let from = since; Date.now() < end; ) {
      const { events } = await this.get(`/sim/events?since=${from}&kinds=${kinds}&wait_ms=2000`);
      const found = events.find(where);
      if (found) return found;
      from = events.at(-1)?.seq ?? from;
    }
    throw new Error(`no event ${kinds} within ${ms} ms`);
  }

  /** What the server has under this message id, once it has it. */
  async sent(key, since) {
    const id = String(key).split('_')[2];
    const seen = (await this.get(`/sim/outbox?id=${id}`)).messages[0];
    if (seen) return seen;
    await this.event('message.received', since, (event) => event.id === id);
    return (await this.get(`/sim/outbox?id=${id}`)).messages[0];
  }
}

/** Runs `body` with a Chromium on a profile of its own, and leaves nothing behind. */
export async function withBrowser(puppeteer, options, body) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'wa-sim-client-'));
  const browser = await puppeteer.launch({
    executablePath: options.chromium,
    headless: true,
    userDataDir: path.join(profile, 'data'),
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking'],
    // What the browser puts into its temporary directory goes with the profile.
    env: { ...process.env, TMPDIR: profile },
  });
  try {
    return await body(browser);
  } finally {
    await browser.close().catch(() => browser.process()?.kill('SIGKILL'));
    fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The first recorded event that fits; waits for it. */
export class Recorder {
  #seen = [];
  #waiting = new Set();

  note(name, value) {
    this.#seen.push({ name, value });
    for (const look of [...this.#waiting]) look();
  }

  get mark() {
    return this.#seen.length;
  }

  names(from = 0) {
    return this.#seen.slice(from).map(({ name }) => name);
  }

  values(name, from = 0) {
    return this.#seen.slice(from).filter((entry) => entry.name === name).map(({ value }) => value);
  }

  until(name, { from = 0, where = () => true, ms = 10000 } = {}) {
    const find = () => this.#seen.slice(from).find((entry) => entry.name === name && where(entry.value));
    return new Promise((resolve, reject) => {
      const look = () => {
        const entry = find();
        if (!entry) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(entry.value);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`no ${name} within ${ms} ms; seen: ${[...new Set(this.names(from))].join(' ') || 'nothing'}`));
      }, ms);
      this.#waiting.add(look);
      look();
    });
  }
}

/** Named scenarios, run one after the other. */
export class Run {
  results = {};

  constructor(options) {
    this.options = options;
    this.prefix = '';
  }

  /** Fails when `body` throws or does not end in time. */
  async check(name, body, ms = 20000) {
    if (this.options.only && !name.startsWith(this.options.only) && !name.startsWith('link')) return;
    const title = this.prefix + name;
    const started = performance.now();
    const limit = ms * Number(this.options['timeout-scale']);
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done after ${limit} ms`)), limit);
    });
    let outcome;
    try {
      const detail = await Promise.race([body(), late]);
      outcome = { ok: true, detail: detail === undefined ? '' : String(detail) };
    } catch (error) {
      outcome = { ok: false, detail: String(error?.message ?? error) };
    } finally {
      clearTimeout(timer);
    }
    this.results[title] = { ...outcome, ms: Math.round(performance.now() - started) };
    if (this.options.verbose) console.error(`${outcome.ok ? 'ok  ' : 'FAIL'} ${title} ${this.results[title].ms} ms ${outcome.detail}`);
  }

  /** What the real page refuses as well: passes when `body` fails in just this way. `fact` says where that is known from. */
  refused(name, fact, pattern, body, ms) {
    return this.check(name, async () => {
      let value;
      try {
        value = await body();
      } catch (error) {
        const text = String(error?.message ?? error);
        if (!pattern.test(text)) throw new Error(`failed otherwise than the page does (${fact}): ${text}`);
        return `fails as on the page: ${fact}`;
      }
      throw new Error(`works here, but not on the page (${fact}): ${JSON.stringify(value)}`);
    }, ms);
  }

  /** One JSON object of all scenarios, then the closing line; answers the exit code. */
  close() {
    const all = Object.values(this.results);
    const failed = all.filter(({ ok }) => !ok).length;
    console.log(JSON.stringify(this.results, null, 1));
    console.log(`${all.length - failed} passed, ${failed} failed`);
    return failed === 0 && all.length > 0 ? 0 : 1;
  }
}

export function check(condition, text) {
  if (!condition) throw new Error(text);
}

export function equal(found, expected, what) {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: ${a} instead of ${b}`);
}
