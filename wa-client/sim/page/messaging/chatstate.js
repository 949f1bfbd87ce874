'use strict';
// Read receipts, typing, presence: both directions.
{
  const { module, use, wire, chats } = __sim;
  const wid = (text) => use('WAWebWidFactory').createWid(text);

  module('WAWebUpdateUnreadChatAction', (exports) => {
    // Chats whose receipt waits until the window counts as available.
    const postponed = new Set();
    let watching = false;
    const flushWhenAvailable = () => {
      if (watching) return;
      watching = true;
      const { Stream } = use('WAWebStreamModel');
      Stream.on('change:available', () => {
        if (!Stream.available) return;
        for (const chat of postponed) markSeen(chat);
        postponed.clear();
      });
    };
    const markSeen = (chat) => {
      const count = chat.unreadCount;
      if (count === 0) return;
      if (count > 0) {
        chat.pendingSeenCount = count;
        __sim.outgoing.reliably({ t: 'seen', chat: chat.id.toString(), upTo: chat.lastReceivedKey?.id ?? null, count });
      }
      chat.unreadCount = 0;
      chat.pendingSeenCount = 0;
    };

    /** Waits for an available window unless told not to; resolves at once either way. */
    exports.sendSeen = async (options) => {
      const { chat, afterAvailable = true } = options;
      if (chat.unreadCount === 0) return;
      if (afterAvailable && !use('WAWebStreamModel').Stream.available) {
        postponed.add(chat);
        flushWhenAvailable();
        return;
      }
      markSeen(chat);
    };
    exports.markUnread = async (chat, unread) => {
      if (unread) {
        await __sim.mutate('markChatAsRead', chat.id, { read: false });
        if (chat.unreadCount === 0) chat.unreadCount = -1;
      } else {
        markSeen(chat);
      }
    };
  });

  module('WAWebChatStateBridge', (exports) => {
    const send = (state) => async (id) => {
      const chat = use('WAWebChatCollection').ChatCollection.getLatestChatForWid(id);
      wire.send({ t: 'chatstate', chat: String(chat?.id ?? id), state });
    };
    exports.sendChatStateComposing = send('composing');
    exports.sendChatStateRecording = send('recording');
    exports.sendChatStatePaused = send('paused');
  });

  module('WAWebContactPresenceBridge', (exports) => {
    const { Conn } = use('WAWebConnModel');
    exports.setPresenceAvailable = async () => void wire.send({ t: 'presence', state: 'available', name: Conn.pushname ?? null });
    exports.setPresenceUnavailable = async () => void wire.send({ t: 'presence', state: 'unavailable', name: Conn.pushname ?? null });
    const subscribe = async (id) => {
      const { PresenceCollection } = use('WAWebPresenceCollection');
      PresenceCollection.gadd(id).isSubscribed = true;
    };
    exports.subscribeUserPresence = async (id) => {
      if (id.isLid()) await subscribe(id);
    };
    exports.subscribeGroupPresence = subscribe;
  });

  module('WAWebPresenceChatAction', (exports) => {
    const COMPOSING_MS = 2500;
    const RESEND_MS = 10000;
    const silent = (chat) => chat.id.isNewsletter() || chat.id.isBot();
    const target = (chat) => {
      if (chat.id.isGroup()) return chat.id;
      const lid = chat.id.isLid() ? chat.id : chat.accountLid;
      if (!lid) throw new Error('presence: chat has no account lid');
      return lid;
    };
    const stop = (chat) => {
      clearTimeout(chat.pausedTimerId);
      clearInterval(chat.presenceResendTimerId);
      chat.set({ typing: false, recording: false });
    };
    const keepUp = (chat, send) => {
      send();
      chat.presenceResendTimerId = setInterval(send, RESEND_MS);
    };
    const bridge = () => use('WAWebChatStateBridge');

    exports.markComposing = (chat) => {
      if (silent(chat)) return;
      const id = target(chat);
      clearTimeout(chat.pausedTimerId);
      if (!chat.typing) {
        stop(chat);
        chat.typing = true;
        keepUp(chat, () => bridge().sendChatStateComposing(id));
      }
      chat.pausedTimerId = setTimeout(() => exports.markPaused(chat), COMPOSING_MS);
    };
    exports.markRecording = (chat) => {
      if (silent(chat)) return;
      const id = target(chat);
      if (chat.recording) return;
      stop(chat);
      chat.recording = true;
      keepUp(chat, () => bridge().sendChatStateRecording(id));
    };
    exports.markPaused = (chat) => {
      if (silent(chat)) return;
      const id = target(chat);
      stop(chat);
      bridge().sendChatStatePaused(id);
    };
    exports.sendPresenceAvailable = () => {
      use('WAWebContactPresenceBridge').setPresenceAvailable();
    };
    exports.sendPresenceUnavailable = () => {
      use('WAWebContactPresenceBridge').setPresenceUnavailable();
    };
  });

  // ---- the others ------------------------------------------------------------------------------

  // The state comes first: whoever hears of it finds `hasData` as it was before.
  function tell(presence, state) {
    presence.chatstate.set(state);
    presence.set({ hasData: true, isSubscribed: true, stale: false });
  }

  const TYPES = { composing: 'typing', recording: 'recording_audio', paused: 'unavailable' };
  wire.on('typing', (frame) => {
    const sender = __sim.inbound.person(frame);
    const { PresenceCollection } = use('WAWebPresenceCollection');
    const group = frame.chat?.endsWith('@g.us') ? wid(frame.chat) : undefined;
    const lid = use('WAWebLidMigrationUtils').toUserLid(sender) ?? sender;
    const presence = PresenceCollection.gadd(group ?? lid);
    const type = TYPES[frame.state];
    if (group) {
      const user = chats.chatWid(sender).toString();
      const without = (list) => (list ?? []).map(String).filter((id) => id !== user);
      presence.set({
        typingUserIds: [...without(presence.typingUserIds), ...(type === 'typing' ? [user] : [])],
        recordingUserIds: [...without(presence.recordingUserIds), ...(type === 'recording_audio' ? [user] : [])],
      });
      presence.chatstates.gadd(chats.chatWid(sender)).set({ type });
    }
    tell(presence, { type });
  });
  wire.on('presence', (frame) => {
    const sender = __sim.inbound.person(frame);
    const { PresenceCollection } = use('WAWebPresenceCollection');
    const presence = PresenceCollection.gadd(use('WAWebLidMigrationUtils').toUserLid(sender) ?? sender);
    tell(presence, frame.online ? { type: 'available', t: undefined } : { type: 'unavailable', t: frame.last_seen ?? undefined });
  });
}
