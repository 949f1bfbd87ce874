'use strict';

// The loop that keeps a connection: opens it, says hello, and opens it again when it is lost.
{
  const { module, use, wire, prefs, config } = __sim;
  const MAX_STEP_S = 10;
  const LOST_DELAY_MS = 1000;
  const SILENCE_MS = [15000, 30000]; // then a ping
  const DEAD_AFTER_PING_MS = 20000;

  const bus = () => use('WAWebBackendEventBus').BackendEventBus;
  const jitter = (ms) => ms * (1 + Math.random() * 0.1);

  let stopped = false; // no further attempt in this document, or until `start`
  let loggedIn = false; // the present stream was accepted
  let step = [1, 1]; // Fibonacci, seconds
  let timer = null;
  let restartAtOnce = false; // the server asked for a new stream
  let keepAliveTimer = null;
  let holding = false; // a loss is kept back until `stop`
  let heldLoss = false;

  function attempt() {
    timer = null;
    if (stopped) return;
    bus().triggerSetSocketState('OPENING');
    wire.connect({ onOpen: opened, onClose: lost });
  }

  function opened() {
    bus().triggerSetSocketState('PAIRING');
    const noise = prefs.noise();
    wire.send({
      t: 'hello',
      creds: prefs.credentials(),
      url: location.href,
      version: config.waVersion,
      addressing: config.addressing,
      keys: { noise: noise.pubKey, identity: use('WABase64').encodeB64(prefs.identity().pubKey) },
    });
    wire.resume({ unlinked: true });
    __sim.report.now();
  }

  /** The connection is gone; `loggedIn` tells from which kind of stream. */
  function lost() {
    stopKeepAlive();
    if (holding) {
      heldLoss = true;
      return;
    }
    const hadStream = loggedIn || use('WAWebSocketModel').Socket.state.startsWith('UNPAIRED');
    loggedIn = false;
    if (hadStream) {
      step = [1, 1];
      bus().triggerSocketStreamDisconnected();
      if (bus().isOfflineDeliveryEnd) bus().triggerOfflineDeliveryStateReset();
      __sim.session.run('lost');
    }
    if (stopped) return;
    if (restartAtOnce) {
      restartAtOnce = false;
      schedule(0);
    } else if (hadStream) {
      schedule(jitter(LOST_DELAY_MS));
    } else {
      schedule(nextStep());
    }
  }

  function nextStep() {
    const [now, next] = step;
    step = [next, Math.min(now + next, MAX_STEP_S)];
    return jitter(next * 1000);
  }

  function schedule(delayMs) {
    clearTimeout(timer);
    timer = setTimeout(attempt, delayMs);
  }

  // ---- keep-alive -------------------------------------------------------------------------

  function startKeepAlive() {
    stopKeepAlive();
    const [least, most] = SILENCE_MS;
    const allowed = least + Math.random() * (most - least);
    keepAliveTimer = setInterval(() => {
      if (wire.silentMs() > allowed + DEAD_AFTER_PING_MS) comms.drop();
      else if (wire.silentMs() > allowed) wire.send({ t: 'ping', n: Date.now() });
    }, 5000);
  }

  function stopKeepAlive() {
    clearInterval(keepAliveTimer);
  }

  // ---- what others use --------------------------------------------------------------------

  const comms = {
    start() {
      stopped = false;
      schedule(config.boot?.connect_ms ?? 10);
    },

    /** Called when the server accepted the credentials. */
    accepted() {
      loggedIn = true;
      step = [1, 1];
      wire.resume();
      startKeepAlive();
    },

    /** The server closes this stream in order to get a new one. */
    expectRestart() {
      restartAtOnce = true;
    },

    /** Closes the connection; the loop opens a new one as after a loss. */
    drop() {
      const was = wire.attached;
      wire.close();
      if (was) lost();
    },

    /** Closes for good. `silent` keeps the models as they are. */
    stop({ silent = false } = {}) {
      stopped = true;
      clearTimeout(timer);
      timer = null;
      const was = wire.attached || heldLoss;
      holding = false;
      heldLoss = false;
      wire.close();
      if (was && !silent) lost();
      else stopKeepAlive();
    },

    get stopped() {
      return stopped;
    },

    /** Out of a conflict that the server declared. */
    takeover() {
      comms.expectRestart();
      stopped = false;
      if (wire.connected) comms.drop();
      else schedule(0);
    },

    /**
     * No further connection attempt, although this one goes on until the server closes it.
     * With `hold` the models hear of that loss only at `stop`.
     */
    forbidRetry({ hold = false } = {}) {
      stopped = true;
      holding = hold;
    },
  };
  __sim.comms = comms;

  module('WAComms', (exports) => {
    exports.isSocketConnected = () => wire.connected;
    exports.getMsSinceLastInboundRx = () => wire.silentMs();
    exports.closeSocketAndResume = () => comms.drop();
    exports.closeSocketAndPreventRetry = () => comms.stop();
    exports.stopComms = () => comms.stop();
    exports.waitForConnection = async () => {
      if (!wire.ready) await new Promise((resolve) => bus().once('open_socket_stream', resolve));
    };
  });

  module('WAWebLaunchSocketUtils', (exports) => {
    exports.refreshQR = () => {
      if (!wire.connected) return;
      wire.send({ t: 'refresh_qr' });
      comms.expectRestart();
      comms.drop();
    };
  });

  bus().onReconnectSocket(() => comms.drop());
  bus().onRefreshQR(() => use('WAWebLaunchSocketUtils').refreshQR());
  window.addEventListener('online', () => {
    if (timer === null || stopped) return;
    step = [1, 1];
    schedule(0);
  });
}
