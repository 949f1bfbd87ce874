//! A script that listens to the page's models from their first moment, as a bridge would.

/// Records every event of `Stream`, `Socket`, `Conn` and `Cmd` as one line: owner, event and, for
/// changes, new value `<-` old value. What the listeners hear is sent at once and in order.
pub(crate) const SCRIPT: &str = r"(() => {
  const say = window.testRecord;
  if (!say) return;
  delete window.testRecord;
  const text = (value) => {
    if (value === undefined) return 'undefined';
    if (typeof value === 'object' && value !== null) return JSON.stringify(value);
    return String(value);
  };
  const follow = (name, emitter) => emitter.on('all', (event, model, value, old) => {
    if (event.startsWith('change:')) say(`${name} ${event} ${text(value)} <- ${text(old)}`);
    else if (event !== 'change') say(`${name} ${event}${model === undefined ? '' : ` ${text(model)}`}`);
  });
  const start = (socket, stream, conn, cmd) => {
    const { isRegistered } = require('WAWebUserPrefsMultiDevice');
    say(`start registered=${isRegistered()} mode=${stream.Stream.mode} state=${socket.Socket.state}`);
    follow('Stream', stream.Stream);
    follow('Socket', socket.Socket);
    follow('Conn', conn.Conn);
    follow('Cmd', cmd.Cmd);
  };
  let lazy;
  Object.defineProperty(window, 'requireLazy', {
    configurable: true,
    get: () => lazy,
    set: (value) => {
      lazy = value;
      lazy(['WAWebSocketModel', 'WAWebStreamModel', 'WAWebConnModel', 'WAWebCmd'], start);
    },
  });
})()";
