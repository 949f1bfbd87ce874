'use strict';

// Tells the server what state the page's own models are in.
{
  const { use, wire } = __sim;
  const { Socket } = use('WAWebSocketModel');
  const { Stream } = use('WAWebStreamModel');
  let last = '';
  let waiting = false;

  function send() {
    waiting = false;
    const frame = {
      t: 'state',
      state: Socket.state,
      stream: Socket.stream,
      synced: Socket.hasSynced === true,
      mode: Stream.mode,
    };
    const text = JSON.stringify(frame);
    if (text !== last && wire.send(frame)) last = text;
  }

  function soon() {
    if (waiting) return;
    waiting = true;
    queueMicrotask(send);
  }

  Socket.on('change:state change:stream change:hasSynced', soon);
  Stream.on('change:mode', soon);

  __sim.report = {
    /** Repeats the state on a new connection. */
    now() {
      last = '';
      soon();
    },
  };
}
