'use strict';
// An account that may not begin new chats for a time.
{
  const { module, use, wire, config } = __sim;
  let active = config.reachoutTimelock === true;

  module('WAWebReachoutTimelockUtils', (exports) => {
    exports.isUserReachoutTimelocked = () => active;
    exports.canSendMsgWhileTimelocked = ({ chat, contact }) =>
      !active || !contact.id.isUser() || use('WAWebUserPrefsMeUser').isMeAccount(contact.id) || chat?.getTcToken?.() != null;
  });

  wire.on('reachout_timelock', (frame) => {
    active = frame.active === true;
    use('WAWebCmd').Cmd.trigger('reachout_timelock_state_change');
  });
}
