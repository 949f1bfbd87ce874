'use strict';
// Plain constants, enums and error classes of the messaging part.
{
  const { module, use } = __sim;
  const upper = (value) => value.toUpperCase().replaceAll('-', '_');

  module('WAWebAck', (exports) => {
    exports.ACK = {
      INACTIVE: -6, CONTENT_UNUPLOADABLE: -5, CONTENT_TOO_BIG: -4, CONTENT_GONE: -3, EXPIRED: -2, FAILED: -1,
      CLOCK: 0, SENT: 1, RECEIVED: 2, READ: 3, PLAYED: 4, PEER: 5,
    };
    exports.ACK_STRING = { SENDER: 'sender', DELIVERY: 'delivery', READ: 'read', PLAYED: 'played', INACTIVE: 'inactive' };
  });

  module('WAWebMsgType', (exports) => {
    const types = `broadcast_notification call_log e2e_notification gp2 history_bundle newsletter_notification notification
      notification_template protocol album audio automated_greeting_message biz_content_placeholder biz-cover-photo
      buttons_response chat ciphertext comment debug debug_placeholder document event_creation event_edit_encrypted
      event_response groups_v4_invite hsm image interactive interactive_response keep_in_chat list list_response
      loading_media location message_edit_encrypted message_history_notice multi_vcard native_flow
      newsletter_admin_invite newsletter_follower_invite newsletter_question_response order oversized payment pin_message
      pinned_message poll_add_option_decrypted poll_add_option_encrypted poll_creation poll_edit_encrypted
      poll_result_snapshot poll_update product ptt ptv quarantined reaction reaction_enc request_phone_number revoked
      rich_response sharable_event_invite status status_notification sticker sticker-pack guest_upsell_system_msg
      template_button_reply unknown vcard video`.split(/\s+/);
    exports.MSG_TYPE = Object.fromEntries(types.map((type) => [upper(type), type]));
    exports.MSG_TYPE.MESSAGE_HISTORY_BUNDLE = 'group-history';
    exports.MESSAGE_TYPE_FLAGS = { MEDIA_MSG: 1, DOC_MSG: 2, HAS_LINK: 4 };
    exports.ALL_MSG_TYPES_SET = new Set(Object.values(exports.MSG_TYPE));
    exports.SYSTEM_MESSAGE_TYPES = [
      'broadcast_notification', 'call_log', 'debug', 'e2e_notification', 'gp2', 'newsletter_notification',
      'notification', 'notification_template', 'protocol', 'pinned_message', 'poll_add_option_decrypted',
    ];
  });

  module('WAWebSendMsgResultAction', (exports) => {
    exports.SendMsgResult = use('$InternalEnum').Mirrored([
      'OK', 'ERROR_NETWORK', 'ERROR_EXPIRED', 'ERROR_CANCELLED', 'ERROR_UPLOAD', 'ERROR_UNKNOWN', 'ERROR_RATE_LIMIT',
    ]);
  });

  module('WAWebCreateNackFromStanza', (exports) => {
    exports.NackReason = {
      StaleGroupAddressingMode: 421, UserReachedMaxMonthlyLimitForNewMessages: 475, UnrecognizedStanza: 488,
      UnrecognizedStanzaClass: 487, UnrecognizedStanzaType: 489, InvalidProtobuf: 491, InvalidHostedCompanionStanza: 493,
      MissingMessageSecret: 495, SignalErrorOldCounter: 496, UnhandledError: 500, UnsupportedAdminRevoke: 550,
      UnsupportedLIDGroup: 551, DBOperationFailed: 552,
    };
  });

  module('WAWebCollectionConstants', (exports) => {
    exports.PAGE_SIZE = 50;
    exports.COLLECTION_HAS_SYNCED = 'collection_has_synced';
  });

  module('WAWebChatOriginTypes', (exports) => {
    exports.VALID_LID_ORIGINS = ['general', 'ctwa', 'username', 'username_contactless_search', 'createChat', 'phone_number_sharing'];
  });

  module('WAWebVoipWaCallEnums', (exports) => {
    exports.CallState = use('$InternalEnum')({
      None: 0, Calling: 1, PreacceptReceived: 2, ReceivedCall: 3, AcceptSent: 4, AcceptReceived: 5, CallActive: 6,
      CallActiveElseWhere: 7, ReceivedCallWithoutOffer: 8, Rejoining: 9, Link: 10, ConnectedLonely: 11, PreCalling: 12,
      CallStateEnding: 13, CallBCallStarting: 14,
    });
  });

  module('WAWebMiscErrors', (exports) => {
    const error = (name, text) => ({
      [name]: class extends Error {
        constructor(message = text) {
          super(message);
          this.name = name;
        }
      },
    });
    Object.assign(
      exports,
      error('ModelCreateError', 'Could not create model.'),
      error('ActionError', 'Could not perform action.'),
      error('NetworkUnavailable', 'Network unavailable'),
      error('Unimplemented', 'Unimplemented'),
    );
  });

  module('WAWebContactBlockedErrorAction', (exports) => {
    exports.default = class ContactBlocked extends Error {
      constructor() {
        super('Contact is blocked');
        this.name = 'ContactBlocked';
      }
    };
  });

  // Values of server-given switches: their defaults, as nobody overrides them here.
  module('WAWebABPropsConfigs', (exports) => {
    const config = (value) => [0, typeof value === 'boolean' ? 'bool' : typeof value === 'number' ? 'int' : 'string', value, value];
    exports.ABPropConfigs = Object.fromEntries(
      Object.entries({
        web_image_max_edge: 1600, original_quality_image_min_edge: 2560, default_media_limit_mb: 16, default_video_limit_mb: 16,
        default_audio_limit_mb: 16, default_status_media_limit_mb: 16, media_picker_select_limit: 30, link_preview_wait_time: 7,
        group_size_limit: 257, pinned_messages_m2_pin_max: 1, cross_device_message_editing: false, enable_web_calling: false,
        unified_poll_vote_addon_infra_enabled: false, isNewsletterEnabled: true, group_max_subject: 100, group_description_length: 2048,
      }).map(([name, value]) => [name, config(value)]),
    );
  });
  module('WAWebABProps', (exports) => {
    exports.getABPropConfigValue = (name) => {
      const { ABPropConfigs } = use('WAWebABPropsConfigs');
      if (!Object.hasOwn(ABPropConfigs, name)) throw new Error(`unknown AB prop ${name}`);
      return ABPropConfigs[name][2];
    };
  });
  module('WAWebMiscGatingUtils', (exports) => {
    exports.getGroupSizeLimit = () => use('WAWebABProps').getABPropConfigValue('group_size_limit');
  });
  module('WAWebSyncGatingUtils', (exports) => {
    exports.isPlaceholderMessageResendEnabled = () => false;
  });
}
