'use strict';

// The backend's event bus and `Cmd`, its copy for the user interface, which hears things late.
{
  const { module, use } = __sim;

  module('WAWebSocketConstants', (exports) => {
    const mirror = (names) => Object.fromEntries(names.split(' ').map((name) => [name, name]));
    exports.SOCKET_STATE = mirror(
      'OPENING PAIRING UNPAIRED UNPAIRED_IDLE CONNECTED CONFLICT UNLAUNCHED PROXYBLOCK TOS_BLOCK SMB_TOS_BLOCK SCREEN_LOCKED',
    );
    exports.SOCKET_STREAM = mirror('DISCONNECTED SYNCING RESUMING CONNECTED');
  });

  module('WAWebBackendEventBusTypes', (exports) => {
    exports.BackendEvent = {
      APP_STATE_SYNC_COMPLETED: 'app_state_sync_completed',
      LOGOUT: 'logout',
      REFRESH_QR: 'refresh_qr',
      STARTING_LOGOUT: 'starting_logout',
      ON_INITIAL_CHAT_SYNCED: 'on_initial_chat_synced',
      ON_RECENT_CHAT_HISTORY_SYNCED: 'on_recent_chat_history_synced',
      ON_FULL_CHAT_HISTORY_SYNCED: 'on_full_chat_history_synced',
      ON_CRITICAL_SYNC_DONE: 'on_critical_sync_done',
      NEW_HISTORY_SYNC_CHUNK_PROCESSED: 'new_history_sync_chunk_processed',
      STORAGE_INITIALIZATION_ERROR: 'storage_initialization_error',
      SOCKET_STREAM_DISCONNECTED: 'socket_stream_disconnected',
      OPEN_SOCKET_STREAM: 'open_socket_stream',
      RECONNECT_SOCKET: 'reconnect_socket',
      SET_SOCKET_STATE: 'set_socket_state',
      ACCOUNT_TEMPORARILY_BANNED: 'account_temporarily_banned',
      UNEXPECTED_LOGOUT_MODAL: 'unexpected_logout_modal',
      INITIAL_LOAD_READY: 'initial_load_ready',
      MAIN_STREAM_MODE_READY: 'main_stream_mode_ready',
      SERVICE_UNAVAILABLE_503: 'service_unavailable_503',
      OFFLINE_PROCESS_READY: 'offline_process_ready',
      OFFLINE_DELIVERY_END: 'offline_delivery_end',
      OFFLINE_DELIVERY_STATE_RESET: 'offline_delivery_state_reset',
      ON_AB_PROPS_UPDATE: 'on_ab_props_update',
      AB_PROPS_LOADED: 'ab_props_loaded',
      PRIMARY_FEATURES_SYNCED: 'primary_features_synced',
    };
  });

  // Suffix of on…/trigger…, whether the bus itself fires, whether `Cmd` gets a copy.
  const EVENTS = [
    ['APP_STATE_SYNC_COMPLETED', 'AppStateSyncCompleted', true, true],
    ['LOGOUT', 'Logout', true, true],
    ['STARTING_LOGOUT', 'StartingLogout', false, true],
    ['REFRESH_QR', 'RefreshQR', true, false],
    ['ON_INITIAL_CHAT_SYNCED', 'InitialChatHistorySynced', true, true],
    ['ON_RECENT_CHAT_HISTORY_SYNCED', 'RecentChatHistorySynced', true, false],
    ['ON_FULL_CHAT_HISTORY_SYNCED', 'FullChatHistorySynced', true, false],
    ['ON_CRITICAL_SYNC_DONE', 'CriticalSyncDone', true, true],
    ['NEW_HISTORY_SYNC_CHUNK_PROCESSED', 'HistorySyncChunkProcessed', false, true],
    ['STORAGE_INITIALIZATION_ERROR', 'StorageInitializationError', true, false],
    ['SOCKET_STREAM_DISCONNECTED', 'SocketStreamDisconnected', true, true],
    ['OPEN_SOCKET_STREAM', 'OpenSocketStream', true, true],
    ['RECONNECT_SOCKET', 'ReconnectSocket', true, false],
    ['SET_SOCKET_STATE', 'SetSocketState', true, false],
    ['ACCOUNT_TEMPORARILY_BANNED', 'TemporaryBan', false, true],
    ['UNEXPECTED_LOGOUT_MODAL', 'UnexpectedLogoutModal', false, true],
    ['INITIAL_LOAD_READY', 'InitialLoadReady', false, true],
    ['MAIN_STREAM_MODE_READY', 'MainStreamModeReady', true, true],
    ['SERVICE_UNAVAILABLE_503', 'ServiceUnavailable', false, true],
    ['OFFLINE_PROCESS_READY', 'OfflineProcessReady', true, false],
    ['OFFLINE_DELIVERY_END', 'OfflineDeliveryEnd', true, true],
    ['OFFLINE_DELIVERY_STATE_RESET', 'OfflineDeliveryStateReset', true, true],
    ['ON_AB_PROPS_UPDATE', 'AbPropsUpdate', true, true],
    ['AB_PROPS_LOADED', 'AbPropsLoaded', true, true],
    ['PRIMARY_FEATURES_SYNCED', 'PrimaryFeaturesSynced', true, false],
  ];

  // One task later and in order, as messages to another part of the page are.
  const channel = new MessageChannel();
  const waiting = [];
  channel.port1.onmessage = () => waiting.shift()();

  function late(deliver) {
    waiting.push(deliver);
    channel.port2.postMessage(null);
  }

  /** Fires an event of `Cmd` late. */
  __sim.tellCmd = (event, ...args) => late(() => use('WAWebCmd').Cmd.deliver(event, args));

  /** Resolves when `Cmd` has heard all that it was told so far. */
  __sim.cmdHeard = () => new Promise(late);

  module('WAWebBackendEventBus', (exports) => {
    const EventEmitter = use('WAWebEventEmitter').default;
    const { BackendEvent } = use('WAWebBackendEventBusTypes');

    class Bus extends EventEmitter {
      constructor() {
        super();
        this.isMainStreamReadyMd = false;
        this.isOfflineDeliveryEnd = false;
        this.socketState = 'UNLAUNCHED';
      }

      onceOfflineDeliveryEnd(fn) {
        this.once(BackendEvent.OFFLINE_DELIVERY_END, fn);
        return this;
      }

      onceAppStateSyncCompleted(fn) {
        this.once(BackendEvent.APP_STATE_SYNC_COMPLETED, fn);
        return this;
      }
    }

    for (const [key, suffix, onBus, onCmd] of EVENTS) {
      const event = BackendEvent[key];
      if (onBus) {
        Bus.prototype[`on${suffix}`] = function on(fn) {
          this.on(event, fn);
          return this;
        };
      }
      Bus.prototype[`trigger${suffix}`] = function trigger(...args) {
        remember(this, key, args);
        if (onCmd) __sim.tellCmd(`${event}_from_bridge`, ...args);
        if (onBus) this.trigger(event, ...args);
      };
    }

    function remember(bus, key, args) {
      if (key === 'SET_SOCKET_STATE') [bus.socketState] = args;
      if (key === 'MAIN_STREAM_MODE_READY') bus.isMainStreamReadyMd = true;
      if (key === 'OFFLINE_DELIVERY_END') bus.isOfflineDeliveryEnd = true;
      if (key === 'OFFLINE_DELIVERY_STATE_RESET') bus.isOfflineDeliveryEnd = false;
    }

    exports.BackendEvent = BackendEvent;
    exports.BackendEventBus = new Bus();
  });

  module('WAWebCmd', (exports) => {
    const EventEmitter = use('WAWebEventEmitter').default;

    class CmdImpl extends EventEmitter {
      constructor() {
        super();
        this.isMainStreamReadyMd = false;
        this.isOfflineDeliveryEnd = false;
      }

      /** A late event from the backend; the flags follow the bus. */
      deliver(event, args) {
        if (event === 'main_stream_mode_ready_from_bridge') this.isMainStreamReadyMd = true;
        if (event === 'offline_delivery_end_from_bridge') this.isOfflineDeliveryEnd = true;
        if (event === 'offline_delivery_state_reset_from_bridge') this.isOfflineDeliveryEnd = false;
        this.trigger(event, ...args);
      }

      // Orders to the user interface: they only emit, and nothing happens while nobody listens.
      archiveChat(chat, archive, showToast = true) {
        this.trigger('archive_chat', { archive, chat, showToast });
      }
    }

    const ORDERS = {
      pinChat: 'pin_chat',
      muteChat: 'mute_chat',
      muteChatWithDuration: 'mute_chat_with_duration',
      favoriteChat: 'favorite_chat',
      markChatUnread: 'mark_chat_unread',
      clearChat: 'clear_chat',
      deleteOrExitChat: 'delete_or_exit_chat',
      sendStarMsgs: 'send_star_msgs',
      sendUnstarMsgs: 'send_unstar_msgs',
      sendDeleteMsgs: 'send_delete_msgs',
      sendRevokeMsgs: 'send_revoke_msgs',
      chatInfoDrawer: 'chat_info_drawer',
      msgInfoDrawer: 'msg_info_drawer',
      openChatBottom: 'open_chat',
      openChatAt: 'open_chat',
      openChatFromUnread: 'open_chat',
    };
    for (const [method, event] of Object.entries(ORDERS)) {
      CmdImpl.prototype[method] = function order(...args) {
        this.trigger(event, ...args);
      };
    }

    exports.CmdImpl = CmdImpl;
    exports.Cmd = new CmdImpl();
  });
}
