'use strict';

// The socket model and the stream model derived from it. One file: the stream must be the first
// listener of the socket.
{
  const { module, use } = __sim;
  const LONG_TROUBLE_MS = 18000; // the banner stays soft that long
  const AFTER_OFFLINE_MS = 3000;

  module('WAWebSocketModel', (exports) => {
    const { BaseModel, defineModel, session } = use('WAWebBaseModel');
    const { SOCKET_STATE, SOCKET_STREAM } = use('WAWebSocketConstants');
    const { BackendEventBus } = use('WAWebBackendEventBus');
    const { LogoutReason } = use('WAWebLogoutReasonConstants');

    class Socket extends BaseModel {
      static attributes = {
        socket: session(),
        launchGeneration: session(0),
        backoffGeneration: session(0),
        hasSynced: session(),
        state: session(SOCKET_STATE.UNLAUNCHED),
        stream: session(SOCKET_STREAM.DISCONNECTED),
        isIncognito: session(),
        retryTimestamp: session(),
      };

      initialize() {
        const network = use('WAWebNetworkStatus').default;
        setTimeout(() => {
          this.isIncognito = false;
        }, 0);
        BackendEventBus.onSetSocketState((state) => {
          this.state = state;
        });
        BackendEventBus.onOpenSocketStream(() => {
          network.online = true;
          network.checkOnline();
          this.openStream();
          if (this.hasSynced) this.stream = SOCKET_STREAM.CONNECTED;
        });
        BackendEventBus.onSocketStreamDisconnected(() => {
          this.stream = SOCKET_STREAM.DISCONNECTED;
          network.checkOnline();
        });
        BackendEventBus.onCriticalSyncDone(() => this._showMainScreen());
        BackendEventBus.onMainStreamModeReady(async () => {
          // Set once critical data came in; on a fresh login `on_critical_sync_done` does the rest.
          const synced = await __sim.prefs.get('WACriticalDataSynced');
          if (synced) this._showMainScreen();
        });
      }

      _showMainScreen() {
        this.set({ hasSynced: true, stream: SOCKET_STREAM.CONNECTED });
      }

      reconnect() {
        BackendEventBus.triggerReconnectSocket();
      }

      takeover() {
        // Only a server that put this page into the state lets it out again.
        if (this.state !== SOCKET_STATE.CONFLICT) throw new Error('Takeover called without conflict!');
        __sim.comms.takeover();
      }

      logout(reason = LogoutReason.UserInitiated) {
        __sim.endings.ownLogout(reason);
      }

      /** Local wipe and reload, without a word to the server. */
      async clearCredentialsAndStoredData(reason, customMessage) {
        await __sim.endings.wipe(reason, customMessage);
      }

      openStream() {
        const { Conn } = use('WAWebConnModel');
        Conn.blockStoreAdds = false;
        Conn.id = '1';
        Conn.trigger('me_ready');
        Conn.meReadyTriggered = true;
        return Promise.resolve();
      }
    }
    defineModel(Socket);

    exports.Socket = new Socket();
  });

  module('WAWebStreamModel', (exports) => {
    const { BaseModel, defineModel, session, derived } = use('WAWebBaseModel');
    const { SOCKET_STATE, SOCKET_STREAM } = use('WAWebSocketConstants');
    const { Socket } = use('WAWebSocketModel');
    const network = use('WAWebNetworkStatus').default;
    const { Mirrored } = window.require('$InternalEnum');

    const StreamInfo = Mirrored(['OFFLINE', 'OPENING', 'PAIRING', 'SYNCING', 'RESUMING', 'CONNECTING', 'NORMAL']);
    const StreamMode = Mirrored([
      'QR', 'MAIN', 'SYNCING', 'OFFLINE', 'CONFLICT', 'PROXYBLOCK', 'TOS_BLOCK', 'SMB_TOS_BLOCK',
    ]);
    const Obscurity = Mirrored(['SHOW', 'OBSCURE', 'HIDE']);
    const registered = () => use('WAWebUserPrefsMultiDevice').isRegistered();

    function currentInfo() {
      switch (Socket.state) {
        case SOCKET_STATE.OPENING:
          return network.online ? StreamInfo.OPENING : StreamInfo.OFFLINE;
        case SOCKET_STATE.PAIRING:
          return Socket.hasSynced ? StreamInfo.RESUMING : StreamInfo.PAIRING;
        case SOCKET_STATE.CONNECTED:
          return Socket.stream !== SOCKET_STREAM.CONNECTED && !Socket.hasSynced ? StreamInfo.SYNCING : StreamInfo.NORMAL;
        default:
          return StreamInfo.NORMAL;
      }
    }

    function currentMode() {
      const { state, hasSynced } = Socket;
      if (!registered() && state !== SOCKET_STATE.PROXYBLOCK) return StreamMode.QR;
      switch (state) {
        case SOCKET_STATE.PROXYBLOCK:
        case SOCKET_STATE.CONFLICT:
        case SOCKET_STATE.TOS_BLOCK:
        case SOCKET_STATE.SMB_TOS_BLOCK:
          return StreamMode[state];
        case SOCKET_STATE.UNLAUNCHED:
          return StreamMode.SYNCING;
        case SOCKET_STATE.UNPAIRED:
        case SOCKET_STATE.UNPAIRED_IDLE:
          return StreamMode.QR;
        default:
          if (state === SOCKET_STATE.OPENING && !network.online && !hasSynced) return StreamMode.OFFLINE;
          return hasSynced || Socket.stream === SOCKET_STREAM.CONNECTED ? StreamMode.MAIN : StreamMode.SYNCING;
      }
    }

    function softened(info, obscurity) {
      if (obscurity === Obscurity.SHOW) return info;
      if (obscurity === Obscurity.HIDE) return Socket.hasSynced ? StreamInfo.NORMAL : StreamInfo.CONNECTING;
      const trouble = [StreamInfo.OPENING, StreamInfo.PAIRING, StreamInfo.SYNCING, StreamInfo.RESUMING];
      return trouble.includes(info) ? StreamInfo.CONNECTING : info;
    }

    class Stream extends BaseModel {
      static attributes = {
        info: session(StreamInfo.NORMAL),
        mode: session(StreamMode.SYNCING),
        obscurity: session(Obscurity.HIDE),
        needsUpdate: session(),
        isHardRefresh: session(false),
        lastSyncStart: session(() => Math.floor(performance.now())),
        couldForce: session(),
        uiActive: session(),
        isInConnectedCall: session(false),
        available: session(true),
        resumeCount: session(0),
        phoneAuthed: session(false),
        displayInfo: derived(function displayInfo() {
          return softened(this.info, this.obscurity);
        }, ['info', 'obscurity']),
      };

      initialize() {
        if (!registered()) this.mode = StreamMode.QR;
        this.available = document.hasFocus();
        this._unobscureAt = Infinity;
        this.listenTo(Socket, 'change:state change:stream change:hasSynced', this._update);
        this.listenTo(network, 'change:online', this._update);
        this.listenTo(this, 'change:available', () => this._sendAvailability(false));
        this.listenTo(this, 'change:phoneAuthed', () => {
          if (this.phoneAuthed) this._sendAvailability(true);
        });
        this.listenTo(this, 'change:info', () => {
          if (this.info === StreamInfo.RESUMING) this.resumeCount += 1;
        });
        this.listenTo(this, 'change:mode', () => {
          if (this.mode === StreamMode.SYNCING) this.lastSyncStart = Math.floor(performance.now());
        });
        this.listenTo(this, 'change:available change:uiActive', this._updateCouldForce);
        document.addEventListener('visibilitychange', () => this._updateCouldForce());
        window.addEventListener('focus', () => this.markAvailable());
        this._updateCouldForce();
      }

      markAvailable() {
        clearTimeout(this._unavailableTimer);
        this.available = true;
      }

      markUnavailable(afterMs) {
        clearTimeout(this._unavailableTimer);
        if (afterMs) this._unavailableTimer = setTimeout(() => this.markUnavailable(), afterMs);
        else this.available = false;
      }

      _update() {
        const info = currentInfo();
        const values = {
          info,
          mode: currentMode(),
          phoneAuthed: Socket.stream !== SOCKET_STREAM.DISCONNECTED,
        };
        if (info === StreamInfo.NORMAL || info === StreamInfo.OFFLINE) {
          this._stopUnobscure();
          values.obscurity = info === StreamInfo.NORMAL ? Obscurity.HIDE : Obscurity.OBSCURE;
        } else if (this.obscurity !== Obscurity.SHOW) {
          this._unobscureOnOrBefore(this.obscurity === Obscurity.HIDE ? LONG_TROUBLE_MS : AFTER_OFFLINE_MS);
        }
        this.set(values);
      }

      _unobscureOnOrBefore(delayMs) {
        const at = performance.now() + delayMs;
        if (at >= this._unobscureAt) return;
        this._stopUnobscure();
        this._unobscureAt = at;
        this._unobscureTimer = setTimeout(() => {
          this._unobscureAt = Infinity;
          this.obscurity = Obscurity.SHOW;
        }, delayMs);
      }

      _stopUnobscure() {
        clearTimeout(this._unobscureTimer);
        this._unobscureAt = Infinity;
      }

      _sendAvailability(force) {
        if (!force && !this.uiActive) return;
        if (!__sim.wire.ready) return;
        const presence = use('WAWebPresenceChatAction');
        if (this.available) presence.sendPresenceAvailable();
        else presence.sendPresenceUnavailable();
      }

      _updateCouldForce() {
        this.couldForce = !this.uiActive || (!this.available && document.hidden);
      }
    }
    defineModel(Stream);

    exports.StreamInfo = StreamInfo;
    exports.StreamMode = StreamMode;
    exports.Stream = new Stream();
  });
}
