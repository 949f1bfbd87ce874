'use strict';

// Network status and the connection's facts about the account.
{
  const { module, use } = __sim;

  module('WAWebNetworkStatus', (exports) => {
    const { BaseModel, defineModel, session } = use('WAWebBaseModel');

    class NetworkStatus extends BaseModel {
      static attributes = { online: session(true), simulatedOfflineConditions: session(false) };

      /** Asks the origin for a small file; concurrent calls share the answer. */
      checkOnline() {
        this._checking ||= fetch('/status.json', { cache: 'no-store' })
          .then((response) => response.status > 0, () => false)
          .then((online) => {
            this.online = online;
          })
          .finally(() => {
            this._checking = null;
          });
        return this._checking;
      }

      async waitIfOffline() {
        if (this.online || navigator.onLine) return;
        await new Promise((resolve) => this.listenToOnce(this, 'change:online', resolve));
      }
    }
    defineModel(NetworkStatus);

    const status = new NetworkStatus();
    window.addEventListener('online', () => status.checkOnline());
    window.addEventListener('offline', () => {
      status.online = false;
    });
    exports.default = status;
  });

  module('WAWebConnModel', (exports) => {
    const { BaseModel, defineModel, prop, session, derived } = use('WAWebBaseModel');
    const { PLATFORMS } = use('WAWebMobilePlatforms');
    const FIELDS = { android: 1, iphone: 2, ipad: 3, smba: 10, smbi: 11 };

    class Conn extends BaseModel {
      static attributes = {
        id: prop(),
        ref: prop(),
        refTTL: prop(),
        refId: prop(),
        wid: prop(), // declared and never assigned, as `connected`
        connected: prop(),
        platform: prop(),
        smbTos: prop(0),
        pushname: prop(),
        blockStoreAdds: session(false),
        meReadyTriggered: session(false),
        refExpiry: derived(function refExpiry() {
          return Date.now() + this.refTTL;
        }, ['ref', 'refTTL']),
        platformField: derived(function platformField() {
          return FIELDS[this.platform] || 0;
        }, ['platform']),
        isSMB: derived(function isSMB() {
          return this.platform === PLATFORMS.SMBA || this.platform === PLATFORMS.SMBI;
        }, ['platform']),
      };

      canSetMyPushname() {
        return !this.isSMB;
      }
    }
    defineModel(Conn);

    exports.Conn = new Conn({ id: '1' });
  });
}
