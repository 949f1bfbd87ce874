'use strict';
// Group metadata, participants, and what keeps them up to date.
{
  const { module, use, wire, attributesOf, chats } = __sim;
  const wid = (text) => use('WAWebWidFactory').createWid(text);
  const me = () => use('WAWebUserPrefsMeUser');

  module('WAWebGroupType', (exports) => {
    const actions = `add remove promote demote subject desc_add desc_remove picture create delete restrict announce
      no_frequently_forwarded ephemeral invite revoke_invite membership_approval_mode membership_approval_request
      created_membership_requests revoked_membership_requests member_add_mode member_link_mode leave modify`.split(/\s+/);
    exports.GROUP_ACTIONS = Object.fromEntries(actions.map((action) => [action.toUpperCase(), action]));
    exports.GroupType = use('$InternalEnum').Mirrored(['DEFAULT', 'COMMUNITY', 'LINKED_ANNOUNCEMENT_GROUP', 'LINKED_SUBGROUP', 'LINKED_GENERAL_GROUP']);
  });

  module('WAWebGroupConstants', (exports) => {
    exports.GROUP_SETTING_TYPE = {
      ANNOUNCEMENT: 'announcement', RESTRICT: 'restrict', NO_FREQUENTLY_FORWARDED: 'no_frequently_forwarded', EPHEMERAL: 'ephemeral',
      MEMBERSHIP_APPROVAL_MODE: 'membership_approval_mode', REPORT_TO_ADMIN_MODE: 'report_to_admin_mode',
      ALLOW_NON_ADMIN_SUB_GROUP_CREATION: 'allow_non_admin_sub_group_creation', MEMBER_ADD_MODE: 'member_add_mode',
      MEMBER_LINK_MODE: 'member_link_mode', MEMBER_SHARE_GROUP_HISTORY_MODE: 'member_share_group_history_mode', LIMIT_SHARING: 'limit_sharing',
    };
  });

  module('WAWebParticipantModel', (exports) => {
    const { BaseModel, defineModel } = use('WAWebBaseModel');
    class Participant extends BaseModel {
      initialize() {
        super.initialize();
        this.addChild('contact', use('WAWebContactCollection').ContactCollection.gadd(this.id));
      }
    }
    Participant.attributes = attributesOf('id isAdmin isSuperAdmin joinTime leaveTs leaveReason', 'contact isState', { isAdmin: false, isSuperAdmin: false });
    Participant.Proxy = 'participant';
    Participant.idClass = use('WAWebWid').default;
    exports.default = defineModel(Participant);
  });

  module('WAWebParticipantCollection', (exports) => {
    const { BaseCollection } = use('WAWebBaseCollection');
    class ParticipantCollection extends BaseCollection {
      getMeParticipant() {
        return this.findFirst(({ id }) => me().isMeAccount(id));
      }
      iAmMember() {
        return Boolean(this.getMeParticipant());
      }
      iAmAdmin() {
        return Boolean(this.getMeParticipant()?.isAdmin);
      }
      iAmSuperAdmin() {
        return Boolean(this.getMeParticipant()?.isSuperAdmin);
      }
      iAmRestrictedMember() {
        return this.iAmMember() && !this.iAmAdmin() && Boolean(this.parent?.restrict);
      }
      canAdd() {
        return this.iAmAdmin() || (this.iAmMember() && this.parent?.memberAddMode === 'all_member_add');
      }
      canRemove(participant) {
        return this.iAmAdmin() && !participant.isSuperAdmin && !me().isMeAccount(participant.id);
      }
      canPromote(participant) {
        return this.iAmAdmin() && !participant.isAdmin;
      }
      canDemote(participant) {
        return this.iAmAdmin() && participant.isAdmin && !participant.isSuperAdmin;
      }
      getAdmins() {
        return this.filter(({ isAdmin }) => isAdmin);
      }
      getSuperAdmin() {
        return this.findFirst(({ isSuperAdmin }) => isSuperAdmin);
      }
    }
    ParticipantCollection.model = use('WAWebParticipantModel').default;
    exports.default = ParticipantCollection;
  });

  module('WAWebGroupMetadata', (exports) => {
    const { BaseModel, defineModel, collection, derived } = use('WAWebBaseModel');
    const { BaseCollection } = use('WAWebBaseCollection');
    class Request extends BaseModel {}
    Request.attributes = attributesOf('id addedBy requestMethod parentGroupId t');
    Request.idClass = use('WAWebWid').default;
    class RequestCollection extends BaseCollection {}
    RequestCollection.model = defineModel(Request);
    const Participants = use('WAWebParticipantCollection').default;

    class GroupMetadata extends BaseModel {
      initialize() {
        super.initialize();
        this.listenTo(this.participants, 'add remove', () => this.trigger('change:participants', this, this.participants));
      }
      isGroup() {
        return true;
      }
      isSuspendedOrTerminated() {
        return this.suspended || this.terminated;
      }
      // Locked groups (`restrict`) leave subject and description to admins; support groups to nobody.
      canSetSubject() {
        return !this.isSuspendedOrTerminated() && this.mayEdit(this.restrict);
      }
      canSetDescription() {
        return this.canSetSubject();
      }
      canSetGroupProperty() {
        return !this.isSuspendedOrTerminated() && this.mayEdit(true);
      }
      canSetEphemeralSetting() {
        return !this.isSuspendedOrTerminated() && this.mayEdit(this.restrict);
      }
      mayEdit(adminsOnly) {
        const { participants, support } = this;
        return !support && (participants.iAmAdmin() || (!adminsOnly && participants.iAmMember()));
      }
    }
    GroupMetadata.attributes = {
      ...attributesOf(
        `id creation owner subject subjectTime subjectOwner desc descId descTime descOwner restrict announce noFrequentlyForwarded
         ephemeralDuration membershipApprovalMode memberAddMode memberLinkMode memberShareGroupHistoryMode reportToAdminMode size
         support suspended terminated isLidAddressingMode isParentGroup isParentGroupClosed parentGroup defaultSubgroup
         generalSubgroup groupAdder growthLockExpiration numSubgroups incognito hasCapi lastActivityTimestamp`,
        'inviteCode inviteCodeExpiration stale trusted groupSafetyCheck',
        {
          restrict: false, announce: false, noFrequentlyForwarded: false, membershipApprovalMode: false, memberAddMode: 'all_member_add',
          reportToAdminMode: false, support: false, suspended: false, terminated: false, isLidAddressingMode: false,
          isParentGroup: false, isParentGroupClosed: false, defaultSubgroup: false, generalSubgroup: false,
        },
      ),
      groupInviteLink: derived(function link() {
        return this.inviteCode ? `https://chat.whatsapp.com/${this.inviteCode}` : undefined;
      }, ['inviteCode']),
      groupType: derived(() => 'DEFAULT', ['isParentGroup']),
      isCag: derived(() => false, ['defaultSubgroup']),
      isUnnamed: derived(function unnamed() {
        return this.subject === '';
      }, ['subject']),
      participants: collection(Participants),
      pendingParticipants: collection(Participants),
      pastParticipants: collection(Participants),
      membershipApprovalRequests: collection(RequestCollection),
    };
    GroupMetadata.Proxy = 'groupMetadata';
    GroupMetadata.idClass = use('WAWebWid').default;
    exports.default = defineModel(GroupMetadata);
  });

  module('WAWebGroupMetadataCollection', (exports) => {
    const { BaseCollection } = use('WAWebBaseCollection');
    class GroupMetadataCollection extends BaseCollection {
      // Communities do not exist on this account.
      _handleParentGroupChange() {}
      async findImpl(id) {
        const group = await wire.request('group_info', { id: String(id) });
        if (group) apply(group);
        return { id: wid(String(id)) };
      }
    }
    GroupMetadataCollection.model = use('WAWebGroupMetadata').default;
    exports.default = new GroupMetadataCollection();
  });

  /** A participant's address as groups of this page have it. */
  const member = ({ wid: pn, lid }) => {
    if (pn && lid) __sim.learnMappings([{ pn: wid(pn), lid: wid(lid) }]);
    return chats.chatWid(wid(pn ?? lid));
  };
  const byLid = () => __sim.config.addressing === 'lid';

  /** The server's picture of a group onto its metadata. */
  function apply(group) {
    const id = wid(group.id);
    const meta = use('WAWebGroupMetadataCollection').default.gadd(id);
    const owner = group.owner || group.owner_lid ? member({ wid: group.owner, lid: group.owner_lid }) : undefined;
    meta.set({
      subject: group.subject, announce: Boolean(group.announce), creation: group.created_t, owner, size: group.participants.length,
      isLidAddressingMode: byLid(), stale: false,
      ...(group.desc !== undefined ? { desc: group.desc ?? undefined, descId: group.desc_id } : {}),
    });
    const list = group.participants.map((entry) => ({ id: member(entry), isAdmin: Boolean(entry.admin || entry.superadmin), isSuperAdmin: Boolean(entry.superadmin) }));
    const present = new Set(list.map(({ id: user }) => user.toString()));
    meta.participants.remove(meta.participants.filter(({ id: user }) => !present.has(user.toString())));
    for (const entry of list) {
      const known = meta.participants.get(entry.id);
      if (known) known.set(entry);
      else meta.participants.add(entry);
    }
    return meta;
  }

  __sim.groups = {
    apply,
    /** A message came into a group that is not known: ask what it is, on the side. */
    refreshSoon(id) {
      use('WAWebGroupMetadataCollection').default.update(id).catch(() => {});
    },
  };

  const SUBTYPES = new Set(['create', 'add', 'remove', 'leave', 'promote', 'demote', 'subject', 'announce']);

  /** A change of a group as chats show it: metadata, and a system message with who did what to whom. */
  async function announce(action, group, author, recipients) {
    const id = wid(group.id);
    const isNew = !use('WAWebChatCollection').ChatCollection.get(id);
    apply(group);
    const chat = chats.ensureChat(id, { t: chats.now() });
    if (!SUBTYPES.has(action) || (action === 'create' && !isNew)) return;
    const left = action === 'remove' && recipients.length === 1 && author?.equals(recipients[0]);
    const subtype = left ? 'leave' : action;
    await use('WAWebUpdateDbForGroupActionApi').updateDBForGroupAction(
      { chatId: id, author, ts: chats.now() }, { actionType: subtype, participants: recipients.map((user) => ({ id: user })) }, false,
    );
    const body = action === 'create' || action === 'subject' ? group.subject : action === 'announce' ? (group.announce ? 'on' : 'off') : undefined;
    chats.systemMessage(chat, 'gp2', subtype, { author, recipients, body });
  }
  __sim.groups.announce = announce;

  wire.on('group', ({ action, group, by, by_lid: byWid, who = [] }) =>
    announce(action, group, by || byWid ? member({ wid: by, lid: byWid }) : undefined, who.map(member)));
}
