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

    /** Which of the two forms a key is described in; it must be exactly one, in wids. */
    function formOf({ from, to, fromMe, remote, id, participant }) {
      if (!use('WAWebUserPrefsMeUser').getMaybeMePnUser()) fail('me is undefined');
      const ends = Boolean(id) && from != null && to != null;
      const side = Boolean(id) && fromMe !== undefined && remote != null;
      if (ends === side) fail(ends ? 'unclear which constructor to use' : "don't have a matching constructor");
      const wids = [...(ends ? [from, to] : [remote]), ...(participant ? [participant] : [])];
      if (wids.some((wid) => !(wid instanceof Wid))) fail('something is not a wid');
      return ends ? 'ends' : 'side';
    }

    /** Whose message it is, in which chat, and its direction in the chat with oneself. */
    function sideOf(given) {
      const { isMePrimary } = use('WAWebUserPrefsMeUser');
      if (formOf(given) === 'side') {
        const { fromMe, remote } = given;
        return isMePrimary(remote) ? { fromMe, remote, self: fromMe ? 'out' : 'in' } : { fromMe, remote };
      }
      const { from, to, selfDir: self } = given;
      if (from.equals(to)) {
        if (isMePrimary(from)) return { fromMe: self === 'out', remote: to, self };
        return from.isGroup() || from.isBroadcast() ? { fromMe: true, remote: to, self } : { self };
      }
      if (isMePrimary(from)) return { fromMe: true, remote: to };
      return isMePrimary(to) ? { fromMe: false, remote: from } : {};
    }

    class MsgKey {
      constructor(parts) {
        // Clients find this class by the whole phrase in its source, and the field by `toString`.
        if (!parts) throw new Error('MsgKey error: obj is null/undefined');
        const given = parts.id instanceof MsgKey ? parts.id : parts;
        const { fromMe, remote, self } = sideOf(given);
        Object.assign(this, { fromMe, remote, id: given.id });
        const written = [fromMe, remote, given.id];
        for (const [name, value] of Object.entries({ self, participant: given.participant })) {
          if (value == null) continue;
          this[name] = value;
          written.push(value);
        }
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
