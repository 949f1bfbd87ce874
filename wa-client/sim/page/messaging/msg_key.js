'use strict';
// Message keys. The setting `keyShape` chooses between the key of today's page, which has no
// `_serialized`, and the older one that has it.
{
  const { module, use } = __sim;

  module('WAWebMsgKeyNewId', (exports) => {
    exports.getMsgKeyNewSHA256Id = async () => {
      const random = crypto.getRandomValues(new Uint8Array(9));
      return `3EB0${[...random].map((byte) => byte.toString(16).padStart(2, '0')).join('').toUpperCase()}`;
    };
  });

  module('WAWebParseMsgKeyString', (exports) => {
    /** `fromMe_remote_id[_out|_in][_participant]`, as `MsgKey.toString` makes it. */
    exports.default = (text) => {
      const [fromMe, remote, id, ...rest] = text.split('_');
      const participant = rest.find((part) => part.includes('@'));
      return { fromMe: fromMe === 'true', remote, id, participant };
    };
  });

  module('WAWebMsgKey', (exports) => {
    const Wid = use('WAWebWid').default;
    const older = __sim.config.keyShape === 'serialized';
    const fail = (reason) => {
      throw new Error(`MsgKey error: ${reason}`);
    };

    class MsgKey {
      constructor(parts) {
        // Clients find this class by the whole phrase in its source, and the field by `toString`.
        if (!parts) throw new Error('MsgKey error: obj is null/undefined');
        const source = parts.id instanceof MsgKey ? parts.id : parts;
        const hasId = Boolean(source.id);
        const byEnds = source.from != null && source.to != null && hasId;
        const bySide = source.fromMe !== undefined && source.remote != null && hasId;
        const { isMePrimary, getMaybeMePnUser } = use('WAWebUserPrefsMeUser');
        if (!getMaybeMePnUser()) fail('me is undefined');
        if (byEnds && bySide) fail('unclear which constructor to use');
        if (!byEnds && !bySide) fail("don't have a matching constructor");
        const { id, participant } = source;
        const wids = byEnds ? [source.from, source.to] : [source.remote];
        if (participant) wids.push(participant);
        if (!wids.every((wid) => wid instanceof Wid)) fail('something is not a wid');

        let self;
        if (bySide) {
          this.fromMe = source.fromMe;
          this.remote = source.remote;
          if (isMePrimary(this.remote)) self = this.fromMe ? 'out' : 'in';
        } else {
          const { from, to } = source;
          const toSelf = from.equals(to);
          if (toSelf) self = source.selfDir;
          if (toSelf && isMePrimary(from)) this.fromMe = self === 'out';
          else if (isMePrimary(from)) this.fromMe = true;
          else if (isMePrimary(to)) this.fromMe = false;
          else if (toSelf && (from.isGroup() || from.isBroadcast())) this.fromMe = true;
          if (this.fromMe !== undefined) this.remote = this.fromMe ? to : from;
        }
        this.id = id;
        const written = [this.fromMe, this.remote, this.id];
        if (self !== undefined) written.push((this.self = self));
        if (participant !== undefined && participant !== null) written.push((this.participant = participant));
        this.$1 = written.join('_');
        if (older) this._serialized = this.$1;
      }

      toString() {
        return this.$1;
      }
      clone() {
        return new MsgKey({ fromMe: this.fromMe, remote: this.remote, id: this.id, participant: this.participant });
      }
      equals(other) {
        return other instanceof MsgKey && other.toString() === this.toString();
      }

      static fromString(string) {
        if (string == null) fail('str is null or not a string');
        return MsgKey.from(string);
      }
      static from(source) {
        if (source instanceof MsgKey) return source;
        const { createWidFromWidLike } = use('WAWebWidFactory');
        const parts = typeof source === 'string' ? use('WAWebParseMsgKeyString').default(source) : source;
        return new MsgKey({
          fromMe: parts.fromMe,
          remote: createWidFromWidLike(parts.remote),
          id: parts.id,
          participant: parts.participant != null ? createWidFromWidLike(parts.participant) : undefined,
        });
      }
      static newId() {
        return use('WAWebMsgKeyNewId').getMsgKeyNewSHA256Id();
      }
      static newId_DEPRECATED() {
        const random = crypto.getRandomValues(new Uint8Array(8));
        return `3EB0${[...random].map((byte) => byte.toString(16).padStart(2, '0')).join('').toUpperCase()}`;
      }
    }
    exports.default = MsgKey;
  });
}
