'use strict';
// Calls: an emitter with a map, no `add` event.
{
  const { module, use, wire, chats } = __sim;

  module('WAWebCallModel', (exports) => {
    const EventEmitter = use('WAWebEventEmitter').default;
    const { CallState } = use('WAWebVoipWaCallEnums');
    // Plain properties, and an event of its own for the state.
    exports.default = class CallModel extends EventEmitter {
      constructor(values) {
        super();
        Object.assign(this, {
          isVideo: false, isGroup: false, outgoing: false, isSilenced: false, silenceReason: null, isCallLink: false, groupJid: null,
          participants: [], canHandleLocally: false, webClientShouldHandle: false, userEndedCall: false, ...values,
        });
        this.currentState = CallState.None;
      }
      getState() {
        return this.currentState;
      }
      setState(state) {
        const old = this.currentState;
        if (old === state) return;
        this.currentState = state;
        this.trigger('change:state', this, state, old);
      }
    };
  });

  module('WAWebCallCollection', (exports) => {
    const EventEmitter = use('WAWebEventEmitter').default;
    const { CallState } = use('WAWebVoipWaCallEnums');
    const CallModel = use('WAWebCallModel').default;

    class CallCollectionImpl extends EventEmitter {
      constructor() {
        super();
        this.calls = new Map();
        this.activeCall = null;
      }
      add(call) {
        this.calls.set(call.id, call);
        return call;
      }
      get(id) {
        return this.calls.get(id);
      }
      remove(call) {
        this.calls.delete(call.id ?? call);
      }
      getModelsArray() {
        return [...this.calls.values()];
      }
      get length() {
        return this.calls?.size ?? 0; // clients read members of bare prototypes
      }
      setActiveCall(call) {
        if (call && !this.calls.has(call.id)) this.add(call);
        this.activeCall = call ?? null;
        this.trigger('change:activeCall', this.activeCall);
      }
      /** Without the calling stack: the model appears, and no event of this collection tells. */
      processIncomingCall(id, peerJid, { isVideo = false, offerTime, isSilenced = false, offerReceivedWhileOffline = false, groupWid } = {}) {
        const call = this.add(new CallModel({
          id, peerJid, isVideo, offerTime, isSilenced, offerReceivedWhileOffline, isGroup: groupWid != null, groupJid: groupWid ?? null,
        }));
        return call;
      }
    }
    exports.default = new CallCollectionImpl();
  });

  wire.on('call', (frame) => {
    const peer = chats.chatWid(__sim.inbound.person(frame));
    const groupWid = frame.group ? use('WAWebWidFactory').createWid(frame.group) : undefined;
    const call = use('WAWebCallCollection').default.processIncomingCall(frame.id, peer, {
      isVideo: frame.video === true, offerTime: frame.at, isSilenced: false, offerReceivedWhileOffline: frame.offline === true, groupWid,
    });
    call.setState(use('WAWebVoipWaCallEnums').CallState.ReceivedCall);
  });
  wire.on('call_end', ({ id }) => end(id, 'Missed'));

  /** A finished call leaves a `call_log` message behind. */
  function end(id, outcome) {
    const collection = use('WAWebCallCollection').default;
    const call = collection.get(id);
    if (!call) return;
    const { CallState } = use('WAWebVoipWaCallEnums');
    call.setState(CallState.CallStateEnding);
    collection.remove(call);
    if (collection.activeCall === call) collection.setActiveCall(null);
    const peer = use('WAWebWidFactory').asUserWidOrThrow(call.peerJid);
    const chat = chats.ensureChat(chats.chatWid(peer));
    chats.systemMessage(chat, 'call_log', undefined, { callOutcome: outcome, isVideoCall: call.isVideo, callDuration: 0, callCreator: peer, from: chat.id });
  }

  module('WAWap', (exports) => {
    class WapNode {
      constructor(tag, attrs, content) {
        this.tag = tag;
        this.attrs = attrs;
        this.content = content;
      }
    }
    exports.WapNode = WapNode;
    exports.wap = (tag, attrs = {}, ...content) =>
      new WapNode(tag, Object.fromEntries(Object.entries(attrs ?? {}).filter(([, value]) => value != null)), content.flat());
    let next = 1;
    const prefix = `${Math.floor(Math.random() * 65536)}.${Math.floor(Math.random() * 65536)}-`;
    exports.generateId = () => `${prefix}${next++}`;
    for (const name of ['USER_JID', 'JID', 'CUSTOM_STRING', 'DEVICE_JID', 'GROUP_JID']) exports[name] = (value) => value;
    exports.S_WHATSAPP_NET = 's.whatsapp.net';
    exports.G_US = 'g.us';
    exports.CHAT_JID = (value) => value;
    exports.STATUS_JID = 'status@broadcast';
    exports.DROP_ATTR = null; // an attribute with this value is left out
  });

  module('WADeprecatedSendIq', (exports) => {
    /** Sends a stanza that has no answer. This page knows what to do with the refusal of a call. */
    exports.deprecatedCastStanza = async (node) => {
      const reject = node.tag === 'call' && node.content.find(({ tag }) => tag === 'reject');
      if (!reject) return;
      const id = reject.attrs['call-id'];
      __sim.outgoing.reliably({ t: 'req', id: `cast-${id}`, op: 'call_reject', args: { id } });
      end(id, 'Rejected');
    };
    exports.deprecatedSendIq = async () => {
      throw new (use('WAWebBackendErrors').ServerStatusCodeError)(501, 'feature-not-implemented');
    };
  });

  module('WAWebVoipStackInterface', (exports) => {
    // The calling stack is off (`enable_web_calling`); the interface refuses what it has on its list.
    exports.getVoipStackInterface = async () => ({
      rejectCall: async () => {
        const call = use('WAWebCallCollection').default.activeCall;
        if (!call) return;
        await wire.request('call_reject', { id: call.id });
        end(call.id, 'Rejected');
      },
    });
  });
  module('WAWebVoipGatingUtils', (exports) => {
    exports.isCallingEnabled = () => use('WAWebABProps').getABPropConfigValue('enable_web_calling');
  });

  const linkToken = () => [...crypto.getRandomValues(new Uint8Array(11))].map((byte) => 'abcdefghijklmnopqrstuvwxyzABCDEF'[byte % 32]).join('').padEnd(22, 'A');
  module('WAWebVoipCreateCallLink', (exports) => {
    exports.createCallLink = async ({ callType }) => `https://call.whatsapp.com/${callType === 'video' ? 'video' : 'voice'}/${linkToken()}`;
  });
  module('WAWebGenerateEventCallLink', (exports) => {
    exports.createEventCallLink = async (_start, type, _approval) => `https://call.whatsapp.com/${type}/${linkToken()}`;
  });
}
