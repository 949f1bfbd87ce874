'use strict';
// Phone number and LID of the same account: the mapping and the modules that read it.
{
  const { module, use } = __sim;
  const asUser = (wid) => use('WAWebWidFactory').asUserWidOrThrow(wid);

  module('WAWebLidPnCache', (exports) => {
    const lids = new Map(); // pn text -> LID
    const pns = new Map(); // LID text -> pn

    exports.lidPnCache = {
      /** True when this was news. */
      put(pn, lid) {
        const known = lids.get(pn.toString()) === lid && pns.get(lid.toString()) === pn;
        lids.set(pn.toString(), lid);
        pns.set(lid.toString(), pn);
        return !known;
      },
      getCurrentLid: (pn) => lids.get(pn.toString()),
      getPhoneNumber: (lid) => pns.get(lid.toString()),
      entries: () => [...pns].map(([lid, pn]) => ({ lid, pn: pn.toString() })),
    };
  });

  module('WAWebApiContact', (exports) => {
    const { lidPnCache } = use('WAWebLidPnCache');
    const me = () => use('WAWebUserPrefsMeUser');

    exports.getCurrentLid = (pn) => {
      if (pn.isLid()) {
        console.error('getCurrentLid called with a lid');
        return pn;
      }
      if (me().isMePnUser(pn)) return me().getMaybeMeLidUser() ?? undefined;
      return lidPnCache.getCurrentLid(pn);
    };
    exports.getLatestLid = (lid) => lid;
    exports.getPhoneNumber = (lid) => {
      if (!lid.isLid()) throw new Error('WaWebLidPnCache - Invalid get call (not lid)');
      if (lid.device) throw new Error('WaWebLidPnCache - Invalid get call (not user)');
      const own = me().getMaybeMeLidUser();
      if (own && own.equals(lid)) return me().getMaybeMePnUser();
      return lidPnCache.getPhoneNumber(lid);
    };
    exports.getAlternateUserWid = (wid) => {
      if (wid.device) throw new Error('getAlternateUserWid - Invalid get call using deviceWid');
      if (!wid.isUser()) return undefined;
      return wid.isLid() ? exports.getPhoneNumber(wid) : exports.getCurrentLid(wid);
    };
    exports.getAlternateDeviceWid = (wid) => {
      const other = exports.getAlternateUserWid(asUser(wid));
      return other && wid.device ? use('WAWebWidFactory').createDeviceWidFromUserAndDevice(other.user, other.server, wid.device) : other;
    };
  });

  module('WAWebLidMigrationUtils', (exports) => {
    const api = () => use('WAWebApiContact');
    const orThrow = (wid, text) => {
      if (!wid) throw new Error(text);
      return wid;
    };
    exports.toUserLid = (wid) => (wid.isLid() ? asUser(wid) : api().getCurrentLid(asUser(wid)));
    exports.toUserLidOrThrow = (wid) => orThrow(exports.toUserLid(wid), 'No LID for user');
    exports.toLid = (wid) => (wid.isUser() && !wid.isLid() ? api().getAlternateDeviceWid(wid) : wid);
    exports.toPn = (wid) => (wid.isLid() ? api().getPhoneNumber(asUser(wid)) : wid);
    exports.toPnOrThrow = (wid) => orThrow(exports.toPn(wid), 'No PN for user');
    exports.getAlternateMsgKey = (key) => {
      const MsgKey = use('WAWebMsgKey').default;
      const other = (wid) => (wid && wid.isUser() ? api().getAlternateUserWid(asUser(wid)) : undefined);
      const remote = other(key.remote);
      const participant = other(key.participant);
      if (!remote && !participant) return undefined;
      return new MsgKey({ fromMe: key.fromMe, remote: remote ?? key.remote, id: key.id, participant: participant ?? key.participant });
    };
    exports.toCommonAddressingMode = (a, b) => {
      if (a.isLid() === b.isLid()) return [a, b];
      const [x, y] = [exports.toLid(a), exports.toLid(b)];
      return x && y ? [x, y] : [a, b];
    };
    exports.isSameAccount = (a, b) => exports.toCommonAddressingMode(a, b).reduce((x, y) => x.equals(y));
  });

  module('WAWebLid1X1MigrationGating', (exports) => {
    exports.Lid1X1MigrationUtils = { isLidMigrated: () => true, isLidMigrationEnabled: () => true };
  });

  module('WAWebDBCreateLidPnMappings', (exports) => {
    exports.createLidPnMappings = async ({ mappings }) => {
      __sim.learnMappings(mappings);
    };
  });

  /** Takes mappings in: cache, disk, and contacts that are loaded already. */
  __sim.learnMappings = (mappings) => {
    const { lidPnCache } = use('WAWebLidPnCache');
    const news = mappings
      .map(({ pn, lid }) => ({ pn: asUser(pn), lid: asUser(lid) }))
      .filter(({ pn, lid }) => lidPnCache.put(pn, lid));
    for (const { pn, lid } of news) {
      __sim.db.saveMapping(pn, lid);
      use('WAWebContactCollection').ContactCollection.get(lid)?.copyFieldsFromPnContact(pn);
    }
  };
}
