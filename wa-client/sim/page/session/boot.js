'use strict';

// From a loaded document to the first connection.
{
  const { module, use, config, prefs, store, comms, tab } = __sim;
  const HIDDEN_WAIT_MS = 5000;

  /** Takes the markers of a logout out of the address and remembers them. */
  function readLogoutMarkers() {
    const query = new URLSearchParams(location.search);
    const reason = use('WAWebLogoutReason');
    const markers = use('WAWebReloadAfterLogout').POST_LOGOUT_URL_MARKERS;
    if (!markers.some((marker) => query.has(marker))) return;
    reason.setPrevLogoutReasonCode(query.get('logout_reason'));
    if (query.has('logout_message_header')) {
      reason.setPrevCustomLogoutMessage({
        logoutMessageHeader: query.get('logout_message_header'),
        logoutMessageSubtext: query.get('logout_message_subtext'),
      });
    }
    for (const marker of markers) query.delete(marker);
    const rest = query.size ? `?${query}` : '';
    history.replaceState(history.state, '', `${location.pathname}${rest}${location.hash}`);
  }

  module('WAWebDebugSetup', (exports) => {
    exports.setupDebugGlobal = () => {
      window.Debug = {
        VERSION: use('WAWebBuildConstants').VERSION_STR,
        getCurrentAltLinkingRef: () => {
          const ref = use('WAWebAltDeviceLinkingApi').getCurrentRef();
          return ref && btoa(String.fromCharCode(...ref));
        },
        forceLinkDeviceCodeManualRefresh: () => use('WAWebLinkDeviceAction').forceManualRefresh(),
      };
    };
  });

  async function visible() {
    if (document.visibilityState !== 'hidden') return;
    await new Promise((resolve) => {
      document.addEventListener('visibilitychange', resolve, { once: true });
      setTimeout(resolve, HIDDEN_WAIT_MS);
    });
  }

  async function boot() {
    if (localStorage.getItem('post-logout') === '1') {
      // The last logout did not get through with its wipe.
      prefs.clear();
      localStorage.removeItem('post-logout');
    }
    setTimeout(() => use('WAWebDebugSetup').setupDebugGlobal(), config.boot?.version_ms ?? 0);
    if (!prefs.registered) await store.purge({ reopen: true });
    await prefs.load();
    readLogoutMarkers();
    if (prefs.registered) await __sim.restore();
    await visible();
    await tab.take(() => {
      comms.stop();
      __sim.ui?.anotherWindow();
    });
    comms.start();
  }

  module('WAWebAppBootstrap', (exports) => {
    exports.bootstrapApp = boot;
  });

  use('WAWebAppBootstrap').bootstrapApp().catch((error) => console.error(error));
}
