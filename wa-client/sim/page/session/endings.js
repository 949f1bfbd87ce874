'use strict';

// All the ways a session ends or is interrupted (observed on the real page).
{
  const { use, wire, prefs, store, comms } = __sim;
  const bus = () => use('WAWebBackendEventBus').BackendEventBus;
  const socket = () => use('WAWebSocketModel').Socket;
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const LAST_PATCH_MS = 150; // the last app-state patch of an own logout
  const SERVER_LIMIT_MS = 3000;
  const BEFORE_NAVIGATION_MS = 80; // what `logout_from_bridge` leaves to its listeners

  const BAD_SECRET_MS = 1000;

  let ending = false;
  let pairedHere = false; // this document did the pairing: 516 restarts it

  /** The models forget: synced first, then nothing may be added any more. */
  function clearState() {
    socket().unset('hasSynced');
    use('WAWebConnModel').Conn.blockStoreAdds = true;
  }

  /** Wipes what this origin keeps and leaves for the next document. */
  async function destroy(reason, message, { silent = false } = {}) {
    let failed = false;
    try {
      localStorage.setItem('post-logout', '1');
      await store.purge();
      await Promise.all((await caches.keys()).map((name) => caches.delete(name)));
      localStorage.removeItem('post-logout');
    } catch (error) {
      failed = true;
      console.error(`wipe: ${error?.name}`);
    }
    prefs.clear();
    if (!silent) {
      bus().triggerLogout();
      await sleep(BEFORE_NAVIGATION_MS);
    }
    use('WAWebReloadAfterLogout').reloadAfterLogout(failed, reason, message);
  }

  const reasons = () => use('WAWebLogoutReasonConstants').LogoutReason;

  const endings = {
    get inProgress() {
      return ending;
    },

    pairedInThisDocument() {
      pairedHere = true;
    },

    /** `Socket.logout()`: commits to local storage first, then tells the server. */
    async ownLogout(reason) {
      if (ending) return;
      ending = true;
      comms.forbidRetry({ hold: true });
      prefs.dropKeysOnDisk();
      bus().triggerStartingLogout();
      await sleep(LAST_PATCH_MS);
      if (wire.send({ t: 'logout' })) {
        // Frames are handled in order: any answer says that the server has forgotten us.
        const heard = wire.request('ping').then(() => undefined, () => undefined);
        await Promise.race([heard, wire.whenClosed(), sleep(SERVER_LIMIT_MS)]);
      }
      await endings.wipe(reason);
    },

    /** Local wipe and reload. */
    async wipe(reason, message) {
      ending = true;
      clearState();
      comms.stop();
      await destroy(reason, message);
    },

    /** The device was removed on the phone, or the server said so with 516. */
    async removed() {
      if (ending) return;
      ending = true;
      bus().triggerStartingLogout();
      clearState();
      await sleep(0);
      comms.stop();
      await destroy(reasons().UserInitiated);
    },

    /** Login refused for good: no `starting_logout`, the mode stays as it is. */
    async refused(reason, message) {
      if (ending) return;
      ending = true;
      clearState();
      comms.stop({ silent: true });
      await destroy(reason, message);
    },

    /** The phone's answer does not fit our secret: nothing is said, the page starts over. */
    async badSecret() {
      ending = true;
      comms.forbidRetry({ hold: true });
      await sleep(BAD_SECRET_MS);
      await destroy(undefined, undefined, { silent: true });
    },
  };
  __sim.endings = endings;

  // ---- what the server says ---------------------------------------------------------------

  wire.on('stream_end', (frame) => {
    if (ending) return undefined;
    if (frame.conflict === 'replaced') {
      comms.forbidRetry(); // and then silence
      return undefined;
    }
    if (frame.conflict === 'device_removed') return void endings.removed();
    switch (frame.code) {
      case 515:
        comms.expectRestart();
        return undefined;
      case 516:
        if (pairedHere) comms.expectRestart();
        else endings.removed();
        return undefined;
      default:
        return frame.code < 500 ? failure(frame) : undefined;
    }
  });

  wire.on('failure', (frame) => {
    if (!ending) failure(frame);
  });

  function failure({ code, message, url, expire, ...details }) {
    switch (code) {
      case 401:
      case 406:
        endings.refused();
        break;
      case 402:
        comms.forbidRetry();
        bus().triggerTemporaryBan({ banned: true, code, message, url, expire });
        break;
      case 403:
        endings.refused(reasons().AccountLocked, {
          logoutMessageHeader: details.logout_message_header,
          logoutMessageSubtext: details.logout_message_subtext,
        });
        break;
      case 405:
      case 409:
        comms.stop({ silent: true });
        location.reload();
        break;
      case 503:
        bus().triggerServiceUnavailable();
        break;
      default:
        break;
    }
  }

  wire.on('set_socket', ({ state, stream }) => {
    if (stream) socket().stream = stream;
    if (state) bus().triggerSetSocketState(state);
  });
}
