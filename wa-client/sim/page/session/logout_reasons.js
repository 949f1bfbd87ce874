'use strict';

{
  const { module, use } = __sim;

  module('WAWebLogoutReasonConstants', (exports) => {
    const create = window.require('$InternalEnum');
    exports.LogoutReason = create({
      UserInitiated: 'user_initiated',
      SyncdFailure: 'syncd_failure',
      InvalidAdvStatus: 'invalid_adv_status',
      CriticalSyncTimeout: 'critical_sync_timeout',
      SyncdTimeout: 'syncd_timeout',
      HistorySyncTimeout: 'history_sync_timeout',
      AccountSyncTimeout: 'account_sync_timeout',
      MDOptOut: 'md_opt_out',
      UnknownCompanion: 'unknown_companion',
      ClientVersionOutdated: 'client_version_outdated',
      SyncdErrorDuringBootstrap: 'syncd_error_during_bootstrap',
      AccountSyncError: 'account_sync_error',
      StorageQuotaExceeded: 'storage_quota_exceeded',
      PrimaryIdentityKeyChange: 'primary_identity_key_change',
      MissingEncSalt: 'missing_enc_salt',
      MissingScreenLockSalt: 'missing_screen_lock_salt',
      AccountLocked: 'account_locked',
      LidMigrationSplitThreadMismatch: 'lid_migration_split_thread_mismatch',
      LidMigrationNoLidAvailable: 'lid_migration_no_lid_available',
      LidMigrationPrimaryMappingsObsolete: 'lid_migration_primary_mappings_obsolete',
      LidMigrationPeerMappingsNotReceived: 'lid_migration_peer_mapping_not_received',
      LidMigrationStateDiscrepancy: 'lid_migration_state_discrepancy',
      LidMigrationPeerMappingsMalformed: 'lid_migration_peer_mapping_malformed',
      LidMigrationFailedToParseMapping: 'lid_migration_failed_to_parse_mapping',
      LidMigrationCompanionIncompatibleKillswitch: 'lid_migration_companion_incompatible_killswitch',
      LidMigrationOneOnOneThreadMigrationInternalError: 'lid_migration_one_on_one_thread_migration_internal_error',
      LidMigrationUnmigratedPrimary: 'lid_migration_unmigrated_primary',
      LidMigrationUnmigratedCompanion: 'lid_migration_unmigrated_companion',
      LidBlocklistPnWhenMigrated: 'lid_blocklist_pn_when_migrated',
      LidBlocklistChatDbUnmigrated: 'lid_blocklist_chat_db_unmigrated',
      WebFailAddChat: 'web_fail_add_chat',
      WebFailOfflineResume: 'web_fail_offline_resume',
      WebFailStorageInitialization: 'web_fail_storage_initialization',
      WebFailEncSalt: 'web_fail_enc_salt',
      CacheStorageOpenFailed: 'cache_storage_open_failed',
    });
    exports.LOGOUT_REASON_CODE = create({
      CLIENT_FATAL: '0',
      SYNC_FAIL: '1',
      INITIAL_HISTORY_SYNC_TIMEOUT: '2',
      ACCOUNT_LOCKED: '3',
    });
  });

  module('WAWebLogoutReason', (exports) => {
    const { LogoutReason, LOGOUT_REASON_CODE } = use('WAWebLogoutReasonConstants');
    const SYNC = ['SyncdFailure', 'SyncdErrorDuringBootstrap', 'AccountSyncError', 'SyncdTimeout', 'CriticalSyncTimeout'];
    let previousCode = null;
    let previousMessage = null;

    exports.getErrorCodeFromLogoutReason = (reason) => {
      const name = LogoutReason.getName(reason);
      if (!name) throw new Error('Match: No case succesfully matched.');
      if (name.startsWith('WebFail')) return LOGOUT_REASON_CODE.CLIENT_FATAL;
      if (SYNC.includes(name)) return LOGOUT_REASON_CODE.SYNC_FAIL;
      if (name === 'HistorySyncTimeout') return LOGOUT_REASON_CODE.INITIAL_HISTORY_SYNC_TIMEOUT;
      return name === 'AccountLocked' ? LOGOUT_REASON_CODE.ACCOUNT_LOCKED : null;
    };
    exports.setPrevLogoutReasonCode = (code) => {
      previousCode = code;
    };
    exports.getPrevLogoutReasonCode = () => previousCode;
    exports.setPrevCustomLogoutMessage = (message) => {
      previousMessage = message;
    };
    exports.getPrevCustomLogoutMessage = () => previousMessage;
  });

  module('WAWebReloadAfterLogout', (exports) => {
    exports.POST_LOGOUT_URL_MARKERS = ['post_logout', 'logout_reason', 'logout_message_header', 'logout_message_subtext'];
    /** `failed` says that the wipe left something behind. */
    exports.reloadAfterLogout = (failed = false, reason, message) => {
      const query = new URLSearchParams(location.search);
      for (const marker of exports.POST_LOGOUT_URL_MARKERS) query.delete(marker);
      query.set('post_logout', '1');
      const code = reason && use('WAWebLogoutReason').getErrorCodeFromLogoutReason(reason);
      if (code) query.set('logout_reason', code);
      if (message?.logoutMessageHeader) query.set('logout_message_header', message.logoutMessageHeader);
      if (message?.logoutMessageSubtext) query.set('logout_message_subtext', message.logoutMessageSubtext);
      location.href = `${location.pathname}?${query}`;
    };
  });
}
