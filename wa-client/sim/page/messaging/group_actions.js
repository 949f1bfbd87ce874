'use strict';
// Making, reading and changing groups.
{
  const { module, use, wire, chats } = __sim;
  const wid = (text) => use('WAWebWidFactory').createWid(text);
  const me = () => use('WAWebUserPrefsMeUser');
  const meta = (id) => use('WAWebGroupMetadataCollection').default.get(id);
  const status = (code, text) => new (use('WAWebBackendErrors').ServerStatusCodeError)(code, text);
  const form = (entry) => chats.chatWid(wid(entry.wid ?? entry.lid));
  const learn = ({ wid: pn, lid }) => pn && lid && __sim.learnMappings([{ pn: wid(pn), lid: wid(lid) }]);
  const textOf = (participant) => String(participant.phoneNumber ?? participant.lid ?? participant.id ?? participant);

  /** A change that the server carries out and tells everybody about; the group comes back as it is then. */
  async function change(id, fields) {
    const answer = await wire.request('group_change', { id: String(id), ...fields });
    if (answer?.group) __sim.groups.apply(answer.group);
    return answer ?? {};
  }
  const requireAdmin = (id) => {
    const group = meta(id);
    if (group && group.participants.length && !group.participants.iAmAdmin()) throw status(403, 'forbidden');
  };

  module('WAWebGroupCreateJob', (exports) => {
    exports.GroupAlreadyExistsError = class GroupAlreadyExistsError extends Error {
      constructor() {
        super('CreateResponseGroupAlreadyExists');
        this.name = 'GroupAlreadyExistsError';
      }
    };
    /** `announce` and `restrict` say what *is allowed*: true lets everybody send or edit (the request carries the opposite). */
    exports.createGroup = async (args, participants, outContacts = []) => {
      const answer = await wire.request('group_create', {
        subject: args.title,
        participants: participants.map(textOf),
        announce: !args.announce,
        locked: !args.restrict,
        membership_approval: args.membershipApprovalMode !== false,
        all_member_add: args.memberAddMode !== false,
        ephemeral: args.ephemeralDuration ?? 0,
      });
      answer.participants.forEach(learn);
      const id = wid(answer.id);
      const ts = chats.now();
      // The server tells this device about its own group like anybody else, a moment later.
      setTimeout(async () => {
        const group = await wire.request('group_info', { id: answer.id });
        __sim.groups.announce('create', group, me().getMeUserOrThrow(), []);
        meta(id).set({
          announce: !args.announce, restrict: !args.restrict, membershipApprovalMode: args.membershipApprovalMode !== false,
          memberAddMode: args.memberAddMode === false ? 'admin_add' : 'all_member_add', ephemeralDuration: args.ephemeralDuration || undefined,
        });
      }, 0);
      return {
        wid: id, subject: args.title, creator: me().getMeUserOrThrow(), ts,
        participants: answer.participants.map((entry) => ({
          wid: form(entry), username: null, error: entry.code === 200 ? null : entry.code, type: 'participant', invite_code: undefined,
          invite_code_exp: undefined, joinTime: ts,
        })),
        invitedOutContacts: outContacts,
      };
    };
  });

  module('WAWebGroupQueryJob', (exports) => {
    exports.queryAndUpdateGroupMetadataById = async ({ id }) => {
      await use('WAWebGroupMetadataCollection').default.update(wid(String(id)));
    };
    exports.queryAllGroups = async () =>
      use('WAWebChatCollection').ChatCollection.filter((chat) => chat.id.isGroup()).map((chat) => chat.groupMetadata.toJSON());
    exports.queryGroupInvite = async () => {
      throw status(404, 'item-not-found');
    };
  });
  module('WAWebGroupQueryBridge', (exports) => {
    exports.sendQueryGroup = async (id) => {
      await use('WAWebGroupMetadataCollection').default.update(id);
      return meta(id).toJSON();
    };
  });

  module('WAWebGroupModifyParticipantsJob', (exports) => {
    const modify = (kind) => async (id, list) => {
      requireAdmin(id);
      const { participants = [] } = await change(id, { [kind]: list.map(textOf) });
      participants.forEach(learn);
      return {
        status: 207,
        participants: participants.map((entry) => ({
          userWid: form(entry), username: null, code: String(entry.code), subCode: undefined, invite_code: undefined, invite_code_exp: undefined,
        })),
      };
    };
    const add = modify('add');
    exports.addGroupParticipants = async (id, list, outWids = []) => ({ ...(await add(id, list)), invitedOutContacts: outWids });
    exports.removeGroupParticipants = modify('remove');
    exports.promoteGroupParticipants = modify('promote');
    exports.demoteGroupParticipants = modify('demote');
  });
  module('WAWebModifyParticipantsGroupAction', (exports) => {
    const job = (name) => (...args) => use('WAWebGroupModifyParticipantsJob')[name](...args);
    const checked = (name, allowed) => async (chat, list) => {
      const { participants, isLidAddressingMode } = chat.groupMetadata;
      if (!list.every((entry) => participants[allowed](entry))) throw new (use('WAWebMiscErrors').ActionError)();
      await job(name)(chat.id, list.map(({ id }) => id), isLidAddressingMode);
    };
    exports.addParticipants = async (chat, contacts) => {
      if (!chat.groupMetadata.participants.canAdd()) throw new (use('WAWebMiscErrors').ActionError)();
      return job('addGroupParticipants')(chat.id, contacts.map(({ id }) => (id.isLid() ? { lid: id } : { phoneNumber: id })));
    };
    exports.removeParticipants = checked('removeGroupParticipants', 'canRemove');
    exports.promoteParticipants = checked('promoteGroupParticipants', 'canPromote');
    exports.demoteParticipants = checked('demoteGroupParticipants', 'canDemote');
    for (const name of ['promoteCommunityParticipants', 'demoteCommunityParticipants']) {
      exports[name] = async () => {
        throw new (use('WAWebMiscErrors').ActionError)();
      };
    }
  });

  module('WASmaxGroupsAddParticipantsRPC', (exports) => {
    exports.sendAddParticipantsRPC = async ({ iqTo, participantArgs }) => {
      const { participants } = await use('WAWebGroupModifyParticipantsJob')
        .addGroupParticipants(wid(iqTo), participantArgs.map(({ participantJid }) => wid(participantJid)));
      return {
        name: 'AddParticipantsResponseSuccess',
        value: {
          addParticipant: participants.map(({ code }) => ({
            addParticipantsParticipantAddedOrNonRegisteredWaUserParticipantErrorLidResponseMixinGroup: {
              value: { addParticipantsParticipantMixins: code === '200' ? undefined : { name: 'ParticipantNotRegistered', value: { error: code } } },
            },
          })),
        },
      };
    };
  });

  module('WAWebGroupModifyInfoJob', (exports) => {
    const FIELDS = {
      announcement: ['announce', Boolean], restrict: ['restrict', Boolean], no_frequently_forwarded: ['noFrequentlyForwarded', Boolean],
      ephemeral: ['ephemeralDuration', Number], membership_approval_mode: ['membershipApprovalMode', Boolean],
      report_to_admin_mode: ['reportToAdminMode', Boolean], allow_non_admin_sub_group_creation: ['allowNonAdminSubGroupCreation', Boolean],
    };
    exports.setGroupSubject = async (id, subject) => {
      await change(id, { subject });
    };
    exports.setGroupDescription = async ({ groupWid, desc, newDescId, prevDescId }) => {
      groupWid.toJid();
      const group = meta(groupWid);
      if (group?.descId && group.descId !== prevDescId) throw status(409, 'conflict');
      requireAdmin(groupWid);
      group?.set({ desc: desc ?? undefined, descId: desc === null ? undefined : newDescId, descTime: chats.now(), descOwner: me().getMeUserOrThrow() });
    };
    /** A refusal does not reject: it is an answer with another name. */
    exports.setGroupProperty = async (id, setting, value) => {
      const field = FIELDS[setting];
      if (!field) throw new Error(`invalid group property ${setting}`);
      try {
        requireAdmin(id);
        if (setting === 'announcement') await change(id, { announce: Boolean(value) });
      } catch (error) {
        if (!error.status) throw error;
        return { name: 'SetPropertyResponseClientError', value: { errorSetPropertyClientErrors: { value: { code: error.status, text: error.message } } } };
      }
      meta(id)?.set({ [field[0]]: field[1](value) });
      return { name: 'SetPropertyResponseSuccess', value: {} };
    };
    exports.setEphemeralGroupProperty = ({ groupWid, ephemeralExpiration }) => exports.setGroupProperty(groupWid, 'ephemeral', ephemeralExpiration);
  });

  module('WAWebSetPropertyGroupAction', (exports) => {
    const MEX = {
      member_add_mode: (value) => ({ memberAddMode: value ? 'all_member_add' : 'admin_add' }),
      member_link_mode: (value) => ({ memberLinkMode: value ? 'all_member_link' : 'admin_link' }),
      member_share_group_history_mode: (value) => ({ memberShareGroupHistoryMode: value ? 'all_member_share' : 'admin_share' }),
      limit_sharing: () => ({}),
      allow_non_admin_sub_group_creation: () => ({}),
    };
    exports.setGroupProperty = async (chat, setting, value) => {
      if (!chat.groupMetadata.participants.iAmAdmin()) throw new (use('WAWebMiscErrors').ActionError)();
      if (!MEX[setting]) return use('WAWebGroupModifyInfoJob').setGroupProperty(chat.id, setting, value);
      chat.groupMetadata.set(MEX[setting](value));
      return undefined;
    };
  });

  // ---- invitations ---------------------------------------------------------------------------------

  const codes = new Map(); // group text -> invite code
  const newCode = () => [...crypto.getRandomValues(new Uint8Array(22))].map((byte) => 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789'[byte % 57]).join('');
  module('WAWebMexFetchGroupInviteCodeJob', (exports) => {
    exports.fetchMexGroupInviteCode = async (id) => {
      requireAdmin(id);
      if (!codes.has(String(id))) codes.set(String(id), newCode());
      return codes.get(String(id));
    };
  });
  module('WAWebGroupInviteJob', (exports) => {
    exports.resetGroupInviteCode = async (id) => {
      requireAdmin(id);
      codes.set(String(id), newCode());
      return { code: codes.get(String(id)) };
    };
    exports.joinGroupViaInvite = async () => {
      throw status(404, 'item-not-found');
    };
  });
  module('WAWebGroupInviteAction', (exports) => {
    exports.queryGroupInviteCode = async (group) => {
      group.inviteCode = await use('WAWebMexFetchGroupInviteCodeJob').fetchMexGroupInviteCode(group.id);
    };
    exports.revokeGroupInvite = async (group) => {
      try {
        group.inviteCode = (await use('WAWebGroupInviteJob').resetGroupInviteCode(group.id)).code;
      } catch (error) {
        console.error(error.name); // refusals end here
      }
    };
  });
  module('WAWebGroupInviteV4QueryJoinJob', (exports) => {
    exports.joinGroupViaInviteV4 = async () => ({ status: 404 });
    exports.queryGroupInviteV4 = async () => ({ status: 404 });
  });
  module('WAWebGroupInviteV4Job', (exports) => {
    exports.revokeGroupInviteV4 = async () => ({ status: 200 });
  });

  // ---- requests to join, leaving, communities ---------------------------------------------------------

  module('WAWebApiMembershipApprovalRequestStore', (exports) => {
    exports.getMembershipApprovalRequests = async (id) => meta(id)?.membershipApprovalRequests.toJSON() ?? [];
  });
  module('WAWebGroupGetMembershipApprovalRequestsJob', (exports) => {
    exports.queryAndUpdateGroupMembershipApprovalRequests = async (id) => requireAdmin(id);
  });
  module('WAWebGroupMembershipRequestsActionJob', (exports) => {
    exports.membershipApprovalRequestAction = async (id, list, action) => {
      requireAdmin(id);
      const known = meta(id)?.membershipApprovalRequests;
      return list.map(({ lid, phoneNumber, username = null }) => {
        const user = lid ?? phoneNumber;
        const found = known?.get(user);
        if (found) known.remove(user);
        return { wid: user, username, error: found ? undefined : { name: `${action}ParticipantRequestNotFound`, value: { error: '404' } } };
      });
    };
  });

  module('WAWebGroupExitJob', (exports) => {
    exports.leaveGroup = async (id) => {
      try {
        await change(id, { remove: [me().getMeUserOrThrow().toString()] });
        return { id, code: 200 };
      } catch (error) {
        if (!error.status) throw error;
        return { id, code: error.status };
      }
    };
  });
  module('WAWebExitGroupAction', (exports) => {
    exports.sendExitGroup = (chat) => {
      chat.promises.sendExit ??= (async () => {
        const { code } = await use('WAWebGroupExitJob').leaveGroup(chat.id);
        if (code === 200) chat.isReadOnly = true;
        return code === 200;
      })().finally(() => delete chat.promises.sendExit);
      return chat.promises.sendExit;
    };
  });

  module('WAWebGroupCommunityJob', (exports) => {
    // Communities are not part of this simulator's server.
    for (const name of ['sendCreateCommunity', 'sendLinkSubgroups', 'sendUnlinkSubgroups', 'sendDeactivateCommunity']) {
      exports[name] = async () => {
        throw status(501, 'feature-not-implemented');
      };
    }
  });
  module('WAWebUpdateDbForGroupActionApi', (exports) => {
    exports.updateDBForGroupAction = async (_meta, _action, _isOffline) => {};
  });
}
