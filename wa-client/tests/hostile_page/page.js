'use strict';

// A page that has got hold of the way out of our script and sends what it likes. It lives in the same world as the script,
// so it can: it replaces what the script uses of the language.

/** The script's own `flush`, and the array that it empties. */
const bridge = { flush: null, waiting: null, bodies: [], n: 1 };

const microtask = window.queueMicrotask.bind(window);
window.queueMicrotask = (task) => {
  if (task.name !== 'flush') return microtask(task);
  const first = !bridge.flush;
  bridge.flush = task;
  if (first) microtask(() => begin());
  else if (!HOSTILE) microtask(task);
};

const splice = Array.prototype.splice;
Array.prototype.splice = function (...args) {
  const taken = splice.apply(this, args);
  const ours = this === bridge.waiting || (typeof taken[0] === 'string' && taken[0].startsWith('{"n":'));
  if (!ours) return taken;
  bridge.waiting = this;
  // Each is so long that the script sends it alone.
  return splice.call(bridge.bodies, 0).map((body) => ({ length: 2 ** 40, toString: () => body }));
};

/** Sends the text, in one call of the binding. The script puts brackets around it. */
function raw(...bodies) {
  bridge.bodies = bodies;
  bridge.flush();
}

/** The next number is that of the first event. */
function events(...list) {
  raw(list.map(([e, d]) => JSON.stringify({ n: (bridge.n += 1), e, d: d ?? {} })).join(','));
}

const GOOD = {
  registered: true, socket: 'CONNECTED', stream: 'CONNECTED', mode: 'MAIN',
  synced: true, offlineEnd: true, lockedByOther: false, version: '2.3000.1',
};

function ready() {
  events(['probe', { version: '2.3000.1', complete: true, report: [] }], ['state', GOOD]);
}

let made = 0;
function message(body, more) {
  made += 1;
  const id = `3EB0${made.toString(16).toUpperCase().padStart(8, '0')}`;
  return ['message', {
    key: `false_123456789012345@lid_${id}`, id, chat: '123456789012345@lid', from: '123456789012345@lid',
    to: '5511900000001@c.us', fromMe: false, type: 'chat', body, t: Math.floor(Date.now() / 1000), system: false,
    live: true, hasMedia: false, ciphertext: false, ...more,
  }];
}

/** Many times, with turns of the page's loop between, so that the page itself goes on. */
function again(times, what) {
  const port = new MessageChannel();
  let left = times;
  port.port1.onmessage = () => {
    for (let i = 0; i < 200 && left > 0; i += 1, left -= 1) what(times - left);
    if (left > 0) port.port2.postMessage(0);
  };
  port.port2.postMessage(0);
}

const NONSENSE = [
  '', '{', ']', '][', 'null', '1', '{}', '"', '{"n":2}', '{"n":-1,"e":"hello"}', '{"n":1e999,"e":"x"}', '{"n":2,"e":{}}',
  '{"n":2,"e":null}', '{"n":1,"e":"hello","d":{"url":"https://web.example/","userAgent":"x"}}', '{"n":0,"e":"state"}',
  '{"n":18446744073709551615,"e":"qr_idle"}', '{"n":18446744073709551616,"e":"qr_idle"}', '{"n":2,"n":3,"e":"x"}',
  '\0', '\ud800', '{"n":2,"e":"\udc00"}', '{"n":2,"e":"\\ud800"}', '\u{10ffff}'.repeat(1000), '['.repeat(100_000),
  '{"n":2,"e":"x","d":'.padEnd(200_000, '{"a":'), ','.repeat(100_000), ' '.repeat(2 << 20), 'x'.repeat(20 << 20),
  `{"n":2,"e":"${'x'.repeat(1 << 19)}"}`, '{"ok":{}}', '{"id":1,"result":{}}', '{"method":"Inspector.targetCrashed"}',
];

const ODD = [
  ['hello', { url: location.href, userAgent: 'x' }], ['hello', { url: `${location.origin}/?post_logout=1&logout_reason=0`, userAgent: 'x' }],
  ['x'.repeat(257)], ['x'.repeat(256)], ['state', 7], ['state', { ...GOOD, socket: 'x'.repeat(300) }], ['state', { ...GOOD, me: { pn: 'nobody' } }],
  ['progress', { percent: 300 }], ['progress', { percent: 255 }], ['probe', { complete: 'yes' }], ['pairing', { stage: 'hello' }],
  ['qr', { payload: '', ttlMs: 2 ** 60, expiresAt: -(2 ** 62), attempt: 0, of: 0 }], ['qr', { payload: 'x', ttlMs: 0, expiresAt: 2 ** 62, attempt: 9, of: 1 }],
  ['ack', { key: 'nothing', id: '', ack: 2 ** 40 }], ['ack', { key: 'true_123456789012345@lid_3EB0AA', id: '3EB0AA', ack: -5, failed: true }],
  ['send_result', { key: 'true_123456789012345@lid_3EB0AA', id: '3EB0AA', result: 'OK' }], ['removed', { key: '' }],
  ['message', { key: 'false_x@y_z' }], ['message', { ...message('x')[1], t: -(2 ** 53) }], ['message', { ...message('x'.repeat(65_537))[1] }],
  ['message', { ...message('deep', { mentions: Array(3000).fill('nobody') })[1] }],
  ['edit', { message: message('edited')[1], previous: 'x'.repeat(70_000) }], ['revoke', { key: '__proto__', by: 'nobody' }],
  ['reaction', { parent: 'x', sender: 'x', emoji: 'x'.repeat(65), t: 0, fromMe: false }], ['call', { id: '', peer: '@', video: 1 }],
  ['restricted', { kind: '' }], ['logout', { stage: 'perhaps' }], ['banned', 'no'], ['fault', { where: 'w', name: 'n', message: 'm' }], ['__proto__', { a: 1 }],
];

const SCENARIOS = {
  nonsense() {
    NONSENSE.forEach((body) => raw(body));
    ODD.forEach((odd) => events(odd));
    for (let i = 0; i < 500; i += 1) {
      bridge.n += 3;
      events(['of_tomorrow']);
    }
    ready();
    events(message('the end'));
  },
  calls() {
    ready();
    again(1e9, () => raw('{'));
  },
  events() {
    ready();
    again(1e9, () => events(...Array.from({ length: 50 }, () => message('x'.repeat(500)))));
  },
  flapping() {
    ready();
    again(1e9, (i) => events(['state', { ...GOOD, stream: i % 2 ? 'DISCONNECTED' : 'CONNECTED' }]));
  },
  huge() {
    ready();
    const valid = 'y'.repeat(60_000);
    // Calls that are too long to be carried, and those that are as long as can be.
    for (let i = 0; i < 4; i += 1) raw('x'.repeat(64 << 20));
    for (let i = 0; i < 150; i += 1) events(...Array.from({ length: 14 }, () => message(valid)));
    events(message('the end'));
  },
  answers() {
    const stringify = JSON.stringify;
    const garbage = ['', '{', '{"ok":null}', '{"ok":{"registered":"perhaps"}}', '{"err":7}', '[]', `{"ok":"${'x'.repeat(2 << 20)}"}`, '[['.repeat(1e5), '"\ud800"'];
    let count = 0;
    JSON.stringify = (value, ...more) => {
      const answer = value !== null && typeof value === 'object' && ['ok', 'err'].includes(Object.keys(value)[0]);
      if (!answer) return stringify(value, ...more);
      count += 1;
      return garbage[count % garbage.length];
    };
    ready();
  },
};

function begin() {
  if (HOSTILE) SCENARIOS[HOSTILE]();
  else ready();
}

// The script tells of a fault of its own, and the page has what it needs.
const now = performance.now.bind(performance);
let thrown = false;
performance.now = () => {
  if (thrown) return now();
  thrown = true;
  throw new Error('now');
};
