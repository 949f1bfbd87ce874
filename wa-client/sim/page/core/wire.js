'use strict';

// The page's end of the private wire (WIRE.md): one socket at a time, frames handled in order.
{
  const handlers = new Map();
  const waiting = new Map(); // request id -> {frame, unlinked, resolve, reject}
  let socket = null;
  let ready = false; // logged in: queries may go out
  let nextId = 1;
  let queue = [];
  let working = false;
  let closing = signal(); // fires when the server ends the present connection
  let lastReceived = 0; // performance time of the newest frame

  function signal() {
    let fire;
    const promise = new Promise((resolve) => {
      fire = resolve;
    });
    return { promise, fire };
  }

  async function drain() {
    if (working) return;
    working = true;
    while (queue.length) {
      const batch = queue;
      queue = [];
      for (const frame of batch) {
        const handler = handlers.get(frame.t);
        if (!handler) continue;
        try {
          const result = handler(frame);
          if (result && typeof result.then === 'function') await result;
        } catch (error) {
          // A client's listener may throw through the models; the next frame must still be handled.
          console.error(error);
        }
      }
    }
    working = false;
  }

  function receive(frame) {
    lastReceived = performance.now();
    if (frame.t === 'res') {
      answer(frame);
    } else if (frame.t === 'ping') {
      wire.send({ t: 'pong', n: frame.n });
    } else {
      queue.push(frame);
      drain();
    }
  }

  function answer({ id, ok, err }) {
    const request = waiting.get(id);
    if (!request) return;
    waiting.delete(id);
    if (err) request.reject(new (__sim.use('WAWebBackendErrors').ServerStatusCodeError)(err.status, err.text));
    else request.resolve(ok === undefined ? null : ok);
  }

  const wire = {
    /** Handles frames of a type; a promise holds up the frames behind it. One handler a type. */
    on(type, handler) {
      handlers.set(type, handler);
    },

    /** Sends a frame; false when there is no open connection (nothing is queued). */
    send(frame) {
      if (!socket || socket.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(frame));
      return true;
    },

    /**
     * Asks the server; waits for a logged-in stream when there is none and asks again, under the
     * same id, after a lost one. With `unlinked` any connection will do. Rejects with
     * `ServerStatusCodeError`.
     */
    request(op, args = {}, { unlinked = false } = {}) {
      const frame = { t: 'req', id: `${nextId++}`, op, args };
      return new Promise((resolve, reject) => {
        waiting.set(frame.id, { frame, unlinked, resolve, reject });
        if (ready || unlinked) wire.send(frame);
      });
    },

    /** The connection is usable, logged in or not: sends the questions that waited for it. */
    resume({ unlinked = false } = {}) {
      ready = !unlinked;
      for (const request of waiting.values()) if (ready || request.unlinked) wire.send(request.frame);
    },

    /** True from `connect` until the end of that connection was noticed. */
    get attached() {
      return socket !== null;
    },

    get connected() {
      return socket !== null && socket.readyState === WebSocket.OPEN;
    },

    /** True while the stream accepts queries and messages. */
    get ready() {
      return ready && wire.connected;
    },

    /** Milliseconds since the server was last heard. */
    silentMs: () => Math.round(performance.now() - lastReceived),

    /** Opens a connection, replacing the present one; `onOpen` and `onClose` belong to it alone. */
    connect({ onOpen, onClose }) {
      wire.close();
      const url = new URL('/ws', location.href);
      // The server knows this document again when it reconnects.
      url.searchParams.set('load', __sim.config.load);
      url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
      const mine = new WebSocket(url);
      socket = mine;
      closing = signal();
      mine.onopen = () => {
        if (socket !== mine) return;
        lastReceived = performance.now();
        onOpen();
      };
      mine.onmessage = (event) => {
        if (socket === mine) receive(JSON.parse(event.data));
      };
      mine.onclose = () => {
        if (socket !== mine) return;
        socket = null;
        ready = false;
        // In order behind the frames that still came in.
        queue.push({ t: 'closed', onClose });
        drain();
        closing.fire();
      };
    },

    /** Resolves when the server ends the present connection. */
    whenClosed: () => closing.promise,

    /** Drops the connection without calling its `onClose`. */
    close() {
      const old = socket;
      socket = null;
      ready = false;
      if (old) old.close();
    },
  };

  handlers.set('closed', ({ onClose }) => onClose());
  // Applied is what is on disk, too: the server forgets it then. Later frames need not wait for that.
  handlers.set('mark', ({ mark }) => {
    __sim.store.flush().then(() => wire.send({ t: 'applied', mark }));
  });

  __sim.wire = wire;
}
