'use strict';
// What may be done with a message.
{
  const { module, use, chats } = __sim;
  const EDIT_WINDOW_S = 1200;
  const REVOKE_WINDOW_S = 216000;
  const CHANNEL_WINDOW_S = 30 * 86400;

  const within = (msg, window) => chats.now() - msg.t <= (msg.id.remote.isNewsletter() ? CHANNEL_WINDOW_S : window);
  const isOwn = (msg) => use('WAWebMsgGetters').getIsSentByMe(msg);
  const isContent = (msg) => use('WAWebMsgGetters').getIsUnreadType(msg) && msg.type !== 'ciphertext';

  module('WAWebMessageEditUtils', (exports) => {
    exports.getMessageEditProcessingWindowDurationSeconds = (msg) => (msg?.id.remote.isNewsletter() ? CHANNEL_WINDOW_S : EDIT_WINDOW_S);
  });

  module('WAWebMsgActionCapability', (exports) => {
    const editable = (msg) => isOwn(msg) && msg.local === true && !msg.isForwarded && msg.ack >= 0 && within(msg, 900);
    exports.canEditText = (msg) => msg.type === 'chat' && editable(msg);
    exports.canEditCaption = (msg) => use('WAWebMsgModelUtils').typeIsMms(msg) && Boolean(msg.caption) && editable(msg);
    exports.canEditMsg = (msg) => exports.canEditText(msg) || exports.canEditCaption(msg);
    exports.canForwardMsg = (msg) =>
      isContent(msg) && !msg.isViewOnce && !['poll_creation', 'event_creation', 'call_log', 'order', 'payment'].includes(msg.type);
    exports.canStarMsg = (msg) => isContent(msg) && !msg.id.remote.isNewsletter() && !msg.ephemeralDuration;
    exports.canPinMsg = (msg) => isContent(msg) && !msg.id.remote.isNewsletter();
    exports.canReactToMsg = isContent;
    exports.canSenderRevokeMsg = (msg) => isOwn(msg) && isContent(msg) && msg.ack !== -1 && within(msg, REVOKE_WINDOW_S);
    exports.canAdminRevokeMsg = (msg) => {
      const chat = use('WAWebFrontendMsgGetters').getMaybeChat(msg);
      return Boolean(!isOwn(msg) && isContent(msg) && chat?.iAmAdmin() && within(msg, REVOKE_WINDOW_S));
    };
    exports.canRevokeNewsletterMsg = (msg) => msg.id.remote.isNewsletter() && isOwn(msg) && within(msg, CHANNEL_WINDOW_S);
    exports.canDeleteMsg = () => true;
  });

  module('WAWebMsgReply', (exports) => {
    exports.canReplyMsg = (msg) => isContent(msg) && msg.ack !== -1 && Boolean(use('WAWebFrontendMsgGetters').getMaybeChat(msg)?.canSend);
    exports.canPrivateReply = (msg) => exports.canReplyMsg(msg) && msg.id.remote.isGroup() && !isOwn(msg);
  });
}
