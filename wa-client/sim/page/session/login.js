'use strict';

// From an accepted stream to a page that is ready, fresh and restored.
{
  const { module, use, wire, prefs, comms, session } = __sim;
  const bus = () => use('WAWebBackendEventBus').BackendEventBus;
  const socket = () => use('WAWebSocketModel').Socket;
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  let generation = 0; // one per accepted stream; an older walk stops by itself
  let synced = signal();
  let offlineDone = signal();

  function signal() {
    let fire;
    const promise = new Promise((resolve) => {
      fire = resolve;
    });
    return { promise, fire };
  }

  module('WAWebOfflineHandler', (exports) => {
    class OfflineMessageHandlerImpl {
      hasInitOfflineResumeManager() {
        return this.offlineResumeManager !== undefined;
      }
      // Without a manager these throw a TypeError, as the real ones do.
      getOfflineDeliveryProgress() {
        return this.offlineResumeManager.progress;
      }
      getOfflineMessageCount() {
        return this.offlineResumeManager.total;
      }
      isResumeFromRestartComplete() {
        return this.offlineResumeManager.restartComplete;
      }
      isResumeComplete() {
        return this.offlineResumeManager.progress === 100;
      }
      getFinishedDownloading() {
        return this.getOfflineDeliveryProgress() === 100;
      }
      hasReceivedOfflinePreviewIb() {
        return this.hasInitOfflineResumeManager();
      }
    }
    exports.OfflineMessageHandlerImpl = OfflineMessageHandlerImpl;
    exports.OfflineMessageHandler = new OfflineMessageHandlerImpl();
  });

  function handler() {
    return use('WAWebOfflineHandler').OfflineMessageHandler;
  }

  function progress(value) {
    const manager = handler().offlineResumeManager;
    if (value < manager.progress) return; // never falls
    manager.progress = value;
    __sim.tellCmd('offline_progress_update_from_bridge');
  }

  wire.on('success', async (frame) => {
    generation += 1;
    const mine = generation;
    const resumed = socket().hasSynced === true;
    synced = signal();
    offlineDone = signal();

    comms.accepted();
    prefs.setLoggedIn();
    const { Conn } = use('WAWebConnModel');
    if (frame.pushname) prefs.setLocal('last-pushname', frame.pushname);
    bus().triggerSetSocketState('CONNECTED');
    bus().triggerOpenSocketStream();
    Conn.set({ pushname: frame.pushname ?? Conn.pushname, platform: frame.platform ?? Conn.platform });
    bus().triggerTemporaryBan({ banned: false });
    await session.run('success', frame);
    if (!frame.fresh && !resumed) await session.run('stored', frame);
    walk(frame, mine, resumed).catch((error) => console.error(error));
  });

  async function walk(frame, mine, resumed) {
    const current = () => mine === generation && wire.ready;
    const { steps = [100], step_ms: stepMs = 10, synced_delay_ms: pauseMs = 0, never_sync: never } = frame.login || {};

    if (resumed) {
      await offlineDone.promise;
      if (!current()) return;
      bus().triggerOfflineDeliveryEnd();
      bus().triggerAbPropsUpdate({});
      await session.run('ready');
      return;
    }

    handler().offlineResumeManager = { progress: 0, total: frame.offline || 0, restartComplete: false };
    bus().triggerOfflineProcessReady();
    for (const value of steps) {
      if (value >= 100) await offlineDone.promise;
      if (!current()) return;
      progress(value);
      await sleep(stepMs);
    }
    await offlineDone.promise;
    if (!current()) return;
    if (handler().getOfflineDeliveryProgress() < 100) progress(100);
    bus().triggerAbPropsUpdate({});
    if (never) return;

    if (frame.fresh) await finishFresh(frame, pauseMs, current);
    else await finishRestored(pauseMs, current);
    if (!current()) return;
    handler().offlineResumeManager.restartComplete = true;
    await session.run('ready');
  }

  // Fresh: the end of offline delivery comes first, history and critical data after it.
  async function finishFresh(frame, pauseMs, current) {
    bus().triggerMainStreamModeReady();
    bus().triggerOfflineDeliveryEnd();
    const [, more] = await Promise.all([sleep(pauseMs), synced.promise]);
    if (!current()) return;
    await session.run('history', { ...frame, ...more });
    if (!current()) return;
    const history = use('WAWebHistorySyncProgressModel').getHistorySyncProgressModel();
    history.setProgress(50);
    bus().triggerInitialChatHistorySynced();
    await __sim.cmdHeard(); // `Cmd` knows before the main screen shows
    if (!current()) return;
    prefs.set('WACriticalDataSynced', true);
    bus().triggerCriticalSyncDone();
    // Older history runs on after the page is ready.
    bus().triggerRecentChatHistorySynced();
    bus().triggerFullChatHistorySynced();
    history.setProgress(100);
  }

  // Restored: what is stored is in memory by now; the main screen shows, then delivery ends.
  async function finishRestored(pauseMs, current) {
    await sleep(pauseMs);
    if (!current()) return;
    if (!prefs.get('WACriticalDataSynced')) {
      // The first login of this device never got through; what was in flight is in by now.
      prefs.set('WACriticalDataSynced', true);
    }
    bus().triggerMainStreamModeReady();
    await __sim.cmdHeard();
    bus().triggerOfflineDeliveryEnd();
  }

  wire.on('offline_batch', async (frame) => {
    await session.run('offline', frame);
    const manager = handler().offlineResumeManager;
    if (manager && frame.total) progress(Math.min(99, Math.ceil((100 * frame.done) / frame.total)));
    if (frame.end) offlineDone.fire();
  });

  wire.on('synced', (frame) => {
    const { t, ...rest } = frame;
    synced.fire(rest);
  });

  /** The walk of a restored page before it has any connection. */
  __sim.restore = async () => {
    const { Conn } = use('WAWebConnModel');
    await session.run('restore');
    bus().triggerInitialLoadReady();
    await __sim.cmdHeard();
    use('WAWebSocketModel').Socket.openStream();
    bus().triggerAbPropsLoaded();
    Conn.set({ pushname: prefs.local('last-pushname') ?? null, platform: prefs.get('WAPlatform') });
  };
}
