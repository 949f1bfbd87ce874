'use strict';

// What a human sees of a linked account: the chats and the messages of one of them.
{
  const { use, dom, wire } = __sim;
  const { el, painter } = dom;
  const MOST_CHATS = 60;
  const MOST_MESSAGES = 120;
  const MOST_TEXT = 2000;
  const HIDDEN_TYPES = new Set(['e2e_notification', 'notification_template', 'notification', 'gp2', 'protocol']);
  const TICKS = { '-1': '!', 0: '◷', 1: '✓', 2: '✓✓', 3: '✓✓', 4: '✓✓', 5: '✓✓' };

  let selected = null; // chat id as text; none: the newest chat
  const list = el('nav', { class: 'chats', 'aria-label': 'Chats' });
  const title = el('header', { class: 'title' });
  const messages = el('div', { class: 'messages', role: 'log' });
  const account = el('header', { class: 'account' });
  const view = el('section', { class: 'main' },
    el('aside', {}, account, list),
    el('main', {}, title, messages));

  const clip = (text) => (text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)} …` : text);
  const format = new Intl.DateTimeFormat([], { hour: '2-digit', minute: '2-digit' });
  const clock = (seconds) => (seconds ? format.format(seconds * 1000) : '');
  const nameOf = (chat) => String(chat.formattedTitle || chat.name || chat.id?.user || chat.id);

  function textOf(msg) {
    if (!msg) return '';
    if (msg.type === 'revoked') return 'This message was deleted';
    if (msg.type === 'ciphertext') return 'Waiting for this message …';
    if (msg.type === 'chat') return clip(String(msg.body ?? ''));
    const caption = msg.caption ? ` ${msg.caption}` : '';
    return clip(`[${msg.type}]${caption}`);
  }

  /** The newest chats; linear, as the collection is in no order that helps here. */
  function newest(chats) {
    const all = chats.filter((chat) => chat.t);
    all.sort((a, b) => b.t - a.t);
    return all.slice(0, MOST_CHATS);
  }

  function lastShown(msgs) {
    for (let i = msgs.length - 1; i >= 0; i -= 1) if (!HIDDEN_TYPES.has(msgs[i].type)) return msgs[i];
    return undefined;
  }

  function row(chat, current) {
    return el('button', {
      class: chat === current ? 'chat current' : 'chat',
      click: () => {
        selected = String(chat.id);
        repaint();
      },
    },
    el('span', { class: 'name' }, nameOf(chat)),
    el('time', {}, clock(chat.t)),
    el('span', { class: 'last' }, textOf(lastShown(chat.msgs.getModelsArray())).slice(0, 80)),
    chat.unreadCount > 0 ? el('span', { class: 'unread' }, String(chat.unreadCount)) : null);
  }

  function bubble(msg) {
    const { fromMe } = msg.id;
    const ack = Number(msg.ack ?? 0);
    return el('article', { class: `${fromMe ? 'out' : 'in'} ${msg.type}` },
      msg.author && !fromMe ? el('span', { class: 'author' }, String(msg.notifyName || msg.author.user || msg.author)) : null,
      el('p', {}, textOf(msg)),
      el('footer', {},
        msg.hasReaction ? el('span', { class: 'reaction' }, '☺') : null,
        msg.latestEditMsgKey ? el('span', {}, 'edited') : null,
        el('time', {}, clock(msg.t)),
        fromMe ? el('span', { class: ack >= 3 ? 'ticks read' : 'ticks' }, TICKS[ack] || '') : null));
  }

  function render() {
    const { Conn } = use('WAWebConnModel');
    const chats = newest(use('WAWebChatCollection').ChatCollection.getModelsArray());
    const current = chats.find((chat) => String(chat.id) === selected) || chats[0];
    account.textContent = `${Conn.pushname || 'Linked account'}${wire.ready ? '' : ' · connecting …'}`;
    list.replaceChildren(...chats.map((chat) => row(chat, current)));
    title.textContent = current ? nameOf(current) : '';
    const shown = current
      ? current.msgs.getModelsArray().slice(-2 * MOST_MESSAGES).filter((msg) => !HIDDEN_TYPES.has(msg.type)).slice(-MOST_MESSAGES)
      : [];
    messages.replaceChildren(...shown.map(bubble));
    messages.scrollTop = messages.scrollHeight;
  }

  const repaint = painter(() => {
    if (view.isConnected) render();
  }, 200);

  __sim.chatsView = {
    view,
    repaint,
    /** Follows the collections; called once, when they exist. */
    watch() {
      use('WAWebChatCollection').ChatCollection.on('all', repaint);
      use('WAWebMsgCollection').MsgCollection.on('all', repaint);
    },
  };
}
