'use strict';
// Polls. Votes of others do not reach this simulator's page; own ones do.
{
  const { module, use } = __sim;
  const secret = () => crypto.getRandomValues(new Uint8Array(32));

  module('WAWebPollsSendPollCreationMsgAction', (exports) => {
    exports.createPollCreationMsgData = async ({ chat, poll, quotedMsg }) => ({
      ...(await use('WAWebMsgDataUtils').genOutgoingMsgData(chat, 'poll_creation')),
      ...use('WAWebGetEphemeralFieldsMsgActionsUtils').getEphemeralFields(chat),
      ...(quotedMsg ? quotedMsg.msgContextInfo(chat.id) : {}),
      kind: 'pollCreation',
      pollName: poll.name.trim(),
      pollOptions: poll.options.map(({ name }, localId) => ({ name: name.trim(), localId })),
      pollSelectableOptionsCount: poll.selectableOptionsCount,
      pollContentType: poll.contentType ?? 'TEXT',
      pollType: poll.pollType ?? 'POLL',
      correctOptionIndex: poll.correctOptionIndex,
      pollEndTime: poll.endTime,
      pollHideVoterNames: poll.hideVoterNames,
      ...(chat.id.isNewsletter() ? {} : { messageSecret: secret() }),
    });
    exports.sendPollCreation = async (options) => {
      const data = await exports.createPollCreationMsgData(options);
      const [added] = use('WAWebSendMsgChatAction').addAndSendMsgToChat(options.chat, data);
      await added;
    };
  });

  module('WAWebPollsUpsertVotesModelCollectionMsgAction', (exports) => {
    /** A changed vote is an `add` of the new one, then a `remove` of the old one. */
    exports.upsertVotesModelCollection = async (votes, removed = [], _restoredFromDb = false) => {
      const { PollVoteCollection } = use('WAWebPollsPollVoteCollection');
      PollVoteCollection.add(votes.map((vote) => ({ ...vote, id: String(vote.msgKey) })));
      PollVoteCollection.remove(removed.map(String));
    };
  });
  module('WAWebAddonPollVoteTableMode', (exports) => {
    exports.pollVoteTableMode = {
      async bulkUpsert(rows) {
        return rows;
      },
    };
  });

  module('WAWebPollsSendVoteMsgAction', (exports) => {
    exports.sendVote = async (pollMsg, localIds) => {
      const chat = use('WAWebFrontendMsgGetters').getCurrentChat(pollMsg);
      const { id, from, t } = await use('WAWebMsgDataUtils').genOutgoingMsgData(chat, 'poll_update');
      const { PollVoteCollection } = use('WAWebPollsPollVoteCollection');
      const old = PollVoteCollection.filter(({ parentMsgKey, sender }) => String(parentMsgKey) === pollMsg.id.toString() && sender.equals(from));
      await use('WAWebPollsUpsertVotesModelCollectionMsgAction').upsertVotesModelCollection(
        [{ msgKey: id, parentMsgKey: pollMsg.id, selectedOptionLocalIds: [...localIds], sender: from, senderTimestampMs: Date.now(), t, ack: 0 }],
        old.map((vote) => vote.id),
        false,
      );
    };
  });

  module('WAWebPollsDbSerialization', (exports) => {
    exports.voteFromDbRow = (row) => ({ ...row });
  });
  module('WAWebPollsVotesSchema', (exports) => {
    exports.getTable = () => ({
      equals: async (_fields, parent) =>
        use('WAWebPollsPollVoteCollection').PollVoteCollection.filter(({ parentMsgKey }) => String(parentMsgKey) === String(parent)).map((vote) => vote.toJSON()),
    });
  });

  __sim.polls = {
    inboundFields: ({ name, options = [] }) => ({
      pollName: name,
      pollOptions: options.map((option, localId) => ({ name: option.name ?? option, localId })),
      pollSelectableOptionsCount: 0,
    }),
  };
}
