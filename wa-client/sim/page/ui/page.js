'use strict';

// Chooses what is on screen from the stream's mode.
{
  const { use, dom, linkView, chatsView } = __sim;
  const { el } = dom;
  const app = document.getElementById('app');
  const { Stream } = use('WAWebStreamModel');
  const { Socket } = use('WAWebSocketModel');
  const { Conn } = use('WAWebConnModel');

  const percent = el('p', { class: 'note' });
  const loading = el('section', { class: 'loading' }, el('h1', {}, 'Loading your chats'), percent);
  const elsewhere = el('section', { class: 'loading' },
    el('h1', {}, 'WhatsApp is open in another window'),
    el('button', { class: 'reload', click: () => location.reload() }, 'Use here'));
  let taken = false;
  let watching = false;

  function show(view) {
    if (view.parentNode !== app) app.replaceChildren(view);
  }

  function choose() {
    if (taken) {
      show(elsewhere);
    } else if (Stream.mode === 'QR') {
      show(linkView.view);
      linkView.render();
    } else if (Stream.mode === 'MAIN') {
      show(chatsView.view);
      if (!watching) {
        watching = true;
        chatsView.watch();
      }
      chatsView.repaint();
    } else {
      show(loading);
      const handler = use('WAWebOfflineHandler').OfflineMessageHandler;
      percent.textContent = handler.hasInitOfflineResumeManager() ? `${handler.getOfflineDeliveryProgress()} %` : '';
    }
  }

  // A defect of the picture must not reach the models that announced the change.
  function render() {
    try {
      choose();
    } catch (error) {
      console.error(error);
    }
  }

  Stream.on('change:mode change:displayInfo', render);
  Socket.on('change:state change:stream', render);
  Conn.on('change:ref', render);
  __sim.prefs.onSecret.add(render);
  use('WAWebCmd').Cmd.on('offline_progress_update_from_bridge', render);
  render();

  __sim.ui = {
    anotherWindow() {
      taken = true;
      render();
    },
  };
}
