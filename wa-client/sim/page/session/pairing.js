'use strict';

// Linking by QR: refs and their rotation, and what follows a scan.
{
  const { module, use, wire, prefs, comms, endings } = __sim;
  const bus = () => use('WAWebBackendEventBus').BackendEventBus;
  const conn = () => use('WAWebConnModel').Conn;
  const SIX = 6;

  let refs = [];
  let ttl = { first: 60000, other: 20000 };
  let timer = null;
  let rotating = false;

  /** The next ref of the batch, by the page's own clock. */
  function rotate() {
    clearTimeout(timer);
    if (use('WAWebUserPrefsMultiDevice').isRegistered() || !use('WAWebNetworkStatus').default.online) {
      rotating = false;
    } else if (refs.length === 0) {
      rotating = false;
      bus().triggerSetSocketState('UNPAIRED_IDLE');
      wire.send({ t: 'qr_idle' });
    } else {
      const refTTL = refs.length === SIX ? ttl.first : ttl.other;
      conn().set({ ref: refs.shift(), refTTL });
      bus().triggerSetSocketState('UNPAIRED');
      show();
      timer = setTimeout(rotate, refTTL);
    }
  }

  /** Tells the server which ref is on screen, with which keys. */
  function show() {
    wire.send({
      t: 'qr_shown',
      ref: conn().ref,
      noise: prefs.noise().pubKey,
      identity: use('WABase64').encodeB64(prefs.identity().pubKey),
      adv: use('WAWebUserPrefsMultiDevice').getADVSecretKey(),
      expires_at: conn().refExpiry,
    });
  }

  module('WAWebHandlePairDevice', (exports) => {
    exports.default = async ({ refs: batch, first_ttl_ms: first, ttl_ms: other }) => {
      if (!batch?.length) return; // a request without refs does not parse: nothing changes
      await use('WAWebAdvSignatureApi').generateADVSecretKey();
      refs = batch.slice();
      ttl = { first: first ?? 60000, other: other ?? 20000 };
      rotating = true;
      rotate();
    };
  });

  wire.on('pair_device', (frame) => use('WAWebHandlePairDevice').default(frame));
  wire.on('qr_rotate', () => {
    if (rotating) rotate();
  });
  wire.on('qr_expire', () => {
    refs = [];
    if (rotating) rotate();
  });
  wire.on('adv_rotate', async () => {
    await use('WAWebAdvSignatureApi').generateADVSecretKey();
    use('WAWebUserPrefsMultiDevice').advSecretEventEmitter.trigger('change');
  });
  // The server asked for another one, or another linking method took it away or gave it back.
  prefs.onSecret.add(() => {
    if (rotating && conn().ref && wire.connected) queueMicrotask(show);
  });
  bus().onSocketStreamDisconnected(() => {
    clearTimeout(timer);
    rotating = false;
  });

  wire.on('pair_success', async (frame) => {
    conn().set({ platform: frame.platform });
    if (frame.adv_ok === false) {
      wire.send({ t: 'pair_failed' });
      clearTimeout(timer);
      endings.badSecret();
      return;
    }
    clearTimeout(timer);
    rotating = false;
    prefs.register(frame);
    await use('WAWebUserPrefsMultiDevice').setADVSecretKey(null);
    endings.pairedInThisDocument();
    await __sim.store.flush();
    comms.expectRestart();
    wire.send({ t: 'pair_done' });
  });
}
