'use strict';

// What the page says about its session. The library decides what it means.

/** How long after another tab took the page's lock a lost connection is put down to it. */
const TAKE_OVER_MS = 60_000;

const tab = { takenAt: -Infinity };
const told = { state: '', scheduled: false, logout: new Set(), reason: undefined };

function account() {
  const pn = addressOf(use('own_number')());
  if (!pn) return undefined;
  const { pushname, platform } = use('connection');
  return { pn, lid: addressOf(use('own_lid')()), pushname: pushname || undefined, platform: platform || undefined };
}

function snapshot() {
  const socket = use('socket');
  return {
    registered: use('registered')() === true,
    socket: String(socket.state),
    stream: String(socket.stream),
    mode: String(use('stream').mode),
    synced: socket.hasSynced === true,
    offlineEnd: use('backend_events').isOfflineDeliveryEnd === true,
    lockedByOther: socket.stream !== 'CONNECTED' && performance.now() - tab.takenAt < TAKE_OVER_MS,
    me: account(),
    version: pageVersion(),
  };
}

/** Tells the state if it is another one; what changes together is told together. */
function tellState() {
  if (told.scheduled) return;
  told.scheduled = true;
  queueMicrotask(guard('state', () => {
    told.scheduled = false;
    const now = snapshot();
    const text = JSON.stringify(now);
    if (text === told.state) return;
    told.state = text;
    emit('state', now);
  }));
}

function watchState() {
  const changed = guard('state', tellState);
  listen('socket', 'change:state change:stream change:hasSynced', changed);
  listen('stream', 'change:mode', changed);
  listen('stream', 'change:mode', guard('probe', lookAgain));
  listen('connection', 'change:pushname change:platform me_ready', changed);
  listen(
    'backend_events',
    'offline_delivery_end offline_delivery_state_reset main_stream_mode_ready open_socket_stream socket_stream_disconnected',
    changed,
  );
  watchTab();
  watchLogout();
  watchProgress();
  tellState();
}

/**
 * Another tab takes the page's lock and this one closes its socket for good, without a word (core facts of the page: no
 * state, no event). A storage event comes only from other documents. By itself it proves nothing: a tab that gives way
 * answers as well, and one that was taken over by us may answer late.
 */
function watchTab() {
  window.addEventListener('storage', guard('tab', (event) => {
    if (event.key !== 'whatsapp-mutex' || !event.newValue) return;
    tab.takenAt = performance.now();
    tellState();
  }));
  listen('socket', 'change:stream', guard('tab', (_socket, stream) => {
    if (stream === 'CONNECTED') tab.takenAt = -Infinity;
  }));
}

/** The page is about to load itself anew: what is to be said is said at once. */
function tellLogout(stage) {
  const sign = `${stage} ${told.reason}`;
  if (told.logout.has(sign)) return;
  told.logout.add(sign);
  emit('logout', { stage, reason: told.reason });
  flush();
}

function watchLogout() {
  listen('commands', 'starting_logout_from_bridge', guard('logout', () => tellLogout('starting')));
  listen('commands', 'logout_from_bridge', guard('logout', () => tellLogout('done')));
  // Also fires when synchronisation is done; a device removed on the phone shows itself here first.
  listen('socket', 'change:hasSynced', guard('logout', (_socket, value, before) => {
    if (before === true && value !== true) tellLogout('starting');
  }));
}

/** The page looks this export up when it reloads; the reason is its only argument that is a text. */
function hookLogoutReason() {
  return wrap('logout_reason', (args) => {
    const reason = args.find((argument) => typeof argument === 'string');
    if (reason === undefined) return;
    told.reason = reason.slice(0, 64);
    tellLogout('done');
  });
}

function watchProgress() {
  listen('commands', 'offline_progress_update_from_bridge', guard('progress', () => {
    const handler = maybe('offline_progress');
    // Asking before the manager exists throws inside the page.
    if (!handler?.hasInitOfflineResumeManager()) return;
    const percent = Number(handler.getOfflineDeliveryProgress());
    if (percent >= 0 && percent <= 100) emit('progress', { percent: Math.floor(percent) });
  }));
}
