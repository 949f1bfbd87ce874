'use strict';
// Channels. The account follows none and the server has none: what asks for one is refused like an unknown one.
{
  const { module, use } = __sim;
  const missing = () => new (use('WAWebBackendErrors').ServerStatusCodeError)(404, 'item-not-found');
  const isChannel = (chat) => Boolean(chat?.id?.isNewsletter?.());

  /** Jobs that reject, as the server's refusal makes them do. */
  const refusing = (name, ...exportNames) =>
    module(name, (exports) => {
      for (const exportName of exportNames) {
        exports[exportName] = async () => {
          throw missing();
        };
      }
    });
  refusing('WAWebNewsletterMetadataQueryJob', 'queryNewsletterMetadataByInviteCode', 'queryNewsletterMetadataByJid');
  refusing('WAWebLoadNewsletterPreviewChatAction', 'loadNewsletterPreviewChat');
  refusing('WAWebNewsletterCreateQueryJob', 'createNewsletterQuery');
  refusing('WAWebNewsletterCreateAction', 'createNewsletterAction');
  refusing('WAWebMexJoinNewsletterJob', 'mexJoinNewsletter');
  refusing('WAWebMexLeaveNewsletterJob', 'mexLeaveNewsletter');
  refusing('WAWebEditNewsletterMetadataAction', 'editNewsletterMetadataAction');
  refusing('WAWebNewsletterUpdateUserSettingJob', 'updateNewsletterUserSetting');
  refusing('WAWebNewsletterDeleteAction', 'deleteNewsletterAction');
  refusing('WAWebNewsletterSubscriberListJob', 'getNewsletterSubscribers');
  refusing('WAWebNewsletterSubscriberListAction', 'getNewsletterSubscribersAction');
  refusing('WAWebMexAcceptNewsletterAdminInviteJob', 'acceptNewsletterAdminInvite');
  refusing('WAWebMexRevokeNewsletterAdminInviteJob', 'revokeNewsletterAdminInvite');
  refusing('WAWebDemoteNewsletterAdminAction', 'demoteNewsletterAdminAction');
  refusing('WAWebNewsletterDemoteAdminJob', 'demoteNewsletterAdmin');
  refusing('WAWebChangeNewsletterOwnerAction', 'changeNewsletterOwnerAction');

  // On something that is no channel these do nothing, and do not say so.
  const following = (name, exportName) =>
    module(name, (exports) => {
      exports[exportName] = async (chat, _options) => {
        if (isChannel(chat)) throw missing();
      };
    });
  following('WAWebNewsletterSubscribeAction', 'subscribeToNewsletterAction');
  following('WAWebNewsletterUnsubscribeAction', 'unsubscribeFromNewsletterAction');

  module('WAWebNewsletterUpdateUserSettingsAction', (exports) => {
    // Swallows refusals.
    exports.updateNewsletterUserSettingsAction = async () => {};
  });
  module('WAWebNewsletterRoleIdentifier', (exports) => {
    exports.getRoleByIdentifier = (codeOrJid) => {
      const chat = use('WAWebNewsletterCollection').default.findFirst(
        ({ id, newsletterMetadata }) => String(id) === String(codeOrJid) || newsletterMetadata?.inviteCode === codeOrJid,
      );
      return chat?.newsletterMetadata?.membershipType ?? 'guest';
    };
  });
  module('WAWebNewsletterGatingUtils', (exports) => {
    exports.isNewsletterEnabled = () => true;
    exports.isNewsletterCreationEnabled = () => true;
    exports.isAudioFileWaveformSenderEnabled = () => false;
    exports.getMaxSubscriberNumber = () => 100;
  });
  module('WAWebNewsletterSendMessageJob', (exports) => {
    exports.sendNewsletterMessageJob = async () => ({ success: false, ack: undefined, serverId: undefined });
  });
  module('WAWebNewsletterUpdateMsgsRecordsJob', (exports) => {
    exports.addNewsletterMsgsRecords = async () => {};
    exports.updateNewsletterMsgRecord = async () => {};
  });
  module('WAWebNewsletterSendMsgAction', (exports) => {
    const requireChannel = (chat) => {
      if (!isChannel(chat)) throw Object.assign(new Error('UnexpectedNonNewsletterChatError'), { name: 'UnexpectedNonNewsletterChatError' });
    };
    exports.sendNewsletterTextMsg = async (chat, text, _options) => {
      requireChannel(chat);
      if (!text.trim()) throw new Error('empty text');
      return { messageSendResult: 'ERROR_NETWORK', msg: undefined };
    };
    exports.sendNewsletterPollCreationMsg = async ({ chat }) => {
      requireChannel(chat);
      return [undefined, { messageSendResult: 'ERROR_NETWORK' }];
    };
    exports.sendNewsletterEditMsg = async () => ({ messageSendResult: 'ERROR_NETWORK' });
    exports.sendNewsletterAdminInviteMessage = async () => ({ messageSendResult: 'ERROR_UNKNOWN' });
  });
  module('WAWebNewsletterRevokeMsgAction', (exports) => {
    exports.sendNewsletterRevokeMsgs = async (_chat, list) => list.map(() => ({ messageSendResult: 'ERROR_CANCELLED' }));
  });
  module('WAWebNewsletterDirectorySearchAction', (exports) => {
    exports.fetchNewsletterDirectories = async () => ({ newsletters: [], subscribedNewsletters: [], pageInfo: { hasNextPage: false } });
  });
}
