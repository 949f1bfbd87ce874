// Drives an unmodified wa-js, put into the page before its own scripts as its users do, against the simulator: in both
// forms of address and with both shapes of message keys. Every call is checked by what it brings about.
import fs from 'node:fs';
import { Control, Recorder, Run, args, check, equal, packages, withBrowser } from './lib.mjs';
import { pairing, scenarios } from './wajs_scenarios.mjs';

const options = args();
const require = packages();
const puppeteer = (await import(require.resolve('puppeteer-core'))).default;
const library = fs.readFileSync(require.resolve('@wppconnect/wa-js'), 'utf8');
const sim = new Control(options.base);
const run = new Run(options);
const USER_AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

const EVENTS = [
  'conn.auth_code_change', 'conn.authenticated', 'conn.logout', 'conn.main_init', 'conn.main_loaded', 'conn.main_ready', 'conn.online',
  'conn.require_auth', 'conn.stream_mode_changed', 'conn.stream_info_changed', 'conn.qrcode_idle', 'chat.new_message', 'chat.new_chat',
  'chat.msg_ack_change', 'chat.msg_revoke', 'chat.msg_edited', 'chat.new_reaction', 'chat.presence_change', 'chat.unread_count_changed',
  'call.incoming_call', 'group.participant_changed', 'blocklist.sync',
];

/** In the page: tells events as plain data. */
function listen(names) {
  const plain = (value) => {
    try {
      return JSON.parse(JSON.stringify(value, (_key, inner) => (inner && inner.id && inner.attributes && inner.type ? { id: String(inner.id), type: inner.type, body: inner.body, isNewMsg: inner.isNewMsg } : inner)) ?? 'null');
    } catch {
      return null; // a model with its page behind it
    }
  };
  const start = () => {
    for (const name of names) {
      window.WPP.on(name, (value) => {
        const told = value?.id && value.attributes ? { id: String(value.id), type: value.type, body: value.body, from: String(value.from), isNewMsg: value.isNewMsg } : plain(value);
        window.clientEvent(name, told);
      });
    }
  };
  start();
}

async function session(addressing, shape, body) {
  await sim.post('/sim/reset');
  await sim.patch('/sim/config', { addressing, key_shape: shape });
  await sim.post('/sim/accounts', {
    accounts: [
      { number: '5511988887777', pushname: 'Ana', name: 'Ana Souza' },
      { number: '5511977776666', pushname: 'Bob', name: 'Bob Lima' },
      { number: '5511966665555', pushname: 'Eve' },
      { number: '5511900009999', registered: false },
    ],
  });
  await withBrowser(puppeteer, options, async (browser) => {
    const page = await browser.newPage();
    await page.setUserAgent(USER_AGENT);
    const events = new Recorder();
    const messages = [];
    if (options.verbose) {
      page.on('console', (message) => ['error', 'warn'].includes(message.type()) && console.error('  page:', message.text().slice(0, 220)));
      page.on('pageerror', (error) => console.error('  page error:', error.message));
    }
    await page.exposeFunction('clientEvent', (name, value) => {
      if (options.verbose === 'events') console.error('  event', name, JSON.stringify(value)?.slice(0, 160));
      events.note(name, value);
    });
    await page.evaluateOnNewDocument('window.WPPConfig = { disableGoogleAnalytics: true };');
    await page.evaluateOnNewDocument(library);
    await page.evaluateOnNewDocument(listen, EVENTS);
    await page.goto(`${options.base}/`);
    /** Runs `body(WPP, argument)` in the page. */
    const wpp = (body, argument) => page.evaluate(`(async () => (${body})(window.WPP, ${JSON.stringify(argument) ?? 'undefined'}))()`);
    await body({ run, sim, page, events, wpp, messages, addressing, shape, check, equal });
  });
}

for (const addressing of ['pn', 'lid']) {
  for (const shape of ['serialized', 'opaque']) {
    if (options.setting && options.setting !== `${addressing}/${shape}`) continue;
    run.prefix = `${addressing}/${shape} `;
    await session(addressing, shape, scenarios);
  }
}
if (!options.setting) {
  run.prefix = 'code ';
  await session('lid', 'opaque', pairing);
}
process.exitCode = run.close();
