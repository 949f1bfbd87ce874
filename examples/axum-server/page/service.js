// Calls of the service and its stream of events. The token lives in sessionStorage and nowhere else.

const TOKEN = "axum-server.token";
// The stream shows every 15 seconds that it lives; after three of them it does not.
const SILENCE = 45_000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;

let skew = 0;

export const token = {
  get: () => sessionStorage.getItem(TOKEN),
  set: (value) => sessionStorage.setItem(TOKEN, value),
  forget: () => sessionStorage.removeItem(TOKEN),
};

/** A refusal of the service, or its silence. */
export class Failure extends Error {
  constructor(error, status = 0) {
    super(error.message);
    Object.assign(this, error, { status });
  }

  get denied() {
    return this.status === 401 || this.status === 403;
  }
}

/** What time it is for the service: expiries are by its clock, and the clock of this device may be wrong. */
export function now() {
  return Date.now() + skew;
}

function learnClock(response) {
  // The header has its seconds cut off. A second more is the latest that it can mean, so nothing is taken for valid too long.
  const difference = Date.parse(response.headers.get("date")) + 1000 - Date.now();
  if (!Number.isNaN(difference)) skew = Math.abs(difference) > 1000 ? difference : 0;
}

export async function request(method, path, { body, headers, signal } = {}) {
  const options = { method, signal, cache: "no-store", headers: { Authorization: `Bearer ${token.get()}`, ...headers } };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(`whatsapp/${path}`, options);
  } catch {
    throw new Failure({ code: "unreachable", message: "no answer" });
  }
  learnClock(response);
  if (response.ok) return response;
  const answer = await response.json().catch(() => null);
  throw new Failure(answer?.error ?? { code: `http_${response.status}`, message: response.statusText }, response.status);
}

/** The JSON of the answer. */
export async function call(method, path, options) {
  const response = await request(method, path, options);
  return response.json().catch(() => {
    throw new Failure({ code: "unreachable", message: "the answer broke off" });
  });
}

/** Reads the stream of events until `signal`; after a loss it goes on where it was. */
export async function follow({ onEvent, onLive, onDenied }, signal) {
  let last = 0;
  let pause = FIRST_PAUSE;
  while (!signal.aborted) {
    try {
      await readOnce(last, signal, () => {
        pause = FIRST_PAUSE;
        onLive(true);
      }, (event) => {
        last = event.seq;
        onEvent(event);
      });
    } catch (failure) {
      if (signal.aborted) return;
      if (failure.denied) {
        onDenied(failure);
        return;
      }
    }
    if (signal.aborted) return;
    onLive(false);
    await delay(pause, signal);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}

async function readOnce(last, signal, onOpen, onEvent) {
  const attempt = new AbortController();
  const abort = () => attempt.abort();
  signal.addEventListener("abort", abort);
  let watchdog = setTimeout(abort, SILENCE);
  try {
    const headers = { "Last-Event-ID": String(last) };
    const response = await request("GET", "events", { headers, signal: attempt.signal });
    onOpen();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(watchdog);
      watchdog = setTimeout(abort, SILENCE);
      const blocks = (text + value).split("\n\n");
      text = blocks.pop();
      blocks.map(parse).filter(Boolean).forEach(onEvent);
    }
  } finally {
    clearTimeout(watchdog);
    signal.removeEventListener("abort", abort);
  }
}

/** The envelope in a block; comments have none. */
function parse(block) {
  const data = block.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5));
  return data.length ? JSON.parse(data.join("\n")) : null;
}

function delay(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}
